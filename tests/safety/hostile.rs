//! Gateways and API servers that never end, lie, or repeat what they were sent.

use cf_aig_harness::{Sandbox, say_aloud};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The longest that a command may take: its own limits are shorter.
const LIMIT: Duration = Duration::from_secs(60);
/// Kilobytes of address space; what is read without a bound would need more.
const MEMORY: &str = "1500000";
/// A server that never ends stops after this much, so that a failing test ends too.
const ENOUGH: usize = 3 << 30;

const SECRETS: [&str; 3] =
    ["cfut_hostile0gateway0token", "cfut_hostile0api0token0of0account", "sk-ant-hostile0provider0key"];

#[derive(Debug, Clone, Copy)]
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
}

const MODES: [Mode; 12] = [
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

/// A server on loopback that answers every request in one way. It ends with the test.
struct Server {
    origin: String,
    over: Arc<AtomicBool>,
}

impl Server {
    fn start(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let stop = over.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stop.load(Ordering::Acquire) {
                    break;
                }
                let Ok(stream) = stream else { continue };
                std::thread::spawn(move || {
                    let _ = serve(mode, stream, address.port());
                });
            }
        });
        Self { origin: format!("http://{address}"), over }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Release);
        let _ = TcpStream::connect(self.origin.trim_start_matches("http://"));
    }
}

fn serve(mode: Mode, stream: TcpStream, port: u16) -> std::io::Result<()> {
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
            // a gibibyte of zeros in a body of gzip blocks, each of which says 64 KiB
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
        Mode::Informational => endless(&mut out, b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"),
    }
}

fn endless(out: &mut TcpStream, part: &[u8]) -> std::io::Result<()> {
    let block = part.repeat((64 << 10) / part.len());
    for _ in 0..ENOUGH / block.len() {
        out.write_all(&block)?;
    }
    Ok(())
}

#[test]
fn a_hostile_server_gets_no_endless_wait_no_memory_and_no_secret_shown() {
    endure(&MODES);
}

#[test]
#[ignore = "open defect: `logs list` waits for more than a minute behind endless informational responses"]
fn endless_informational_responses_end() {
    endure(&[Mode::Informational]);
}

fn endure(modes: &[Mode]) {
    let begin = Instant::now();
    let (mut runs, mut slowest) = (0, (Duration::ZERO, String::new()));
    for &mode in modes {
        let server = Server::start(mode);
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
        for command in COMMANDS {
            let start = Instant::now();
            let script = format!("ulimit -v {MEMORY} && exec \"$CF_AIG_BIN\" \"$@\"");
            let args = ["-c", &script, "sh"].into_iter().chain(command.iter().copied());
            let ran = sandbox.run_within(args, LIMIT);
            let ran = ran.unwrap_or_else(|| panic!("{mode:?}, {command:?}: no end after {LIMIT:?}"));
            let shown = format!("{}{}", ran.stdout, ran.stderr);
            let short = |text: &str| text.chars().take(2000).collect::<String>();
            assert!(!shown.contains("panicked"), "{mode:?}, {command:?}: {}", short(&shown));
            assert!(
                (0..=7).contains(&ran.code),
                "{mode:?}, {command:?}: exit {}: {}",
                ran.code,
                short(&shown)
            );
            for secret in SECRETS {
                assert!(!shown.contains(secret), "{mode:?}, {command:?} shows {secret}: {}", short(&shown));
            }
            assert!(shown.len() < 4 << 20, "{mode:?}, {command:?}: {} bytes shown", shown.len());
            runs += 1;
            if start.elapsed() > slowest.0 {
                slowest = (start.elapsed(), format!("{mode:?}, {}", command.join(" ")));
            }
        }
    }
    say_aloud(&format!(
        "hostile servers: {} kinds, {runs} runs in {} s; the slowest took {:.1} s ({})",
        modes.len(),
        begin.elapsed().as_secs(),
        slowest.0.as_secs_f64(),
        slowest.1
    ));
}
