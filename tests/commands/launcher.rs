//! The launcher with a binary: which one it runs, and that the call is passed on completely.

use crate::plugin::{HOSTILE, Plugin, VERSION, script};
use crate::shells::shellcheck;
use cf_aig_harness::{in_each, needs, plugin_root};
use std::fs;
use std::os::unix::fs::PermissionsExt;

#[in_each(sh, dash, bash)]
fn the_nearest_binary_of_this_version_is_run(shell: &str) {
    let mut plugin = Plugin::new();
    let named = plugin.home().join("a named one");
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
        command.current_dir(plugin.project()).args(["-c", line]);
        let ran = cf_aig_harness::sandbox::feed(command, b"{}");
        let expected = (7, format!("packaged\n<{argument}>{{}}"), String::new());
        assert_eq!((ran.code, ran.stdout, ran.stderr), expected, "{shell}: {line}");
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
    for (name, most) in [("helper/cf-aig", 36), ("helper/bring", 240)] {
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
