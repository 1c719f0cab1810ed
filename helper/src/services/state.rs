//! State that the helper keeps between sessions.
//!
//! It is in `${CLAUDE_PLUGIN_DATA}` if Claude Code sets it (hooks), else in the folder of the same
//! name under its configuration. A folder in the project is not used, because a repository's settings can name
//! one that it contains, with a record of a gateway that responds. If there is neither, nothing is stored, which is not an error.

use crate::facts::claude_code::client::PLUGIN_NAME;
use crate::services::client_files::{config_dir, project};
use crate::system::env::ProcessEnv;
use crate::system::{file, home};
use serde_json::Value;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// The state folder.
#[derive(Debug, Clone)]
pub struct StateFolder {
    dir: Option<PathBuf>,
}

impl StateFolder {
    /// Finds it for this process.
    pub fn find(env: &ProcessEnv) -> Self {
        let given = env.path("CLAUDE_PLUGIN_DATA");
        let given = given.filter(|dir| !is_of_another(dir) && !is_foreign(dir, env));
        Self { dir: given.or_else(|| installed(&config_dir(env)?)) }
    }

    /// The folder; it may not exist yet.
    pub fn dir(&self) -> Option<&Path> {
        self.dir.as_deref()
    }

    /// True if `topic` last had another value on this machine, or none yet.
    pub fn is_new(&self, topic: &str, what: &str) -> bool {
        let Some(path) = self.dir.as_ref().map(|dir| dir.join(format!("announced-{topic}"))) else {
            return true;
        };
        let mut hasher = DefaultHasher::new();
        what.hash(&mut hasher);
        let mark = format!("{:016x}", hasher.finish());
        match file::read(&path) {
            Ok(known) if known == mark.as_bytes() => return false,
            // writing to a pipe would wait for a reader
            Err(error) if error.kind() == ErrorKind::Unsupported => return true,
            _ => {}
        }
        if let Some(dir) = path.parent() {
            let _ = fs::create_dir_all(dir);
        }
        // if it cannot be stored, repeating the message is better than losing it
        let _ = fs::write(&path, mark);
        true
    }
}

/// True for the data folder of another plugin, which may export its own variable to Bash programs.
fn is_of_another(dir: &Path) -> bool {
    let Some(data) = dir.parent().filter(|data| data.ends_with("plugins/data")) else { return false };
    !is_ours(&dir.file_name().unwrap_or_default().to_string_lossy(), &installed_plugins(data))
}

/// True if a repository may have chosen what is in a folder: it leads into the project, or where it leads
/// depends on the process. The launcher has the same rule (`helper/cf-aig`).
fn is_foreign(dir: &Path, env: &ProcessEnv) -> bool {
    let has_parent = |path: &Path| path.components().any(|part| part == Component::ParentDir);
    // also if the project is the home folder; the usual case, which reads nothing
    if config_dir(env).is_some_and(|config| dir.parent() == Some(&config.join("plugins/data")))
        && !has_parent(dir)
    {
        return false;
    }
    if !dir.has_root() {
        return true;
    }
    // each part, because a link below /proc leads out of it
    let per_process =
        |part: &Path| home::real(part).is_ok_and(|at| ["/proc", "/dev"].map(Path::new).contains(&&*at));
    if dir.ancestors().any(per_process) {
        return true;
    }
    let Some((existing, at)) = dir.ancestors().find_map(|part| Some((part, home::real(part).ok()?))) else {
        return false;
    };
    // what `..` means is not known until the folder exists
    if dir.strip_prefix(existing).is_ok_and(has_parent) {
        return true;
    }
    let here = env.current_dir().map(Path::to_owned);
    project(env).into_iter().chain(here).any(|root| home::real(&root).is_ok_and(|root| at.starts_with(root)))
}

/// `plugins/data/cloudflare-{marketplace}` of an installed plugin; the most recently used one if
/// there are several.
fn installed(config: &Path) -> Option<PathBuf> {
    let data = config.join("plugins").join("data");
    let entries: Vec<_> = fs::read_dir(&data).ok()?.filter_map(Result::ok).collect();
    let plugins = installed_plugins(&data);
    let ours = entries.into_iter().filter(|e| is_ours(&e.file_name().to_string_lossy(), &plugins));
    ours.max_by_key(|e| e.metadata().and_then(|m| m.modified()).ok()).map(|e| e.path())
}

/// The plugins that Claude Code installed, as `name@marketplace`, from its list beside `data`. Without one no
/// plugin is known.
fn installed_plugins(data: &Path) -> Vec<String> {
    let list = file::read(&data.with_file_name("installed_plugins.json")).unwrap_or_default();
    let list: Value = serde_json::from_slice(&list).unwrap_or_default();
    list["plugins"].as_object().map_or_else(Vec::new, |plugins| plugins.keys().cloned().collect())
}

/// True if the data folder of this name is that of this plugin, or of one of its name that is not installed
/// any more. A data folder is named after a plugin's id, with a dash for every other character (2.1.332), so
/// its name does not say where the plugin's name ends.
fn is_ours(folder: &str, plugins: &[String]) -> bool {
    let Some(marketplace) = folder.strip_prefix(PLUGIN_NAME).and_then(|rest| rest.strip_prefix('-')) else {
        return false;
    };
    let named = |id: &&String| {
        id.chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '-' }).eq(folder.chars())
    };
    match plugins.iter().find(named) {
        Some(id) => id.split('@').next() == Some(PLUGIN_NAME),
        // `{name}-inline` belongs to a plugin that was loaded with `--plugin-dir`
        None => marketplace == "inline" || !marketplace.ends_with("-inline"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_another_plugin_is_not_taken_for_ours() {
        let found =
            |data: &str| StateFolder::find(&ProcessEnv::from_iter([("CLAUDE_PLUGIN_DATA", data)])).dir;
        assert_eq!(found("/h/.claude/plugins/data/codex-openai-codex"), None);
        for ours in
            ["/h/.claude/plugins/data/cloudflare-inline", "/anywhere/else", "/h/plugins/x", "/h/data/x"]
        {
            assert_eq!(found(ours), Some(PathBuf::from(ours)));
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_folder_in_the_project_is_not_taken_however_it_is_spelled() {
        let dir = tempfile::tempdir().unwrap();
        let base = dir.path().display().to_string();
        for name in ["project/evil", "project/sub", "elsewhere", "home/.claude/plugins/data/cloudflare-x"] {
            fs::create_dir_all(dir.path().join(name)).unwrap();
        }
        std::os::unix::fs::symlink(dir.path().join("project"), dir.path().join("link")).unwrap();
        let found = |project: &str, data: &str| {
            let vars = [
                ("CLAUDE_PROJECT_DIR", project),
                ("CLAUDE_PLUGIN_DATA", data),
                ("HOME", &format!("{base}/nobody")),
            ];
            StateFolder::find(&ProcessEnv::from_iter(vars)).dir
        };
        let project = format!("{base}/project");
        let id = std::process::id();
        let starts = [
            project.clone(),
            format!("{base}/elsewhere/../project"),
            format!("{project}/sub/.."),
            format!("{base}/link"),
            format!("{base}/missing/../project"),
            "/proc/self/cwd".to_owned(),
            format!("/proc/{id}/root{project}"),
            "/dev/fd".to_owned(),
        ];
        for start in starts {
            let respelled =
                [start.replace('/', "//"), start.replace('/', "/./"), format!("/tmp/..{start}"), start];
            for data in
                respelled.iter().flat_map(|start| ["evil", "new", "."].map(|name| format!("{start}/{name}")))
            {
                assert_eq!(found(&project, &data), None, "{data}");
            }
        }
        for relative in ["evil", "./evil", "../elsewhere"] {
            assert_eq!(found(&project, relative), None, "{relative}");
        }
        for ours in ["elsewhere", "elsewhere/new", "link/../elsewhere", "project2"] {
            let ours = format!("{base}/{ours}");
            assert_eq!(found(&project, &ours), Some(PathBuf::from(&ours)));
        }
    }

    #[test]
    fn in_the_home_folder_the_plugins_own_folder_is_taken() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join(".claude/plugins/data/cloudflare-x");
        let vars = [
            ("HOME", home.path()),
            ("CLAUDE_PROJECT_DIR", home.path()),
            ("CLAUDE_PLUGIN_DATA", data.as_path()),
        ];
        assert_eq!(StateFolder::find(&ProcessEnv::from_iter(vars)).dir, Some(data));
    }

    #[test]
    fn the_folder_of_a_plugin_whose_name_begins_like_ours_is_not_taken_for_ours() {
        let home = tempfile::tempdir().unwrap();
        let plugins = home.path().join("plugins");
        let path = home.path().to_str().unwrap().to_owned();
        let found = |name: &'static str| {
            let value = match name {
                "" => path.clone(),
                name => plugins.join("data").join(name).to_str().unwrap().to_owned(),
            };
            let wanted = if name.is_empty() { "CLAUDE_CONFIG_DIR" } else { "CLAUDE_PLUGIN_DATA" };
            let dir = StateFolder::find(&ProcessEnv::from_iter([(wanted, value)])).dir;
            dir.map(|dir| dir.file_name().unwrap().to_string_lossy().into_owned())
        };
        for name in ["cloudflare-workers-foo", "cloudflare-workers-inline"] {
            fs::create_dir_all(plugins.join("data").join(name)).unwrap();
        }
        let list = r#"{"version": 2, "plugins": {"cloudflare-workers@foo": [], "cloudflare@a.b": []}}"#;
        fs::write(plugins.join("installed_plugins.json"), list).unwrap();
        assert_eq!((found(""), found("cloudflare-workers-foo")), (None, None));
        assert_eq!(found("cloudflare-a-b").as_deref(), Some("cloudflare-a-b"));
        fs::create_dir_all(plugins.join("data/cloudflare-a-b")).unwrap();
        assert_eq!(found("").as_deref(), Some("cloudflare-a-b"));
        fs::write(plugins.join("installed_plugins.json"), list.replace("-workers@", "@workers-")).unwrap();
        assert_eq!(found("cloudflare-workers-foo").as_deref(), Some("cloudflare-workers-foo"));
    }

    #[test]
    #[cfg(unix)]
    fn the_most_recently_used_data_folder_wins() {
        let home = tempfile::tempdir().unwrap();
        let data = home.path().join("plugins/data");
        let names = ["cloudflare-a", "cloudflare-b", "cloudflare-c", "other-market"];
        for newest in &names[..3] {
            for name in names {
                let dir = data.join(name);
                fs::create_dir_all(&dir).unwrap();
                let age = if name == *newest { 10 } else { 3600 };
                let at = std::time::SystemTime::now() - std::time::Duration::from_secs(age);
                fs::File::open(&dir).unwrap().set_modified(at).unwrap();
            }
            fs::File::open(data.join("other-market"))
                .unwrap()
                .set_modified(std::time::SystemTime::now())
                .unwrap();
            let env = ProcessEnv::from_iter([("CLAUDE_CONFIG_DIR", home.path())]);
            assert_eq!(StateFolder::find(&env).dir, Some(data.join(newest)));
        }
    }

    #[test]
    fn a_thing_is_new_once_and_again_when_it_changes() {
        let dir = tempfile::tempdir().unwrap();
        let state = StateFolder { dir: Some(dir.path().join("not yet there")) };
        assert!(state.is_new("t", "a") && !state.is_new("t", "a"));
        assert!(state.is_new("other", "a"));
        assert!(state.is_new("t", "b") && state.is_new("t", "a"));
    }

    #[test]
    fn without_a_folder_nothing_is_remembered_and_nothing_fails() {
        for dir in [None, Some(PathBuf::from("/dev/null/x"))] {
            let state = StateFolder { dir };
            assert!(state.is_new("t", "a") && state.is_new("t", "a"));
        }
    }
}
