//! The program: its output is sufficient to use it, and Ctrl-C ends it.
#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Command, Stdio};

use cf_aig_emulator::{ANTHROPIC_KEY, GATEWAY_TOKEN};

use crate::support::{assert_greeted, client_with, outcome, question};

/// Stopped with the test, however that ends.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn start(args: &[&str]) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cf-aig-emulator"));
    let child = command.args(args).env_clear().stdout(Stdio::piped()).spawn();
    Program(child.expect("the program"))
}

/// The lines up to the one that reports that everything is ready.
fn introduction(stdout: &mut impl BufRead) -> String {
    let mut text = String::new();
    while !text.contains("Ctrl-C") {
        assert_ne!(stdout.read_line(&mut text).expect("a line"), 0, "ended after: {text}");
    }
    text
}

#[test]
fn the_program_prints_its_usage_and_a_summary_at_the_end() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("ca.pem");
    let mut program = start(&["--tls", file.to_str().expect("a path")]);
    let mut stdout = BufReader::new(program.0.stdout.take().expect("piped"));
    let text = introduction(&mut stdout);
    let value = |name: &str| {
        let line = text.lines().find(|line| line.contains(&format!("export {name}="))).expect(name);
        line.split_once('=').expect("a value").1.trim_matches('\'').to_owned()
    };
    let header = value("ANTHROPIC_CUSTOM_HEADERS");
    assert_eq!(header, format!("cf-aig-authorization: Bearer {GATEWAY_TOKEN}"));
    assert_eq!(value("ANTHROPIC_API_KEY"), ANTHROPIC_KEY);
    let pem = std::fs::read(value("NODE_EXTRA_CA_CERTS")).expect("the file");
    let authority = reqwest::Certificate::from_pem(&pem).expect("a certificate");
    let request = client_with(|builder| builder.tls_certs_only([authority]))
        .post(format!("{}/v1/messages", value("ANTHROPIC_BASE_URL")))
        .header("cf-aig-authorization", header.trim_start_matches("cf-aig-authorization: "))
        .header("x-api-key", ANTHROPIC_KEY)
        .header("anthropic-version", "2023-06-01")
        .body(question().to_string());
    assert_greeted(&outcome(request));

    let interrupt = Command::new("kill").args(["-INT", &program.0.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    assert!(program.0.wait().expect("an end").success());
    let mut summary = String::new();
    stdout.read_to_string(&mut summary).expect("a summary");
    assert!(summary.contains("200 gateway POST /v1/"), "{summary}");
    assert!(summary.contains("200 anthropic/claude-opus-5-5 $0.0"), "{summary}");
}

#[test]
fn with_a_stored_key_it_shows_the_documented_placeholder() {
    let mut program = start(&["--stored-key", "--token", "mine"]);
    let mut stdout = BufReader::new(program.0.stdout.take().expect("piped"));
    let text = introduction(&mut stdout);
    assert!(text.contains("export ANTHROPIC_API_KEY=mine\n"), "{text}");
}

#[test]
fn what_it_cannot_do_is_an_error_in_one_line() {
    let ended = |command: &mut Command| {
        let ran = command.env_clear().output().expect("the program");
        (ran.status.code(), String::from_utf8_lossy(&ran.stderr).into_owned())
    };
    let program = env!("CARGO_BIN_EXE_cf-aig-emulator");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = taken.local_addr().expect("its address").port().to_string();
    let (code, said) = ended(Command::new(program).args(["--port", &port]));
    assert!(code == Some(1) && said.contains(&format!("port {port}: ")), "{code:?} {said}");
    if let Ok(full) = std::fs::File::options().write(true).open("/dev/full") {
        let child = Command::new(program).env_clear().stdout(full).stderr(Stdio::piped()).spawn();
        let ran = child.expect("the program").wait_with_output().expect("an end");
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.code() == Some(1) && !said.contains("panicked"), "{said}");
    }
}

#[test]
fn a_token_with_a_quote_stays_one_word_in_the_shell() {
    let mut program = start(&["--token", "it's"]);
    let text = introduction(&mut BufReader::new(program.0.stdout.take().expect("piped")));
    let line = text.lines().find(|line| line.contains("CUSTOM_HEADERS")).expect("the line");
    let script = format!("{line}; printf %s \"$ANTHROPIC_CUSTOM_HEADERS\"");
    let ran = Command::new("/bin/sh").args(["-c", &script]).output().expect("a shell");
    assert_eq!(String::from_utf8_lossy(&ran.stdout), "cf-aig-authorization: Bearer it's");
}
