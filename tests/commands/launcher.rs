//! The launcher with a binary: which one it runs, and that the call is passed on completely.

use crate::plugin::{HOSTILE, Plugin, VERSION, script};
use crate::shells::shellcheck;
use cf_aig_harness::{in_each, needs, plugin_root};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};

#[in_each(sh, dash, bash)]
fn the_nearest_binary_of_this_version_is_run(shell: &str) {
    let mut plugin = Plugin::new();
    let named = plugin.home().join("a named one/cf-aig");
    let installed =
        plugin.home().join(".claude/plugins/data/cloudflare-any/bin").join(VERSION).join("cf-aig");
    let said = |plugin: &Plugin| plugin.run(shell, &["x"]).stdout.lines().next().unwrap().to_owned();
    plugin.binary_at(&plugin.root().join("target/release/cf-aig"), "local");
    assert_eq!(said(&plugin), "local");
    plugin.binary_at(&installed, "installed");
    assert_eq!(said(&plugin), "installed", "a mod's child has no CLAUDE_PLUGIN_DATA");
    plugin.binary_at(&plugin.built(), "built");
    assert_eq!(said(&plugin), "built");
    plugin.binary_at(&plugin.packaged(), "packaged");
    assert_eq!(said(&plugin), "packaged");
    plugin.binary_at(&named, "named");
    plugin.set("CF_AIG_BIN", named.to_string_lossy());
    assert_eq!(said(&plugin), "named");
    let elsewhere = plugin.home().join("config");
    plugin.set("CF_AIG_BIN", "").unset("CLAUDE_PLUGIN_DATA");
    fs::remove_dir_all(plugin.root().join("node_modules")).unwrap();
    plugin.set("CLAUDE_CONFIG_DIR", elsewhere.to_string_lossy());
    assert_eq!(said(&plugin), "local", "the other configuration has none");
    let path = elsewhere.join("plugins/data/cloudflare-inline/bin").join(VERSION).join("cf-aig");
    plugin.binary_at(&path, "elsewhere");
    assert_eq!(said(&plugin), "elsewhere");
    assert_eq!(plugin.strangers(), 0);
}

#[in_each(sh, dash, bash)]
fn files_that_are_not_a_program_of_this_version_are_ignored(shell: &str) {
    let mut plugin = Plugin::new();
    plugin.binary_at(&plugin.root().join("target/release/cf-aig"), "local");
    plugin.binary_at(&plugin.data().join("bin/0.0.1/cf-aig"), "old");
    plugin.binary_at(&plugin.root().join("node_modules/@cf-aig/linux-x64/0.0.1/cf-aig"), "old");
    fs::create_dir_all(plugin.built()).unwrap();
    let not_executable = plugin.home().join("text");
    fs::write(&not_executable, "#!/bin/sh\necho text\n").unwrap();
    fs::set_permissions(&not_executable, fs::Permissions::from_mode(0o644)).unwrap();
    plugin.set("CF_AIG_BIN", not_executable.to_string_lossy());
    assert_eq!(plugin.run(shell, &[]).stdout, "local\n{}");
}

#[in_each(sh, dash, bash)]
fn a_local_build_of_another_version_is_ignored(shell: &str) {
    let plugin = Plugin::new();
    let local = plugin.root().join("target/release/cf-aig");
    fs::create_dir_all(local.parent().unwrap()).unwrap();
    script(&local, "echo cf-aig 0.0.1");
    let ran = plugin.run(shell, &["status"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{ran:?}");
}

#[in_each(sh, dash, bash)]
fn arguments_input_and_exit_code_pass_through_untouched(shell: &str) {
    let plugin = Plugin::new();
    plugin.binary_at(&plugin.built(), "built");
    let args = ["session-start", "", "a b", HOSTILE, "line\nbreak", "--", "-p", "--build"];
    let ran = plugin.run(shell, &args);
    let expected = args.map(|arg| format!("<{arg}>")).concat();
    assert_eq!((ran.code, ran.stdout, ran.stderr.as_str()), (7, format!("built\n{expected}{{}}"), ""));
}

#[in_each(sh, dash, bash)]
fn it_works_from_any_folder_however_it_is_called(shell: &str) {
    let plugin = Plugin::new();
    plugin.binary_at(&plugin.root().join("target/release/cf-aig"), "local");
    let calls = [
        (plugin.root().join("helper"), "cf-aig"),
        (plugin.root().join("helper"), "./cf-aig"),
        (plugin.root(), "helper/cf-aig"),
        (plugin.root().join("helper"), "../helper/cf-aig"),
    ];
    for (folder, path) in &calls {
        let mut command = std::process::Command::new(plugin.command(shell, &[]).get_program());
        command.env_clear().env("PATH", plugin.tools()).current_dir(folder).arg(path);
        let ran = cf_aig_harness::sandbox::feed(command, b"");
        assert_eq!(ran.stdout, "local\n", "{shell} {path} in {}: {ran:?}", folder.display());
    }
}

/// The line that Claude Code passes to a shell. PowerShell is tested in CI on a Windows machine.
#[in_each(sh, dash, bash)]
fn the_hooks_command_starts_the_launcher_in_every_posix_shell(shell: &str) {
    let text = fs::read_to_string(plugin_root().join("hooks/hooks.json")).unwrap();
    let hooks: serde_json::Value = serde_json::from_str(&text).unwrap();
    let plugin = Plugin::new();
    plugin.binary_at(&plugin.packaged(), "packaged");
    for (event, argument) in [("SessionStart", "session-start"), ("SessionEnd", "session-end")] {
        let hook = &hooks["hooks"][event][0]["hooks"][0];
        assert!(hook.get("args").is_none(), "{hook}");
        let line = hook["command"].as_str().unwrap();
        // in PowerShell all of this is a comment
        let (before, rest) = line.split_once(" <# ").unwrap();
        let (comment, after) = rest.split_once(" #>").unwrap();
        assert!(comment.contains("CLAUDE_PLUGIN_ROOT") && !comment.contains("#>"), "{line}");
        assert_eq!((before, after), (r#"echo \" ""#, " | Out-Null"));
        let mut command = std::process::Command::new(plugin.command(shell, &[]).get_program());
        command.env_clear().env("PATH", plugin.tools()).env("CLAUDE_PLUGIN_ROOT", plugin.root());
        // as `./bin` in a repository's settings would be
        let trap = plugin.project().join("bin/sh");
        fs::create_dir_all(trap.parent().unwrap()).unwrap();
        script(&trap, "echo trap");
        command.env("PATH", format!("./bin:{}", plugin.tools().display()));
        command.current_dir(plugin.project()).args(["-c", line]);
        let ran = cf_aig_harness::sandbox::feed(command, b"{}");
        let expected = (7, format!("packaged\n<{argument}>{{}}"), String::new());
        assert_eq!((ran.code, ran.stdout, ran.stderr), expected, "{shell}: {line}");
        fs::remove_dir_all(plugin.project().join("bin")).unwrap();
    }
    assert_eq!(plugin.strangers(), 0);
}

#[in_each(sh, dash, bash)]
fn the_launcher_works_with_an_empty_or_missing_home(shell: &str) {
    let mut plugin = Plugin::new();
    plugin.binary_at(&plugin.built(), "built");
    plugin.set("HOME", "");
    assert_eq!(plugin.run(shell, &[]).stdout, "built\n{}");
    plugin.unset("HOME");
    assert_eq!(plugin.run(shell, &[]).stdout, "built\n{}");
}

/// Spellings of a path in the project, or of a folder that a repository can name without knowing where it
/// is. Every system has only some of these.
fn spellings(plugin: &Plugin, name: &str) -> Vec<String> {
    let project = plugin.project().display().to_string();
    let folder = plugin.project().file_name().unwrap().to_string_lossy().into_owned();
    let tools = plugin.tools().display().to_string();
    let link = plugin.home().join("link");
    let _ = symlink(plugin.project(), &link);
    let ids = ["self", "thread-self", "$PPID"].map(|id| id.replace("$PPID", &std::process::id().to_string()));
    let mut starts = vec![project.clone(), format!("{tools}/../{folder}"), link.display().to_string()];
    for process in ids.iter().map(|id| format!("/proc/{id}")) {
        starts.push(format!("{process}/cwd"));
        starts.push(format!("{process}/cwd/sub/.."));
        starts.push(format!("{process}/root{project}"));
        starts.push(format!("{process}/fd/../cwd"));
    }
    starts.extend(["/dev/fd/../cwd", "/dev/fd/3", "/dev/../proc/self/cwd"].map(str::to_owned));
    starts.extend([".", "", "./sub/..", "sub/../sub/..", "C:", "C:/.."].map(str::to_owned));
    let respelled: [fn(&str) -> String; 5] = [
        |path| path.to_owned(),
        |path| path.replacen('/', "//", 3),
        |path| path.replace('/', "/./"),
        |path| format!("/tmp/..{path}"),
        |path| format!("/usr/../.{path}"),
    ];
    let relative = |path: &str| !path.starts_with('/');
    let all = starts.iter().flat_map(|start| {
        let path = if start.is_empty() { name.to_owned() } else { format!("{start}/{name}") };
        respelled
            .iter()
            .map(|respell| respell(&path))
            .take(if relative(&path) { 1 } else { 5 })
            .collect::<Vec<_>>()
    });
    all.collect()
}

/// A repository's settings can set every variable, and can name a program that it contains.
#[in_each(sh, dash, bash)]
fn nothing_in_the_project_is_run_however_it_is_spelled(shell: &str) {
    let mut plugin = Plugin::new();
    let project = plugin.project();
    fs::create_dir(project.join("sub")).unwrap();
    plugin.binary_at(&plugin.root().join("target/release/cf-aig"), "local");
    for place in ["evil/bin", "C:/evil/bin", "evil/plugins/data/cloudflare-x/bin"] {
        plugin.binary_at(&project.join(place).join(VERSION).join("cf-aig"), "trap");
    }
    symlink(project.join("evil/bin").join(VERSION).join("cf-aig"), plugin.home().join("to-the-trap"))
        .unwrap();
    let program = format!("evil/bin/{VERSION}/cf-aig");
    let mut tried = Vec::new();
    tried.extend(spellings(&plugin, &program).into_iter().map(|path| ("CF_AIG_BIN", path)));
    tried.push(("CF_AIG_BIN", plugin.home().join("to-the-trap").display().to_string()));
    tried.extend(spellings(&plugin, "evil").into_iter().map(|path| ("CLAUDE_PLUGIN_DATA", path)));
    tried.extend(spellings(&plugin, "evil").into_iter().map(|path| ("CLAUDE_CONFIG_DIR", path)));
    for (name, path) in tried {
        let mut command = plugin.command(shell, &["x"]);
        command.env(name, &path);
        let ran = cf_aig_harness::sandbox::feed(command, b"{}");
        assert!(ran.stdout.starts_with("local\n"), "{shell}: {name}={path}: {ran:?}");
    }
    // from a folder in the project, by the project that the client names
    let file = project.join(&program).display().to_string();
    plugin.set("CF_AIG_BIN", file).set("CLAUDE_PROJECT_DIR", project.display().to_string());
    let mut command = plugin.command(shell, &["x"]);
    command.current_dir(project.join("sub"));
    let ran = cf_aig_harness::sandbox::feed(command, b"{}");
    assert!(ran.stdout.starts_with("local\n"), "{shell}: {ran:?}");
}

/// `exec PROGRAM session-start` runs a file of the project if the program takes it for its script or input.
#[in_each(sh, dash, bash)]
fn no_other_program_is_run_in_place_of_the_helper(shell: &str) {
    let mut plugin = Plugin::new();
    let project = plugin.project();
    plugin.binary_at(&plugin.root().join("target/release/cf-aig"), "local");
    script(&project.join("session-start"), "echo trap");
    fs::create_dir(project.join("sub")).unwrap();
    symlink("/bin/sh", project.join("cf-aig")).unwrap();
    symlink(project.join("cf-aig"), project.join("sub/cf-aig")).unwrap();
    symlink("/bin/sh", plugin.home().join("cf-aig")).unwrap();
    let mut tried: Vec<String> =
        ["/bin/sh", "/bin//sh", "/usr/bin/env", "/proc/self/exe"].map(str::to_owned).into();
    tried.extend(["cf-aig", "sub/cf-aig"].map(|path| project.join(path).display().to_string()));
    tried.push(plugin.home().join("cf-aig").display().to_string());
    for program in tried {
        plugin.set("CF_AIG_BIN", &program);
        let ran = plugin.run(shell, &["session-start"]);
        assert!(ran.stdout.starts_with("local\n"), "{shell}: {program}: {ran:?}");
    }
}

/// Without a binary, `bring` would make the folder, and run what is in it.
#[in_each(sh, dash, bash)]
fn nothing_is_fetched_into_the_project_and_nothing_runs_from_there(shell: &str) {
    let plugin = Plugin::new();
    let project = plugin.project();
    plugin.binary_at(&project.join("evil/bin").join(VERSION).join("cf-aig"), "trap");
    plugin.binary_at(&project.join("evil/bin/cargo"), "trap");
    fs::create_dir(project.join("sub")).unwrap();
    let missing = format!("{}/missing/../../proc/self/cwd/evil", plugin.home().display());
    let mut paths = spellings(&plugin, "evil");
    paths.extend(["/tmp/cf-aig-missing/../../proc/self/cwd/evil".to_owned(), missing]);
    paths.extend(spellings(&plugin, "new"));
    for path in paths {
        for name in ["CLAUDE_PLUGIN_DATA", "CARGO_HOME", "HOME"] {
            let mut command = plugin.command(shell, &["x"]);
            command.env(name, &path);
            let ran = cf_aig_harness::sandbox::feed(command, b"{}");
            assert_eq!((ran.code, ran.stdout.as_str()), (1, ""), "{shell}: {name}={path}: {ran:?}");
            assert!(ran.stderr.contains("cargo is not installed"), "{shell}: {name}={path}: {ran:?}");
            assert_eq!(fs::read_dir(project.join("evil")).unwrap().count(), 1, "{name}={path}");
            assert!(!project.join("new").exists(), "{name}={path}");
        }
    }
}

/// Who starts Claude Code in the home folder has the plugin and its data in the project.
#[in_each(sh, dash, bash)]
fn a_project_that_contains_the_plugin_contains_its_data_too(shell: &str) {
    let plugin = Plugin::new();
    plugin.binary_at(&plugin.built(), "built");
    for folder in [plugin.root().parent().unwrap(), std::path::Path::new("/")] {
        let mut command = plugin.command(shell, &["x"]);
        command.current_dir(folder).env("CLAUDE_PROJECT_DIR", folder);
        let ran = cf_aig_harness::sandbox::feed(command, b"{}");
        assert!(ran.stdout.starts_with("built\n"), "{shell}: {}: {ran:?}", folder.display());
    }
}

/// What is not in the project may be written in any way.
#[in_each(sh, dash, bash)]
fn a_users_own_binary_is_run_however_it_is_spelled(shell: &str) {
    let mut plugin = Plugin::new();
    let home = plugin.home();
    plugin.binary_at(&home.join("bin/cf-aig"), "own");
    symlink(home.join("bin/cf-aig"), home.join("link")).unwrap();
    symlink(home.join("bin"), home.join("folder")).unwrap();
    let project = plugin.project().display().to_string();
    let folder = home.file_name().unwrap().to_string_lossy().into_owned();
    let home = home.display();
    for path in [
        format!("{home}/link"),
        format!("{home}/folder/cf-aig"),
        format!("{home}//bin/./cf-aig"),
        format!("{project}/../{folder}/bin/cf-aig"),
    ] {
        plugin.set("CF_AIG_BIN", &path);
        let ran = plugin.run(shell, &["x"]);
        assert!(ran.stdout.starts_with("own\n"), "{shell}: {path}: {ran:?}");
    }
}

#[test]
fn every_file_names_the_same_version() {
    let read = |path: &str| fs::read_to_string(plugin_root().join(path)).unwrap();
    let launcher = read("helper/cf-aig");
    let line = launcher.lines().find_map(|line| line.strip_prefix("version=")).unwrap();
    assert_eq!(line, VERSION);
    assert!(read("hooks/register.js").contains(&format!("const VERSION = '{VERSION}'\n")));
    let manifest: serde_json::Value = serde_json::from_str(&read(".claude-plugin/plugin.json")).unwrap();
    assert_eq!(manifest["version"], VERSION);
}

#[test]
fn the_launcher_is_a_short_posix_script() {
    for (name, most) in [("helper/cf-aig", 80), ("helper/bring", 240)] {
        let text = fs::read_to_string(plugin_root().join(name)).unwrap();
        assert!(text.lines().count() < most, "{name}: {} lines", text.lines().count());
        assert!(text.starts_with("#!/bin/sh\n") && !text.contains('\r'));
    }
}

#[needs(shellcheck)]
#[test]
fn shellcheck_finds_nothing_in_the_launcher() {
    for name in ["helper/cf-aig", "helper/bring"] {
        assert_eq!(shellcheck(&fs::read_to_string(plugin_root().join(name)).unwrap(), "style"), "", "{name}");
    }
}
