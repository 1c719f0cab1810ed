//! The SessionStart hook: input, files and output.

use crate::{Answer, Rig, sandbox};
use cf_aig_emulator::{Emulator, GATEWAY_TOKEN};
use cf_aig_harness::{Sandbox, pipe_holding};
use insta::assert_snapshot;
use std::fs;
use std::io::{BufRead, Write};
use std::net::TcpListener;
use std::process::Stdio;
use std::sync::mpsc;

const SOURCES: [&str; 5] = ["startup", "resume", "clear", "compact", "fork"];

/// Everything in a folder, at any depth.
fn contents(folder: &std::path::Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok) {
        found.push(entry.path().to_string_lossy().into_owned());
        found.extend(contents(&entry.path()));
    }
    found
}

fn start_with(sandbox: &Sandbox, input: &[u8]) -> Answer {
    Answer::of(sandbox.run_with(["session-start"], input))
}

#[test]
fn hook_input_of_any_kind_is_accepted() {
    let rig = Rig::new();
    let usual = rig.hook();
    assert!(usual.context.is_some());
    let big = vec![b' '; 3 << 20];
    let inputs: [&[u8]; 9] = [
        b"",
        b"null",
        b"[1]",
        b"{",
        b"\xff\xfe\x00",
        br#"{"session_id":3,"cwd":[]}"#,
        br#"{"source":"something new","unknown":{"a":[1]}}"#,
        b"not json at all\n\n",
        &big,
    ];
    for input in inputs {
        assert_eq!(start_with(&rig.sandbox, input), usual, "{:?}", &input[..input.len().min(40)]);
        assert!(rig.env_file().contains("ANTHROPIC_BASE_URL"));
    }
}

/// The gateway is a listener that accepts the probe and never responds.
#[test]
fn a_session_without_a_person_goes_on_before_the_gateway_answers() {
    let silent = TcpListener::bind("127.0.0.1:0").expect("a port");
    let origin = format!("http://{}", silent.local_addr().expect("its address"));
    let first_line = |variable: (&str, &str), policy: &str| {
        let mut rig = Rig::new();
        rig.sandbox
            .set("CF_AIG_GATEWAY_ORIGIN", &origin)
            .set("CF_AIG_ROUTING", "tools")
            .set("CF_AIG_ON_UNREACHABLE", policy)
            .set(variable.0, variable.1);
        let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
        command.arg("session-start").stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the hook starts");
        let mut lines = std::io::BufReader::new(child.stdout.take().expect("its stdout")).lines();
        let line = lines.next().expect("a line").expect("text");
        // what Bash programs need exists when the session continues
        let written = rig.env_file().contains("ANTHROPIC_BASE_URL");
        let rest: Vec<String> = lines.map_while(Result::ok).collect();
        assert!(child.wait().expect("its end").success());
        (line, written, rest.len())
    };
    for variable in [("CLAUDE_CODE_SESSION_ATTENDED", "0"), ("CLAUDE_CODE_ENTRYPOINT", "sdk-cli")] {
        assert_eq!(first_line(variable, "warn"), (r#"{"async":true}"#.to_owned(), true, 1), "{variable:?}");
        let (line, _, rest) = first_line(variable, "direct");
        assert!(line.contains("this session is not routed") && rest == 0, "{line}: the answer decides");
    }
    let (line, _, rest) = first_line(("CLAUDE_CODE_ENTRYPOINT", "cli"), "warn");
    assert!(line.contains("systemMessage") && rest == 0, "{line}: a person is told");
}

/// Runs the hook with a stdin that stays open after `input`.
fn with_open_stdin(sandbox: &Sandbox, input: &[u8], endless: bool) -> Answer {
    let (reader, mut pipe) = pipe_holding(input);
    let mut command = sandbox.command(sandbox.cf_aig());
    command.arg("session-start").stdin(reader).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = command.spawn().expect("the hook starts");
    // or it would keep the pipe's reading end open
    command.stdin(Stdio::null());
    let input = input.to_owned();
    let (done, ended) = mpsc::channel();
    let writer = std::thread::spawn(move || {
        while endless && pipe.write_all(&input).is_ok() {}
        // held open until the hook ends
        let _ = ended.recv();
    });
    let ran = child.wait_with_output().expect("its output").into();
    let _ = done.send(());
    writer.join().expect("the writer ends");
    Answer::of(ran)
}

#[test]
fn a_stdin_that_never_ends_does_not_delay_the_hook() {
    let rig = Rig::new();
    for endless in [false, true] {
        let answer = with_open_stdin(&rig.sandbox, b"{\"x\":\"", endless);
        assert!(answer.context.is_some(), "{answer:?}");
    }
    let nothing = with_open_stdin(&rig.sandbox, b"", false);
    assert!(nothing.context.is_some(), "{nothing:?}");
}

#[test]
fn input_counts_even_if_stdin_stays_open() {
    let rig = Rig::new();
    with_open_stdin(&rig.sandbox, br#"{"session_id":"s-77","source":"startup"}"#, false);
    assert!(rig.env_file().contains(r#""session":"s-77""#), "{}", rig.env_file());
}

#[test]
fn every_source_is_answered_alike_and_silently() {
    let rig = Rig::new();
    let first = rig.hook();
    assert_eq!(first.message, None);
    assert_snapshot!(rig.steady(first.context.as_deref().unwrap()), @"Programs run by Bash commands send their Anthropic requests to AI Gateway `emulator` of account 01234567… at GATEWAY (http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic). The skill cloudflare:cloudflare troubleshoots it.");
    for source in SOURCES {
        assert_eq!(Answer::of(rig.sandbox.hook(source)), first, "{source}");
    }
}

#[test]
fn without_configuration_the_hook_does_nothing() {
    let emulator = Emulator::start(Default::default()).unwrap();
    let mut places = [sandbox(), sandbox()];
    places[1].set("ANTHROPIC_API_KEY", "k").set("ANTHROPIC_BASE_URL", emulator.provider_origin());
    for sandbox in &mut places {
        sandbox.with_env_file();
        for source in SOURCES {
            let ran = sandbox.hook(source);
            assert_eq!((ran.code, ran.stdout.trim_end(), ran.stderr.as_str()), (0, "{}", ""));
        }
        assert!(!sandbox.env_file().exists());
        for folder in [sandbox.home(), sandbox.project(), sandbox.data()] {
            assert_eq!(contents(&folder), [""; 0]);
        }
    }
    assert_eq!(emulator.connections(), 0);
}

#[test]
fn each_auth_mode_has_its_block() {
    let mut rig = Rig::new();
    rig.sandbox.set("CF_AIG_METADATA", "project");
    let mut block = |mode: &str, token: bool| {
        rig.sandbox.set("CF_AIG_AUTH", mode);
        if !token {
            rig.sandbox.unset("CF_AIG_TOKEN");
        }
        rig.hook();
        rig.steady(&rig.env_file())
    };
    assert_snapshot!(block("own-key", true), @r#"
    # >>> cf-aig: routes this session's Bash programs through Cloudflare AI Gateway >>>
    if [ -z "${CF_AIG_OFF-}" ]; then
    export CF_AIG_CLIENT_BASE_URL="${ANTHROPIC_BASE_URL-}"
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-authorization: Bearer emulator-gateway-token
    cf-aig-metadata: {"project":"project"}'
    export CF_AIG_TOKEN='emulator-gateway-token'
    export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC='1'
    fi
    # <<< cf-aig <<<
    "#);
    assert_snapshot!(block("stored-key", true), @r#"
    # >>> cf-aig: routes this session's Bash programs through Cloudflare AI Gateway >>>
    if [ -z "${CF_AIG_OFF-}" ]; then
    export CF_AIG_CLIENT_BASE_URL="${ANTHROPIC_BASE_URL-}"
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_AUTH_TOKEN='emulator-gateway-token'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-metadata: {"project":"project"}
    cf-aig-no-wholesale: true'
    export CF_AIG_TOKEN='emulator-gateway-token'
    unset ANTHROPIC_API_KEY
    fi
    # <<< cf-aig <<<
    "#);
    assert_snapshot!(block("unified-billing", true), @r#"
    # >>> cf-aig: routes this session's Bash programs through Cloudflare AI Gateway >>>
    if [ -z "${CF_AIG_OFF-}" ]; then
    export CF_AIG_CLIENT_BASE_URL="${ANTHROPIC_BASE_URL-}"
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_AUTH_TOKEN='emulator-gateway-token'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-metadata: {"project":"project"}'
    export CF_AIG_TOKEN='emulator-gateway-token'
    unset ANTHROPIC_API_KEY
    fi
    # <<< cf-aig <<<
    "#);
    assert_snapshot!(block("subscription", true), @r#"
    # >>> cf-aig: routes this session's Bash programs through Cloudflare AI Gateway >>>
    if [ -z "${CF_AIG_OFF-}" ]; then
    export CF_AIG_CLIENT_BASE_URL="${ANTHROPIC_BASE_URL-}"
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-authorization: Bearer emulator-gateway-token
    cf-aig-metadata: {"project":"project"}'
    export CF_AIG_TOKEN='emulator-gateway-token'
    export CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC='1'
    unset ANTHROPIC_API_KEY
    unset ANTHROPIC_AUTH_TOKEN
    fi
    # <<< cf-aig <<<
    "#);
    assert_snapshot!(block("own-key", false), @r#"
    # >>> cf-aig: routes this session's Bash programs through Cloudflare AI Gateway >>>
    if [ -z "${CF_AIG_OFF-}" ]; then
    export CF_AIG_CLIENT_BASE_URL="${ANTHROPIC_BASE_URL-}"
    export ANTHROPIC_BASE_URL='http://GATEWAY/v1/0123456789abcdef0123456789abcdef/emulator/anthropic'
    export ANTHROPIC_CUSTOM_HEADERS='cf-aig-metadata: {"project":"project"}'
    fi
    # <<< cf-aig <<<
    "#);
}

#[test]
fn a_block_with_a_secret_is_readable_only_by_its_owner() {
    use std::os::unix::fs::PermissionsExt;
    let rig = Rig::new();
    fs::write(rig.sandbox.env_file(), "export A=1\n").unwrap();
    fs::set_permissions(rig.sandbox.env_file(), fs::Permissions::from_mode(0o644)).unwrap();
    rig.hook();
    assert!(rig.env_file().contains(GATEWAY_TOKEN));
    assert_eq!(fs::metadata(rig.sandbox.env_file()).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn running_again_replaces_the_block_and_leaves_other_lines_byte_for_byte() {
    let mut rig = Rig::new();
    let path = rig.sandbox.env_file();
    let before: &[u8] = b"export A='1'\r\n# \xff\xfe not UTF-8\nexport B=2 # no line end";
    let after: &[u8] = b"\nexport C=\"$A\"\n\n";
    fs::write(&path, before).unwrap();
    rig.hook();
    let mut file = fs::OpenOptions::new().append(true).open(&path).unwrap();
    file.write_all(after).unwrap();
    for (source, project) in [("resume", "one"), ("clear", "two"), ("compact", "two"), ("fork", "three")] {
        rig.sandbox.set("CF_AIG_METADATA", format!("team={project}"));
        Answer::of(rig.sandbox.hook(source));
        let bytes = fs::read(&path).unwrap();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        assert_eq!(text.matches("export ANTHROPIC_BASE_URL=").count(), 1, "{text}");
        assert_eq!(text.matches("cf-aig-metadata").count(), 1, "{text}");
        assert!(text.contains(project));
        assert_eq!(text.lines().filter(|l| l.contains(">>>") || l.contains("<<<")).count(), 2, "{text}");
    }
    rig.sandbox.set("CF_AIG_ROUTING", "off");
    assert!(Answer::of(rig.sandbox.hook("resume")).is_silent());
    assert_eq!(fs::read(&path).unwrap(), [before, after].concat());
}

#[test]
fn a_second_run_that_changes_nothing_writes_nothing() {
    use std::os::unix::fs::MetadataExt;
    let rig = Rig::new();
    rig.hook();
    let inode = fs::metadata(rig.sandbox.env_file()).unwrap().ino();
    rig.hook();
    assert_eq!(fs::metadata(rig.sandbox.env_file()).unwrap().ino(), inode);
}

/// Nothing writes to the pipe, so opening it would wait for ever.
#[cfg(unix)]
#[test]
fn a_pipe_in_place_of_a_file_does_not_block_the_hook() {
    let rig = Rig::new();
    let (home, project) = (rig.sandbox.home(), rig.sandbox.project());
    let pipes = [
        home.join(".claude/settings.json"),
        home.join(".claude/.claude.json"),
        home.join(".claude.json"),
        home.join(".config/anthropic/active_config"),
        home.join(".config/anthropic/configs/default.json"),
        project.join(".claude/settings.json"),
        project.join(".claude/settings.local.json"),
        project.join(".git"),
    ];
    for pipe in pipes {
        fs::create_dir_all(pipe.parent().expect("a folder")).expect("a folder");
        assert!(std::process::Command::new("mkfifo").arg(&pipe).status().expect("mkfifo").success());
    }
    let ran = rig.sandbox.run_within(["session-start"], std::time::Duration::from_secs(60));
    assert!(Answer::of(ran.expect("it ends")).context.is_some());
}
