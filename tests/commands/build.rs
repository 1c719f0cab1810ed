//! The launcher without a binary: one build in the background, reported to the session in one line.

use crate::Answer;
use crate::plugin::{FakeCargo, Plugin, VERSION, kill, script};
use cf_aig_harness::{Ran, in_each, sandbox::feed};
use std::fs;
use std::path::Path;
use std::time::{Duration, SystemTime};

const BUILDING: &str =
    "building the helper; this takes about three minutes, and nothing is routed until it is done";
const STILL: &str = "the helper is still being built; nothing is routed until it is done";
const AGAIN: &str = "building the helper again (the last try failed; the plugin's data folder has its \
                     build.log); this takes about three minutes, and nothing is routed until it is done";

/// The hook's message to the user; it adds nothing for Claude.
fn line(ran: Ran) -> String {
    let answer = Answer::of(ran);
    assert_eq!(answer.context, None);
    answer.line().to_owned()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut names: Vec<_> = entries.map(|e| e.unwrap().file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[in_each(sh, dash, bash)]
fn the_hook_returns_at_once_and_the_next_session_has_the_binary(shell: &str) {
    let mut plugin = Plugin::new();
    let secrets = [
        "CF_AIG_TOKEN",
        "CLOUDFLARE_API_TOKEN",
        "ANTHROPIC_API_KEY",
        "ANTHROPIC_AUTH_TOKEN",
        "ANTHROPIC_CUSTOM_HEADERS",
        "CLAUDE_PLUGIN_OPTION_GATEWAY_TOKEN",
        "RUSTFLAGS",
        "RUSTC_WRAPPER",
        "CARGO_BUILD_RUSTC",
        "LD_PRELOAD_OF_A_PROJECT",
    ];
    for name in secrets {
        plugin.set(name, "planted-secret");
    }
    plugin.set("https_proxy", "http://proxy:3128").set("CARGO_HOME", "/cargo home");
    let cargo = FakeCargo::install(&plugin);
    let over = cargo.all_over();

    // the hook has responded although cargo waits
    assert_eq!(line(cargo.run(shell, &["session-start"])), BUILDING);
    cargo.started();
    assert_eq!(line(cargo.run(shell, &["session-start"])), STILL);
    assert!(!plugin.built().exists());
    assert_eq!(names(&plugin.data()), ["build.log", "launcher"]);

    let target = plugin.launcher().join(format!("work.{}", cargo.owner())).join("build");
    let target = target.to_string_lossy().into_owned();
    let argv = ["build", "--release", "--locked", "--package", "cf-aig", "--target-dir", &target];
    assert_eq!(cargo.wrote("argv").lines().collect::<Vec<_>>(), argv);
    assert_eq!(
        fs::canonicalize(cargo.wrote("cwd").trim_end()).unwrap(),
        fs::canonicalize(plugin.root()).unwrap()
    );
    let environment = cargo.wrote("env");
    assert!(!environment.contains("planted-secret"), "{environment}");
    let mut seen: Vec<_> = environment.split_terminator('\0').filter_map(|v| v.split('=').next()).collect();
    seen.retain(|name| !["PWD", "OLDPWD", "SHLVL", "_"].contains(name));
    seen.sort_unstable();
    assert_eq!(seen, ["CARGO_HOME", "HOME", "PATH", "https_proxy"], "what cargo needs, and nothing else");

    cargo.ends("good");
    over.wait();
    assert_eq!(plugin.run(shell, &["session-start"]).stdout, "built\n<session-start>");
    assert_eq!(names(&plugin.data()), ["bin"], "no lock, no target folder");
    assert_eq!(names(plugin.built().parent().unwrap()), ["build.log", "cf-aig"]);
    assert_eq!((plugin.strangers(), cargo.pids().len()), (0, 1));
}

#[test]
fn ten_sessions_at_once_start_one_build() {
    for stale in [false, true] {
        let plugin = Plugin::new();
        let cargo = FakeCargo::install(&plugin);
        if stale {
            // the process in it has ended
            let ended = std::process::Command::new("true").spawn().unwrap();
            let pid = ended.id().to_string();
            ended.wait_with_output().unwrap();
            fs::create_dir(plugin.launcher()).unwrap();
            fs::write(plugin.launcher().join("lock"), pid).unwrap();
        }
        let over = cargo.all_over();
        let lines: Vec<_> = std::thread::scope(|scope| {
            let hooks: Vec<_> =
                (0..10).map(|_| scope.spawn(|| line(cargo.run("sh", &["session-start"])))).collect();
            hooks.into_iter().map(|hook| hook.join().unwrap()).collect()
        });
        assert_eq!(lines.iter().filter(|line| *line == BUILDING).count(), 1, "{lines:?}");
        assert_eq!(lines.iter().filter(|line| *line == STILL).count(), 9, "{lines:?}");
        cargo.started();
        cargo.ends("good");
        over.wait();
        assert_eq!(cargo.pids().len(), 1);
        assert!(plugin.built().is_file());
    }
}

#[in_each(sh, dash, bash)]
fn a_build_that_was_killed_is_tried_again(shell: &str) {
    let plugin = Plugin::new();
    let cargo = FakeCargo::install(&plugin);
    let over = cargo.all_over();
    line(cargo.run(shell, &["session-start"]));
    cargo.started();
    let builder = cargo.owner();
    kill(&builder);
    kill(&cargo.pids()[0]);
    over.wait();
    assert!(!plugin.built().exists());

    let over = cargo.all_over();
    assert_eq!(line(cargo.run(shell, &["session-start"])), AGAIN);
    cargo.started();
    assert!(!plugin.launcher().join(format!("work.{builder}")).exists(), "what it left is removed");
    cargo.ends("good");
    over.wait();
    assert_eq!(plugin.run(shell, &[]).stdout, "built\n");
}

#[test]
fn a_lock_is_free_once_its_owner_is_gone_or_has_held_it_for_an_hour() {
    let ended = std::process::Command::new("true").spawn().unwrap();
    let gone = ended.id().to_string();
    ended.wait_with_output().unwrap();
    let alive = std::process::id().to_string();
    let cases = [("", 0, BUILDING), (&gone, 0, BUILDING), (&alive, 0, STILL), (&alive, 3700, BUILDING)];
    for (owner, age, said) in cases {
        let plugin = Plugin::new();
        let cargo = FakeCargo::install(&plugin);
        fs::create_dir(plugin.launcher()).unwrap();
        let lock = plugin.launcher().join("lock");
        fs::write(&lock, owner).unwrap();
        fs::File::open(&lock).unwrap().set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
        let over = cargo.all_over();
        assert_eq!(line(cargo.run("sh", &["session-start"])), said, "{owner:?} {age}");
        if said == BUILDING {
            cargo.started();
            cargo.ends("good");
        }
        over.wait();
        assert_eq!(plugin.built().is_file(), said == BUILDING);
    }
}

#[test]
fn a_launcher_killed_at_any_moment_leaves_the_next_one_free() {
    let killers = ["ln", "mv", "env"];
    for tool in killers {
        let plugin = Plugin::new();
        let real = fs::read_link(plugin.tools().join(tool)).unwrap();
        fs::remove_file(plugin.tools().join(tool)).unwrap();
        // the tool does its work, then its caller disappears before it can do anything else
        let text = format!("'{}' \"$@\"; kill -9 $PPID", real.display());
        script(&plugin.tools().join(tool), &text);
        let cargo = FakeCargo::install(&plugin);
        script(&plugin.tools().join("cargo"), "exit 1");
        let over = cargo.all_over();
        cargo.run("sh", &["session-start"]);
        over.wait();
        fs::remove_file(plugin.tools().join(tool)).unwrap();
        std::os::unix::fs::symlink(real, plugin.tools().join(tool)).unwrap();
        drop(cargo);
        for pipe in ["started", "verdict", "alive"] {
            fs::remove_file(plugin.log().join(pipe)).unwrap();
        }
        let cargo = FakeCargo::install(&plugin);
        let over = cargo.all_over();
        let said = line(cargo.run("sh", &["session-start"]));
        assert!(said == BUILDING || said == AGAIN, "killed after {tool}: {said}");
        cargo.started();
        cargo.ends("good");
        over.wait();
        assert!(plugin.built().is_file());
    }
}

#[test]
fn it_detaches_with_what_there_is() {
    for missing in [&["setsid"][..], &["setsid", "nohup"]] {
        let plugin = Plugin::new();
        for tool in missing {
            fs::remove_file(plugin.tools().join(tool)).unwrap();
        }
        let cargo = FakeCargo::install(&plugin);
        let over = cargo.all_over();
        assert_eq!(line(cargo.run("sh", &["session-start"])), BUILDING);
        cargo.started();
        cargo.ends("good");
        over.wait();
        assert!(plugin.built().is_file(), "without {missing:?}");
    }
}

#[test]
fn a_build_that_fails_says_so_next_time_and_its_log_is_kept() {
    let plugin = Plugin::new();
    let cargo = FakeCargo::install(&plugin);
    for said in [BUILDING, AGAIN] {
        let over = cargo.all_over();
        assert_eq!(line(cargo.run("sh", &["session-start"])), said);
        cargo.started();
        cargo.ends("no linker");
        over.wait();
        assert_eq!(
            fs::read_to_string(plugin.data().join("build.log")).unwrap(),
            "compiling\nerror: no linker\n"
        );
        assert_eq!(names(&plugin.data()), ["build.log", "launcher"]);
        assert_eq!(names(&plugin.launcher()), ["status"]);
        // until a minute later the others are told instead of trying, too
        let polled = plugin.run("sh", &["session-env"]).json();
        assert_eq!(polled["retry"], false);
        assert!(polled["reason"].as_str().unwrap().contains("cargo could not build it"), "{polled}");
    }
}

#[test]
fn a_binary_appears_whole_or_not_at_all() {
    let plugin = Plugin::new();
    let cargo = FakeCargo::install(&plugin);
    // a copy that stops in the middle, as on a full disk
    fs::remove_file(plugin.tools().join("cp")).unwrap();
    let text = "for last; do :; done; printf '#!/bin/sh\\necho half' >\"$last\"; exit 1";
    script(&plugin.tools().join("cp"), text);
    let real = "cat \"$me/result\" >\"$out/release/cf-aig\"";
    let fake = fs::read_to_string(plugin.tools().join("cargo")).unwrap();
    let (kept, _) = fake.rsplit_once("cp ").unwrap();
    fs::write(plugin.tools().join("cargo"), format!("{kept}{real}\n")).unwrap();
    let over = cargo.all_over();
    line(cargo.run("sh", &["session-start"]));
    cargo.started();
    cargo.ends("good");
    over.wait();
    assert!(!plugin.built().exists(), "{:?}", names(plugin.built().parent().unwrap()));
    let over = cargo.all_over();
    assert_eq!(line(cargo.run("sh", &["session-start"])), AGAIN);
    cargo.started();
    cargo.ends("over");
    over.wait();
}

#[in_each(sh, dash, bash)]
fn without_cargo_it_says_what_to_install(shell: &str) {
    let plugin = Plugin::new();
    let expected = "the helper must be built, and cargo is not installed: install Rust (https://rustup.rs) and start a new session; until then nothing is routed";
    assert_eq!(line(plugin.run(shell, &["session-start"])), expected);
    let ran = plugin.run(shell, &["session-env", "--json"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    let told = ran.json();
    assert_eq!(
        (told["schema"].as_i64(), &told["env"], &told["unset"]),
        (Some(1), &"{}".parse().unwrap(), &"[]".parse().unwrap())
    );
    assert_eq!(told["reason"], expected);
    let other = plugin.run(shell, &["status"]);
    assert_eq!((other.code, other.stdout.as_str()), (1, ""));
    assert_eq!(other.stderr, format!("cloudflare: {expected}\n"));
    assert_eq!(names(&plugin.data()), [] as [&str; 0]);
}

#[test]
fn cargo_is_found_in_its_usual_place_too() {
    let mut plugin = Plugin::new();
    let cargo = FakeCargo::install(&plugin);
    let usual = plugin.home().join(".cargo/bin");
    fs::create_dir_all(&usual).unwrap();
    fs::rename(plugin.tools().join("cargo"), usual.join("cargo")).unwrap();
    let over = cargo.all_over();
    assert_eq!(line(cargo.run("sh", &["session-start"])), BUILDING);
    cargo.started();
    cargo.ends("good");
    over.wait();
    fs::remove_dir_all(plugin.data().join("bin")).unwrap();
    drop(cargo);
    plugin.set("HOME", "");
    assert!(line(plugin.run("sh", &["session-start"])).contains("cargo is not installed"));
}

#[in_each(sh, dash, bash)]
fn without_a_folder_to_build_in_it_says_what_to_do(shell: &str) {
    let mut plugin = Plugin::new();
    let tools = plugin.tools();
    script(&tools.join("cargo"), "exit 1");
    plugin.unset("CLAUDE_PLUGIN_DATA");
    let said = line(plugin.run(shell, &["session-start"]));
    assert_eq!(said, "the helper is not built yet: run cargo build --release in the plugin's folder");
    fs::write(plugin.home().join("file"), "").unwrap();
    plugin.set("CLAUDE_PLUGIN_DATA", plugin.home().join("file/data").to_string_lossy());
    let said = line(plugin.run(shell, &["session-start"]));
    assert_eq!(said, "the helper cannot be downloaded or built: the plugin's data folder is not writable");
}

#[in_each(sh, dash, bash)]
fn a_call_by_hand_without_a_folder_of_its_own_touches_nothing(shell: &str) {
    for data in ["", ".", "build", "/nonexistent"] {
        let mut plugin = Plugin::new();
        // nothing real is at stake while this test fails: programs that would change a file only report
        // it
        for tool in ["rm", "mv", "cp", "mkdir", "ln", "env", "cargo", "curl", "npm"] {
            let _ = fs::remove_file(plugin.tools().join(tool));
            let log = plugin.log().join("touched");
            script(&plugin.tools().join(tool), &format!("echo {tool} \"$@\" >>'{}'", log.display()));
        }
        plugin.set("CLAUDE_PLUGIN_DATA", data);
        for args in [&["work", VERSION, data, ""][..], &["work"], &["--build"], &[]] {
            let mut command = std::process::Command::new(plugin.command(shell, &[]).get_program());
            command.env_clear().env("PATH", plugin.tools()).env("CLAUDE_PLUGIN_DATA", data);
            command.current_dir(plugin.project()).arg(plugin.root().join("helper/bring")).args(args);
            let ran = feed(command, b"");
            let touched = fs::read_to_string(plugin.log().join("touched")).unwrap_or_default();
            assert_eq!((ran.code, touched.as_str()), (2, ""), "{shell} {data:?} {args:?}: {ran:?}");
        }
    }
}

#[test]
fn existing_files_in_the_data_folder_stay() {
    let plugin = Plugin::new();
    let cargo = FakeCargo::install(&plugin);
    let theirs = ["build/mine", "work.1/mine", "bin/0.0.1/cf-aig", "launcher/notes", "build.lock/mine"];
    for path in theirs {
        let path = plugin.data().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, "mine").unwrap();
    }
    for verdict in ["no linker", "good"] {
        let over = cargo.all_over();
        line(cargo.run("sh", &["session-start"]));
        cargo.started();
        cargo.ends(verdict);
        over.wait();
    }
    assert!(plugin.built().is_file());
    for path in theirs {
        assert_eq!(fs::read_to_string(plugin.data().join(path)).unwrap(), "mine", "{path}");
    }
}

#[test]
fn a_projects_cargo_configuration_takes_no_part() {
    let mut plugin = Plugin::new();
    let root = plugin.root();
    fs::create_dir(root.join("src")).unwrap();
    fs::write(
        root.join("Cargo.toml"),
        "[package]\nname = \"cf-aig\"\nversion = \"0.0.0\"\nedition = \"2021\"\n",
    )
    .unwrap();
    fs::write(
        root.join("Cargo.lock"),
        "version = 4\n\n[[package]]\nname = \"cf-aig\"\nversion = \"0.0.0\"\n",
    )
    .unwrap();
    fs::write(root.join("src/main.rs"), "fn main() { println!(\"real\") }").unwrap();
    let evil = plugin.home().join("evil");
    script(&evil, &format!("echo ran >>'{}'\nexec \"$@\"", plugin.log().join("canary").display()));
    let config = plugin.project().join(".cargo");
    fs::create_dir(&config).unwrap();
    let evil = evil.to_string_lossy().replace('\\', "\\\\").replace('"', "\\\"");
    let text = format!("[build]\nrustc-wrapper = \"{evil}\"\n[env]\nX = \"1\"\n[alias]\nbuild = \"run\"\n");
    fs::write(config.join("config.toml"), text).unwrap();
    fs::write(plugin.project().join("rust-toolchain.toml"), "[toolchain]\nchannel = \"hostile\"\n").unwrap();

    // the real cargo, from the path that the test runner gives; its linker is on our own PATH
    let cargo = Path::new(env!("CARGO")).parent().unwrap().to_owned();
    let path = std::env::join_paths(
        [cargo].into_iter().chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    plugin.set("PATH", path.unwrap().to_string_lossy());
    let fake = FakeCargo::install(&plugin);
    let over = fake.all_over();
    assert_eq!(line(fake.run("sh", &["session-start"])), BUILDING);
    over.wait();
    let log = fs::read_to_string(plugin.data().join("build.log")).unwrap_or_default();
    assert_eq!(plugin.run("sh", &[]).stdout, "real\n", "{log}");
    assert!(!plugin.log().join("canary").exists());
}
