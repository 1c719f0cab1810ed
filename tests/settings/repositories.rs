//! Which settings files git would add, checked with git in real repositories.
#![cfg(unix)]

use cf_aig_harness::needs;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use cf_aig::services::settings_files::EditableFile;
use cf_aig::services::settings_files::git::{self, Exclude, Tracking};
use tempfile::TempDir;

/// Whether setup writes a secret without being asked: only if git certainly does not add the file.
fn allows_secret(tracking: &Tracking) -> bool {
    matches!(tracking, Tracking::NoRepository | Tracking::Ignored)
}

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// A home and a repository in it.
struct Place {
    dir: TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { dir: TempDir::new().expect("a folder") };
        fs::create_dir(place.path("home")).expect("a folder");
        fs::create_dir(place.path("repo")).expect("a folder");
        place.git("repo", &["init", "--quiet"]);
        place
    }

    fn path(&self, below: &str) -> PathBuf {
        fs::canonicalize(self.dir.path()).expect("a folder").join(below)
    }

    fn git(&self, dir: &str, arguments: &[&str]) {
        let done = Command::new("git")
            .args(["-c", "user.name=t", "-c", "user.email=t@example.org"])
            .args(arguments)
            .current_dir(self.path(dir))
            .env_clear()
            .env("PATH", PATH)
            .env("HOME", self.path("home"))
            .output()
            .expect("git starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    fn write(&self, file: &str, text: &str) -> PathBuf {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("below")).expect("folders");
        fs::write(&path, text).expect("a file");
        path
    }

    fn tracking(&self, file: &str) -> Tracking {
        self.tracking_with(file, PATH)
    }

    fn tracking_with(&self, file: &str, path: &str) -> Tracking {
        let target = EditableFile::resolve(&self.path(file)).expect("it resolves");
        let env = [("PATH", path.into()), ("HOME", self.path("home"))];
        git::tracking(&target, &env.into_iter().collect())
    }

    fn exclude(&self, file: &str) -> Exclude {
        match self.tracking(file) {
            Tracking::WouldBeTracked(Some(exclude)) => exclude,
            other => panic!("{other:?}"),
        }
    }

    fn executable(&self, file: &str, script: &str) -> PathBuf {
        let path = self.write(file, script);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("chmod");
        path
    }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).expect("a file")
}

#[test]
fn outside_a_repository_git_is_not_needed() {
    let place = Place::new();
    assert_eq!(place.tracking_with("home/.claude/settings.json", "/nowhere"), Tracking::NoRepository);
    assert!(allows_secret(&Tracking::NoRepository));
}

#[test]
fn inside_one_no_secret_is_allowed_when_git_cannot_be_asked() {
    let place = Place::new();
    let tracking = place.tracking_with("repo/.claude/settings.json", "/nowhere");
    assert!(matches!(tracking, Tracking::Unknown(_)), "{tracking:?}");
    assert!(!allows_secret(&tracking));
}

#[test]
fn a_file_in_the_index_is_tracked_even_if_a_rule_ignores_it() {
    let place = Place::new();
    for file in [".claude/settings.json", "sub [dir]/.claude/settings.json"] {
        place.write(&format!("repo/{file}"), "{}");
        place.git("repo", &["add", "."]);
        place.write("repo/.gitignore", ".claude/\n");
        let tracking = place.tracking(&format!("repo/{file}"));
        assert_eq!(tracking, Tracking::Tracked);
        assert!(!allows_secret(&tracking));
        fs::remove_file(place.path("repo/.gitignore")).expect("a file");
    }
}

#[test]
fn an_ignored_file_may_hold_a_secret_wherever_the_rule_stands() {
    let place = Place::new();
    let file = "repo/.claude/settings.local.json";
    for rule in
        ["repo/.gitignore", "repo/.claude/.gitignore", "repo/.git/info/exclude", "home/.config/git/ignore"]
    {
        assert!(!allows_secret(&place.tracking(file)));
        let before = fs::read_to_string(place.path(rule)).ok();
        let path = place.write(rule, "settings.local.json\n");
        assert_eq!(place.tracking(file), Tracking::Ignored, "{rule}");
        match before {
            Some(text) => fs::write(path, text).expect("a file"),
            None => fs::remove_file(path).expect("a file"),
        }
    }
}

#[test]
fn the_offered_line_has_the_file_ignored_and_can_be_taken_back() {
    let place = Place::new();
    let file = "repo/sub [dir]/.claude/settings.local.json";
    let exclude = place.exclude(file);
    assert_eq!(exclude.line, "/sub \\[dir]/.claude/settings.local.json");
    assert_eq!(exclude.file, place.path("repo/.git/info/exclude"));
    let before = text(&exclude.file);
    exclude.add().expect("written");
    exclude.add().expect("there already");
    assert_eq!(text(&exclude.file), format!("{before}{}\n", exclude.line));
    assert_eq!(place.tracking(file), Tracking::Ignored);
    assert!(!allows_secret(&place.tracking("repo/sub d/.claude/settings.local.json")));
    exclude.remove().expect("written");
    assert_eq!(text(&exclude.file), before);
}

#[test]
fn the_offered_line_matches_only_the_file_whatever_its_name() {
    let names =
        [("a*b/s.json", "aXb/s.json"), ("q?.json", "qX.json"), ("[x].json", "x.json"), ("ends ", "ends")];
    for (name, other) in names {
        let place = Place::new();
        let (file, other) = (format!("repo/{name}"), format!("repo/{other}"));
        place.exclude(&file).add().expect("added");
        assert!(matches!(place.tracking(&file), Tracking::Ignored), "{name:?}");
        assert!(matches!(place.tracking(&other), Tracking::WouldBeTracked(_)), "{name:?}");
    }
    let place = Place::new();
    assert_eq!(place.exclude("repo/back\\slash").line, "/back\\\\slash");
    assert_eq!(place.exclude("repo/ two spaces ").line, "/ two spaces\\ ");
}

#[test]
fn a_worktree_shares_the_excludes_of_its_repository() {
    let place = Place::new();
    place.git("repo", &["commit", "--quiet", "--allow-empty", "--message", "first"]);
    place.git("repo", &["worktree", "add", "--quiet", "../tree"]);
    let exclude = place.exclude("tree/.claude/settings.local.json");
    assert_eq!(exclude.file, place.path("repo/.git/info/exclude"));
    fs::remove_dir_all(place.path("repo/.git/info")).expect("a folder");
    exclude.add().expect("written, with its folder");
    assert_eq!(place.tracking("tree/.claude/settings.local.json"), Tracking::Ignored);
}

#[test]
fn a_link_out_of_the_repository_is_not_tracked_by_it() {
    let place = Place::new();
    place.write("home/dots/settings.json", "{}");
    fs::create_dir(place.path("repo/.claude")).expect("a folder");
    let link = place.path("repo/.claude/settings.local.json");
    std::os::unix::fs::symlink(place.path("home/dots/settings.json"), link).expect("a link");
    assert_eq!(place.tracking("repo/.claude/settings.local.json"), Tracking::NoRepository);
}

#[test]
fn nothing_of_the_repository_is_run() {
    let place = Place::new();
    let ran = place.path("ran");
    let spy = place.executable("spy", &format!("#!/bin/sh\n: >'{}'\n", ran.display()));
    place.git("repo", &["config", "core.fsmonitor", spy.to_str().expect("text")]);
    place.write("repo/.claude/settings.json", "{}");
    assert!(!allows_secret(&place.tracking("repo/.claude/settings.json")));
    assert!(!ran.exists());
}

#[test]
fn git_is_not_looked_up_in_folders_of_the_repository() {
    let place = Place::new();
    let ran = place.path("ran");
    place.executable("repo/git", &format!("#!/bin/sh\n: >'{}'\n", ran.display()));
    std::os::unix::fs::symlink(place.path("repo"), place.path("link")).expect("a link");
    for folder in [place.path("repo"), place.path("link"), ".".into(), "".into()] {
        let tracking = place.tracking_with("repo/settings.json", &format!("{}:{PATH}", folder.display()));
        assert!(matches!(tracking, Tracking::WouldBeTracked(_)), "{folder:?}: {tracking:?}");
        assert!(!ran.exists(), "{folder:?}");
    }
}

#[needs(chown)]
#[test]
fn a_repository_of_someone_else_is_not_trusted() {
    let place = Place::new();
    std::os::unix::fs::chown(place.path("repo"), Some(1234), Some(1234))
        .expect("leave to give a folder away");
    let tracking = place.tracking("repo/.claude/settings.json");
    assert!(matches!(&tracking, Tracking::Unknown(why) if why.contains("ownership")), "{tracking:?}");
}

#[test]
fn a_git_that_hangs_is_given_up() {
    let place = Place::new();
    place.executable("slow/git", "#!/bin/sh\nexec sleep 600\n");
    let path = format!("{}:{PATH}", place.path("slow").display());
    let tracking = place.tracking_with("repo/.claude/settings.json", &path);
    assert_eq!(tracking, Tracking::Unknown("git ls-files timed out".to_owned()));
}
