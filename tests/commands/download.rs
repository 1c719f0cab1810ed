//! The launcher of a release: one verified download, from a registry on loopback.

use crate::plugin::{FakeCargo, Plugin, VERSION, platform, script};
use cf_aig_harness::{Ran, in_each};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier};

/// The registry's response.
#[derive(Clone)]
enum Answer {
    Bytes(Vec<u8>),
    NotFound,
    /// Nothing until the test allows it.
    After(Arc<Barrier>, Vec<u8>),
}

/// A registry with one package that counts requests.
struct Registry {
    url: String,
    asked: Arc<AtomicUsize>,
}

impl Registry {
    fn start(answer: Answer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                counted.fetch_add(1, SeqCst);
                let answer = answer.clone();
                std::thread::spawn(move || serve(stream.unwrap(), answer));
            }
        });
        Self { url, asked }
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

fn serve(mut stream: TcpStream, answer: Answer) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    let wanted = format!("GET /@cf-aig/{0}/-/{0}-{VERSION}.tgz HTTP/1.1", platform());
    let is_known = lines.next() == Some(wanted);
    let headers: Vec<_> = lines.take_while(|line| !line.is_empty()).collect();
    assert!(!headers.iter().any(|line| line.contains("planted-secret")), "{headers:?}");
    let bytes = match answer {
        Answer::Bytes(bytes) if is_known => bytes,
        Answer::After(barrier, bytes) if is_known => {
            barrier.wait();
            bytes
        }
        _ => return drop(stream.write_all(b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n")),
    };
    let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", bytes.len());
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&bytes));
}

/// A package as `npm pack` creates it, whose binary identifies itself.
fn package(folder: &Path, name: &str) -> Vec<u8> {
    let binary = folder.join("package").join(VERSION).join("cf-aig");
    fs::create_dir_all(binary.parent().unwrap()).unwrap();
    script(&binary, &format!("echo {name}; for a; do printf '<%s>' \"$a\"; done; cat"));
    fs::set_permissions(&binary, fs::Permissions::from_mode(0o644)).unwrap();
    fs::write(folder.join("package/package.json"), "{}").unwrap();
    let file = folder.join("package.tgz");
    assert!(
        Command::new("tar")
            .arg("-czf")
            .arg(&file)
            .arg("-C")
            .arg(folder)
            .arg("package")
            .status()
            .unwrap()
            .success()
    );
    fs::read(file).unwrap()
}

/// A released plugin: its package's checksum is in git.
fn released(plugin: &Plugin) -> Vec<u8> {
    let bytes = package(&plugin.log(), "downloaded");
    let sum = Command::new("sha256sum").arg(plugin.log().join("package.tgz")).output().unwrap().stdout;
    let sum = String::from_utf8(sum).unwrap().split_whitespace().next().unwrap().to_owned();
    let text = format!("win32-x64 {}\n{} {sum}\n", "0".repeat(64), platform());
    fs::write(plugin.root().join("helper/packages"), text).unwrap();
    bytes
}

/// Puts a program of this machine on the launcher's PATH.
fn with_tool(plugin: &Plugin, name: &str) {
    let path = std::env::var_os("PATH").unwrap();
    let file = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file());
    symlink(file.unwrap_or_else(|| panic!("{name} is needed for this test")), plugin.tools().join(name))
        .unwrap();
}

fn line(ran: &Ran) -> String {
    let told = ran.json();
    told["systemMessage"].as_str().unwrap_or_else(|| panic!("{ran:?}")).to_owned()
}

/// An npm that has the file in its cache, and records how it was called.
fn fake_npm(plugin: &Plugin, file: &Path) {
    let text = format!(
        "env >'{0}/npm-env'; printf '%s\\n' \"$@\" >'{0}/npm-argv'; cp '{1}' cf-aig.tgz; echo cf-aig.tgz",
        plugin.log().display(),
        file.display()
    );
    script(&plugin.tools().join("npm"), &text);
}

fn spoiled(mut bytes: Vec<u8>) -> Vec<u8> {
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    bytes
}

#[in_each(sh, dash, bash)]
fn the_first_call_downloads_and_becomes_the_binary(shell: &str) {
    let mut plugin = Plugin::new();
    let registry = Registry::start(Answer::Bytes(released(&plugin)));
    with_tool(&plugin, "curl");
    plugin.set("CF_AIG_REGISTRY", &registry.url);
    for name in ["CF_AIG_TOKEN", "ANTHROPIC_API_KEY", "CLAUDE_PLUGIN_OPTION_GATEWAY_TOKEN"] {
        plugin.set(name, "planted-secret");
    }
    for _ in 0..2 {
        let ran = plugin.run(shell, &["session-start", "a b"]);
        assert_eq!(ran.stdout, "downloaded\n<session-start><a b>{}", "{ran:?}");
    }
    assert_eq!((registry.asked(), plugin.strangers()), (1, 0));
    let log = fs::read_to_string(plugin.built().with_file_name("build.log")).unwrap();
    assert_eq!(log, "");
}

#[test]
fn ten_sessions_at_once_download_once() {
    let mut plugin = Plugin::new();
    let registry = Registry::start(Answer::Bytes(released(&plugin)));
    with_tool(&plugin, "curl");
    plugin.set("CF_AIG_REGISTRY", &registry.url);
    let plugin = &plugin;
    std::thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| {
                assert_eq!(plugin.run("sh", &["session-start"]).stdout, "downloaded\n<session-start>{}")
            });
        }
    });
    assert_eq!(registry.asked(), 1);
}

#[test]
fn a_slow_registry_does_not_delay_the_session() {
    let mut plugin = Plugin::new();
    let barrier = Arc::new(Barrier::new(2));
    let registry = Registry::start(Answer::After(Arc::clone(&barrier), released(&plugin)));
    with_tool(&plugin, "curl");
    plugin.set("CF_AIG_REGISTRY", &registry.url);
    // the wait of three seconds is over at once
    fs::remove_file(plugin.tools().join("sleep")).unwrap();
    script(&plugin.tools().join("sleep"), "exit 0");
    let cargo = FakeCargo::install(&plugin);
    let over = cargo.all_over();
    let told = cargo.run("sh", &["session-env"]).json();
    assert_eq!(told["retry"], true, "the mod asks again");
    assert_eq!(told["reason"], "downloading the helper, and nothing is routed until it is done");
    barrier.wait();
    over.wait();
    assert_eq!(plugin.run("sh", &["x"]).stdout, "downloaded\n<x>{}");
    assert_eq!((registry.asked(), cargo.pids().len()), (1, 0));
}

#[in_each(sh, dash, bash)]
fn bytes_other_than_the_released_ones_are_refused_and_named(shell: &str) {
    for whole_other in [true, false] {
        let mut plugin = Plugin::new();
        let bytes = released(&plugin);
        let other = plugin.log().join("other");
        fs::create_dir(&other).unwrap();
        let evil = if whole_other { package(&other, "evil") } else { spoiled(bytes) };
        let registry = Registry::start(Answer::Bytes(evil));
        with_tool(&plugin, "curl");
        plugin.set("CF_AIG_REGISTRY", &registry.url);
        let said = line(&plugin.run(shell, &["session-start"]));
        let name = format!("@cf-aig/{} {VERSION}", platform());
        assert!(said.contains(&name) && said.contains("wrong checksum, refused"), "{said}");
        assert!(said.contains("cargo is not installed"), "and what to do: {said}");
        assert!(!plugin.built().exists());
        // the mod does not ask repeatedly, and polling does not query the registry
        let told = plugin.run(shell, &["session-env"]).json();
        assert_eq!((told["retry"].as_bool(), registry.asked()), (Some(false), 1), "{told}");
        // nor if the lock of the work was put there only after its end
        fs::write(plugin.launcher().join("lock"), "999999999\n").unwrap();
        let told = plugin.run(shell, &["session-env"]).json();
        assert_eq!((told["retry"].as_bool(), registry.asked()), (Some(false), 1), "{told}");
    }
}

#[test]
fn without_curl_or_if_it_fails_npm_downloads_with_its_own_configuration() {
    for with_curl in [true, false] {
        let mut plugin = Plugin::new();
        released(&plugin);
        let registry = Registry::start(Answer::NotFound);
        if with_curl {
            with_tool(&plugin, "curl");
        }
        plugin.set("CF_AIG_REGISTRY", &registry.url).set("NPM_TOKEN", "planted-secret");
        fake_npm(&plugin, &plugin.log().join("package.tgz"));
        assert_eq!(plugin.run("sh", &["x"]).stdout, "downloaded\n<x>{}");
        let argv = fs::read_to_string(plugin.log().join("npm-argv")).unwrap();
        assert!(
            argv.ends_with(&format!("--registry={}\n@cf-aig/{}@{VERSION}\n", registry.url, platform())),
            "{argv}"
        );
        let seen = fs::read_to_string(plugin.log().join("npm-env")).unwrap();
        assert!(!seen.contains("planted-secret"), "{seen}");
    }
}

#[test]
fn a_download_by_npm_is_checked_too() {
    let plugin = Plugin::new();
    let bytes = released(&plugin);
    fs::write(plugin.log().join("evil.tgz"), spoiled(bytes)).unwrap();
    fake_npm(&plugin, &plugin.log().join("evil.tgz"));
    let said = line(&plugin.run("sh", &["session-start"]));
    assert!(said.contains("curl is not installed; npm sent a package") && said.contains("refused"), "{said}");
    assert!(!plugin.built().exists());
}

#[test]
fn with_the_registry_down_an_existing_binary_is_used_or_cargo_builds() {
    let mut plugin = Plugin::new();
    released(&plugin);
    with_tool(&plugin, "curl");
    // a port that was free a moment ago
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    plugin.set("CF_AIG_REGISTRY", format!("http://{free}"));
    let said = line(&plugin.run("sh", &["session-start"]));
    let expected = "cloudflare: the helper is not installed: the npm registry did not send it (curl exit code 7); \
                    cargo is not installed (https://rustup.rs)";
    assert_eq!(said, expected);

    let cargo = FakeCargo::install(&plugin);
    let over = cargo.all_over();
    let said = line(&cargo.run("sh", &["session-start"]));
    let expected = "cloudflare: building the helper (the npm registry did not send it (curl exit code 7)); this takes \
                    about three minutes, and nothing is routed until it is done";
    assert_eq!(said, expected);
    cargo.started();
    cargo.ends("good");
    over.wait();
    assert_eq!(plugin.run("sh", &["x"]).stdout, "built\n<x>");
}

#[in_each(sh, dash, bash)]
fn a_package_that_lost_its_executable_bit_is_used_without_a_download(shell: &str) {
    let plugin = Plugin::new();
    released(&plugin);
    plugin.binary_at(&plugin.packaged(), "packaged");
    fs::set_permissions(plugin.packaged(), fs::Permissions::from_mode(0o644)).unwrap();
    assert_eq!(plugin.run(shell, &["x"]).stdout, "packaged\n<x>{}");
    assert!(plugin.built().is_file());
}

#[test]
fn a_read_only_plugin_folder_and_a_missing_home_do_not_stop_the_download() {
    for home in [Some(""), None] {
        let mut plugin = Plugin::new();
        let registry = Registry::start(Answer::Bytes(released(&plugin)));
        with_tool(&plugin, "curl");
        plugin.set("CF_AIG_REGISTRY", &registry.url);
        match home {
            Some(home) => plugin.set("HOME", home),
            None => plugin.unset("HOME"),
        };
        for folder in [plugin.root().join("helper"), plugin.root()] {
            fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).unwrap();
        }
        let ran = plugin.run("sh", &["x"]);
        fs::set_permissions(plugin.root(), fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(ran.stdout, "downloaded\n<x>{}", "{ran:?}");
    }
}

#[test]
fn a_platform_that_was_not_released_is_built_from_source() {
    let plugin = Plugin::new();
    fs::write(plugin.root().join("helper/packages"), format!("other-x64 {}\n", "0".repeat(64))).unwrap();
    let cargo = FakeCargo::install(&plugin);
    let over = cargo.all_over();
    assert!(line(&cargo.run("sh", &["session-start"])).contains("building the helper; this takes"));
    cargo.started();
    cargo.ends("good");
    over.wait();
    assert!(plugin.built().is_file());
}

#[test]
fn a_child_of_the_mod_finds_the_data_folder_by_itself() {
    let mut plugin = Plugin::new();
    let registry = Registry::start(Answer::Bytes(released(&plugin)));
    with_tool(&plugin, "curl");
    plugin.set("CF_AIG_REGISTRY", &registry.url).unset("CLAUDE_PLUGIN_DATA");
    let plugins = plugin.home().join(".claude/plugins");
    let root = plugins.join("cache/a market/cloudflare").join(VERSION);
    fs::create_dir_all(root.parent().unwrap()).unwrap();
    fs::rename(plugin.root(), &root).unwrap();
    let mut command = plugin.command("sh", &[]);
    let vars: Vec<_> =
        command.get_envs().map(|(name, value)| (name.to_owned(), value.unwrap().to_owned())).collect();
    command = Command::new(command.get_program());
    command.env_clear().envs(vars).arg(root.join("helper/cf-aig")).arg("x");
    let ran = cf_aig_harness::sandbox::feed(command, b"{}");
    assert_eq!(ran.stdout, "downloaded\n<x>{}", "{ran:?}");
    assert!(plugins.join("data/cloudflare-a market/bin").join(VERSION).join("cf-aig").is_file());
}
