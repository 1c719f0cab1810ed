//! Gateways and API servers that never end, lie, or echo what they were sent.

use cf_aig_harness::terminal::Terminal;
use cf_aig_harness::{Ran, Sandbox, print_uncaptured};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

/// Timeout of a command, even on a slow machine; its own limits are shorter.
const LIMIT: Duration = Duration::from_secs(300);
/// Concurrent commands; most of them wait for the server.
const AT_A_TIME: usize = 6;
/// Kilobytes of address space; an unbounded read would need more.
const MEMORY: &str = "1500000";
/// A server that never ends stops after this much, so that a failing test also ends.
const ENOUGH: usize = 3 << 30;

const SECRETS: [&str; 3] =
    ["cfut_hostile0gateway0token", "cfut_hostile0api0token0of0account", "sk-ant-hostile0provider0key"];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    EndlessHeaders,
    EndlessHeaderLine,
    EndlessBody,
    Bomb,
    WrongTypes,
    DeepJson,
    Echo,
    EchoInJson,
    NoLength,
    CutShort,
    Garbage,
    Redirects,
    Informational,
    Trickle,
    HugePages,
}

const MODES: [Mode; 13] = [
    Mode::EndlessHeaders,
    Mode::EndlessHeaderLine,
    Mode::EndlessBody,
    Mode::Bomb,
    Mode::WrongTypes,
    Mode::DeepJson,
    Mode::Echo,
    Mode::EchoInJson,
    Mode::NoLength,
    Mode::CutShort,
    Mode::Garbage,
    Mode::Redirects,
    Mode::Informational,
];

/// One of each kind: after informational responses a command waits until its limit.
const WAITING: &[&[&str]] = &[
    &["status"],
    &["doctor"],
    &["verify"],
    &["setup", "--yes"],
    &["off", "--yes"],
    &["logs", "list"],
    &["gateway", "list"],
    &["session-start"],
];

const COMMANDS: &[&[&str]] = &[
    &["status"],
    &["doctor"],
    &["verify"],
    &["setup", "--yes"],
    &["off", "--yes"],
    &["logs", "list"],
    &["costs", "--since", "1d"],
    &["gateway", "list"],
    &["key", "list"],
    &["provider", "list"],
    &["route", "list"],
    &["send", "hi", "--wait", "0"],
    &["session-start"],
];

/// A server on loopback that responds to every request in one way. It ends with the test.
struct Server {
    origin: String,
    over: Arc<AtomicBool>,
    /// Called for each request.
    asked: Mutex<mpsc::Receiver<()>>,
}

impl Server {
    fn start(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let stop = over.clone();
        let (tell, asked) = mpsc::channel();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                let tell = tell.clone();
                std::thread::spawn(move || {
                    let _ = serve(mode, stream, address.port(), &tell);
                });
            }
        });
        Self { origin: format!("http://{address}"), over, asked: Mutex::new(asked) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.origin.trim_start_matches("http://"));
    }
}

fn serve(mode: Mode, stream: TcpStream, port: u16, asked: &mpsc::Sender<()>) -> std::io::Result<()> {
    stream.set_write_timeout(Some(LIMIT))?;
    stream.set_read_timeout(Some(LIMIT))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut request, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap_or(0);
        }
        request += &line;
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    request += &String::from_utf8_lossy(&body);
    // the listener may be gone
    let _ = asked.send(());
    let mut out = stream;
    let ok = |kind: &str, body: &str| {
        format!("HTTP/1.1 200 OK\r\ncontent-type: {kind}\r\ncontent-length: {}\r\n\r\n{body}", body.len())
    };
    let json = "application/json";
    match mode {
        Mode::EndlessHeaders => {
            out.write_all(b"HTTP/1.1 200 OK\r\n")?;
            endless(&mut out, b"x-more: and more of it\r\n")
        }
        Mode::EndlessHeaderLine => {
            out.write_all(b"HTTP/1.1 200 OK\r\nx-more: ")?;
            endless(&mut out, b"and more of it ")
        }
        Mode::EndlessBody => {
            out.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"success\":true,\"result\":[")?;
            endless(&mut out, b"{\"id\":\"x\",\"name\":\"x\"},")
        }
        Mode::Bomb => {
            // a gibibyte of zeros in a body of gzip blocks, each of which claims 64 KiB
            out.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-encoding: gzip\r\n\r\n")?;
            endless(&mut out, &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0])
        }
        Mode::WrongTypes => out.write_all(
            ok(json, r#"{"success":"yes","errors":5,"result":{"id":[],"items":-1},"result_info":"none","data":null}"#)
                .as_bytes(),
        ),
        Mode::DeepJson => out.write_all(ok(json, &"[".repeat(1 << 20)).as_bytes()),
        Mode::Echo => out.write_all(
            format!("HTTP/1.1 403 Forbidden\r\ncontent-type: text/plain\r\ncontent-length: {}\r\n\r\n{request}", request.len())
                .as_bytes(),
        ),
        Mode::EchoInJson => {
            let echoed = serde_json::json!({
                "success": true, "errors": [{"code": 1, "message": request}], "messages": [],
                "result": [{"id": request, "name": request, "model": request, "provider": request, "slug": request,
                    "created_at": "2026-11-20T00:00:00Z", "success": true, "cached": false, "tokens_in": 1,
                    "tokens_out": 1, "duration": 1, "cost": 0.1, "path": request, "alias": request}],
                "result_info": {"page": 1, "per_page": 50, "count": 1, "total_count": 1},
                "error": {"type": request, "message": request}, "model": request,
                "content": [{"type": "text", "text": request}],
            });
            out.write_all(ok(json, &echoed.to_string()).as_bytes())
        }
        Mode::NoLength => out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n{}"),
        Mode::CutShort => out.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"success\":"),
        Mode::Garbage => out.write_all(&[0xff; 4096]),
        Mode::Redirects => out.write_all(
            format!("HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:{port}/again\r\ncontent-length: 0\r\n\r\n")
                .as_bytes(),
        ),
        Mode::Informational => slowly(&mut out, b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
        Mode::Trickle => {
            out.write_all(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n")?;
            slowly(&mut out, b" ")
        }
        Mode::HugePages => out.write_all(ok(json, &huge_page(&request)).as_bytes()),
    }
}

/// A few bytes at a time: never silent for long, and never done.
fn slowly(out: &mut TcpStream, part: &[u8]) -> std::io::Result<()> {
    for _ in 0..LIMIT.as_millis() / 10 {
        out.write_all(part)?;
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// Six megabytes, for analytics and for the log.
fn huge_page(request: &str) -> String {
    const ACCOUNTS: &str = r#"{"data":{"viewer":{"accounts":[{"#;
    let long = "x".repeat(1700);
    if request.contains("availableFields") {
        let settings = r#""availableFields":[],"maxDuration":2678400,"maxPageSize":10000"#;
        return format!(
            "{ACCOUNTS}\"settings\":{{\"aiGatewayRequestsAdaptiveGroups\":{{{settings}}}}}}}]}}}}}}"
        );
    }
    if request.contains("aiGatewayRequestsAdaptiveGroups") {
        let row = |at: usize| {
            format!(
                r#"{{"count":1,"sum":{{"cost":0.1}},"dimensions":{{"date":"2026-11-20","gateway":"dev","provider":"anthropic","model":"{at}-{long}"}}}}"#
            )
        };
        let rows: Vec<_> = (0..3500).map(row).collect();
        return format!("{ACCOUNTS}\"aiGatewayRequestsAdaptiveGroups\":[{}]}}]}}}}}}", rows.join(","));
    }
    let query = request.replace('?', "&");
    let page = query.split("&page=").nth(1).unwrap_or("1");
    let page: u64 = page.split(['&', ' ']).next().unwrap_or("1").parse().unwrap_or(1);
    let fields: Vec<_> = (0..70).map(|field| format!("\"field-{field}\":\"{long}\"")).collect();
    let fields = fields.join(",");
    let entry =
        |at: usize| format!(r#"{{"id":"{page}-{at}","metadata":{{"project":"{page}-{at}"}},{fields}}}"#);
    let entries: Vec<_> = (0..50).map(entry).collect();
    format!(
        r#"{{"success":true,"errors":[],"messages":[],"result":[{}],"result_info":{{"page":{page},"per_page":50,"count":50,"total_count":550}}}}"#,
        entries.join(",")
    )
}

fn endless(out: &mut TcpStream, part: &[u8]) -> std::io::Result<()> {
    let block = part.repeat((64 << 10) / part.len());
    for _ in 0..ENOUGH / block.len() {
        out.write_all(&block)?;
    }
    Ok(())
}

fn sandbox(server: &Server) -> Sandbox {
    let mut sandbox = Sandbox::new("/bin/sh");
    sandbox
        .with_env_file()
        .set("CF_AIG_GATEWAY_ORIGIN", &server.origin)
        .set("CF_AIG_API_ORIGIN", &server.origin)
        .set("CLOUDFLARE_ACCOUNT_ID", "0123456789abcdef0123456789abcdef")
        .set("CF_AIG_GATEWAY_ID", "dev")
        .set("CF_AIG_TOKEN", SECRETS[0])
        .set("CLOUDFLARE_API_TOKEN", SECRETS[1])
        .set("ANTHROPIC_API_KEY", SECRETS[2])
        .set("CF_AIG_BIN", env!("CARGO_BIN_EXE_cf-aig"));
    sandbox
}

/// Runs it with the limits of a shell's `ulimit`.
fn limited(sandbox: &Sandbox, ulimit: &str, command: &[&str]) -> Option<Ran> {
    let script = format!("ulimit {ulimit} && exec \"$CF_AIG_BIN\" \"$@\"");
    sandbox.run_within(["-c", &script, "sh"].into_iter().chain(command.iter().copied()), LIMIT)
}

fn short(text: &str) -> String {
    text.chars().take(2000).collect()
}

#[test]
fn a_hostile_server_gets_no_endless_wait_no_memory_and_no_secret_shown() {
    let begin = Instant::now();
    let servers: Vec<(Mode, Server)> = MODES.iter().map(|mode| (*mode, Server::start(*mode))).collect();
    let commands = |mode: Mode| if mode == Mode::Informational { WAITING } else { COMMANDS };
    let mut runs: Vec<_> = servers
        .iter()
        .flat_map(|(mode, server)| commands(*mode).iter().map(move |command| (*mode, server, *command)))
        .collect();
    let count = runs.len();
    // from the end: the longest waits come first
    let runs = Mutex::new(std::mem::take(&mut runs));
    let slowest = Mutex::new((Duration::ZERO, String::new()));
    std::thread::scope(|scope| {
        for _ in 0..AT_A_TIME {
            scope.spawn(|| {
                loop {
                    let next = runs.lock().expect("no one panics with it").pop();
                    let Some((mode, server, command)) = next else { break };
                    let took = endure(mode, server, command);
                    let mut slowest = slowest.lock().expect("no one panics with it");
                    if took > slowest.0 {
                        *slowest = (took, format!("{mode:?}, {}", command.join(" ")));
                    }
                }
            });
        }
    });
    let (took, what) = slowest.into_inner().expect("no one panics with it");
    print_uncaptured(&format!(
        "hostile servers: {} kinds, {count} runs in {} s; the slowest took {:.1} s ({what})",
        MODES.len(),
        begin.elapsed().as_secs(),
        took.as_secs_f64(),
    ));
}

fn endure(mode: Mode, server: &Server, command: &[&str]) -> Duration {
    let start = Instant::now();
    let ran = limited(&sandbox(server), &format!("-v {MEMORY}"), command);
    let ran = ran.unwrap_or_else(|| panic!("{mode:?}, {command:?}: no end after {LIMIT:?}"));
    let took = start.elapsed();
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!shown.contains("panicked"), "{mode:?}, {command:?}: {}", short(&shown));
    assert!((0..=7).contains(&ran.code), "{mode:?}, {command:?}: exit {}: {}", ran.code, short(&shown));
    for secret in SECRETS {
        assert!(!shown.contains(secret), "{mode:?}, {command:?} shows {secret}: {}", short(&shown));
    }
    assert!(shown.len() < 4 << 20, "{mode:?}, {command:?}: {} bytes shown", shown.len());
    took
}

/// Kilobytes of data for eleven pages of six megabytes: the program, one page with its parts, and what is
/// kept of the others. All pages together would need twice as much.
const DATA: &str = "100000";

#[test]
fn eleven_huge_pages_need_little_more_memory_than_one() {
    let server = Server::start(Mode::HugePages);
    for command in [
        &["costs", "--since", "340d", "--json"][..],
        &["costs", "--since", "7d", "--by", "project", "--gateway-id", "dev", "--json"],
    ] {
        let ran = limited(&sandbox(&server), &format!("-d {DATA}"), command).expect("it ends");
        assert!(
            ran.code == 0 && ran.stdout.contains("\"schema\""),
            "{command:?}: {}: {}",
            ran.code,
            short(&ran.stderr)
        );
    }
    print_uncaptured(&format!("eleven pages of 6 MB: two reports within {DATA} kB of data"));
}

/// A command that waits for a server, and the files that it leaves when it is interrupted.
const INTERRUPTED: &[(&[&str], &[&str])] = &[
    (&["gateway", "list"], &[]),
    (&["logs", "list"], &[]),
    (&["send", "hi"], &[]),
    (&["costs", "--html", "costs.html"], &[]),
    (&["doctor", "--bundle", "bundle.json"], &[]),
    (&["iac", "terraform", "dev"], &[]),
    // an interrupted export can be resumed
    (&["logs", "export", "--output", "log.ndjson"], &["log.ndjson", "log.ndjson.progress"]),
];

/// The helper, which Ctrl-C ends: in a background job of a shell, programs ignore it, and so do those that they start.
fn interruptible(sandbox: &Sandbox) -> Command {
    const RESET: &str = "--default-signal=INT";
    let helper = env!("CARGO_BIN_EXE_cf-aig");
    if !Command::new("env").args([RESET, "true"]).output().is_ok_and(|ran| ran.status.success()) {
        return sandbox.command(helper);
    }
    let mut command = sandbox.command("env");
    command.args([RESET, helper]);
    command
}

#[test]
fn ctrl_c_ends_a_wait_at_once_and_leaves_no_half_file() {
    let mut ended = 0;
    for (command, left) in INTERRUPTED {
        let server = Server::start(Mode::Trickle);
        let sandbox = sandbox(&server);
        let mut child = interruptible(&sandbox);
        child.args(*command).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = child.spawn().expect("it starts");
        let asked = server.asked.lock().expect("no one panics with it");
        asked.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("{command:?} asks nothing"));
        let mut kill = Command::new("kill");
        assert!(kill.args(["-INT", &child.id().to_string()]).status().expect("kill").success());
        let (done, end) = mpsc::channel();
        std::thread::spawn(move || done.send(child.wait().map(|status| status.success())));
        let succeeded = end.recv_timeout(LIMIT).unwrap_or_else(|_| panic!("{command:?} goes on"));
        assert!(!succeeded.expect("its end"), "{command:?}");
        let files = std::fs::read_dir(sandbox.project()).expect("the project").flatten();
        let files: Vec<_> = files.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        assert!(files.iter().all(|file| left.contains(&file.as_str())), "{command:?} leaves {files:?}");
        ended += 1;
    }
    print_uncaptured(&format!("Ctrl-C: {ended} commands in the middle of an answer"));
}

#[test]
fn a_command_that_waits_at_a_terminal_says_for_what() {
    for command in [&["gateway", "list"][..], &["logs", "list"], &["send", "hi"]] {
        let server = Server::start(Mode::Trickle);
        let sandbox = sandbox(&server);
        let mut program = sandbox.command(env!("CARGO_BIN_EXE_cf-aig"));
        program.args(command).env("TERM", "xterm");
        let mut terminal = Terminal::start(&program);
        let host = server.origin.trim_start_matches("http://");
        terminal.wait_for(&format!("waiting for {host}"), LIMIT);
        terminal.type_keys("\u{3}");
        terminal.wait_for_end(LIMIT);
    }
}
