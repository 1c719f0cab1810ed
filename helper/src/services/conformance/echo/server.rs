//! The echo's side of a connection: one request, one scripted response.

use super::http::{self, Arrived};
use super::shared::{EchoScript, Shared};
use crate::services::conformance::stream_script::STREAM;
use std::io::{self, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::time::Duration;

/// Idle timeout for a connection from the gateway.
const SILENCE: Duration = Duration::from_secs(30);
/// A complete message in Anthropic's format.
const MESSAGE: &str = "{\"id\":\"msg_cfaigconformance00\",\"type\":\"message\",\"role\":\"assistant\",\"model\":\"claude-haiku-4-5\",\"content\":[{\"type\":\"text\",\"text\":\"ok\"}],\"stop_reason\":\"end_turn\",\"stop_sequence\":null,\"usage\":{\"input_tokens\":3,\"output_tokens\":1}}";
/// The response to `count_tokens`.
pub(in crate::services::conformance) const COUNTED: u64 = 4242;
const MODELS: &str = "{\"data\":[{\"type\":\"model\",\"id\":\"claude-haiku-4-5\",\"display_name\":\"Claude Haiku 4.5\",\"created_at\":\"2025-10-01T00:00:00Z\"}],\"has_more\":false,\"first_id\":\"claude-haiku-4-5\",\"last_id\":\"claude-haiku-4-5\"}";

pub(super) fn serve(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().map_while(Result::ok) {
        let shared = Arc::clone(shared);
        std::thread::spawn(move || {
            // an error means that the gateway disconnected or does not speak HTTP: nothing arrived
            let _ = connection(stream, &shared);
        });
    }
}

fn connection(stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(SILENCE))?;
    let mut out = stream.try_clone()?;
    let mut reader = BufReader::new(stream);
    let go_on = || out.write_all(b"HTTP/1.1 100 Continue\r\n\r\n");
    let Some(request) = http::read(&mut reader, go_on)? else { return Ok(()) };
    answer(&request, &mut out, shared)
}

fn answer(request: &Arrived, out: &mut TcpStream, shared: &Shared) -> io::Result<()> {
    let path = request.path();
    if request.method == "POST" && path.ends_with("/count_tokens") {
        note(request, shared);
        return whole(request, out, 200, &[], &format!("{{\"input_tokens\":{COUNTED}}}"));
    }
    if request.method == "GET" && path.contains("/models") {
        return whole(request, out, 200, &[], MODELS);
    }
    if request.method != "POST" {
        let missing =
            "{\"type\":\"error\",\"error\":{\"type\":\"not_found_error\",\"message\":\"Not Found\"}}";
        return whole(request, out, 404, &[], missing);
    }
    let script = note(request, shared);
    match script {
        EchoScript::Whole => whole(request, out, 200, &[("request-id", "req_cfaigconformance")], MESSAGE),
        EchoScript::Refuse(refusal) => whole(request, out, refusal.status, refusal.headers, refusal.body),
        EchoScript::Stream => stream(out, shared),
    }
}

fn note(request: &Arrived, shared: &Shared) -> EchoScript {
    let mut state = shared.lock();
    state.arrived.push(request.clone());
    state.script
}

fn whole(
    request: &Arrived,
    out: &mut TcpStream,
    status: u16,
    headers: &[(&str, &str)],
    body: &str,
) -> io::Result<()> {
    let mut text = format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n");
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str(&format!("content-length: {}\r\nconnection: close\r\n\r\n", body.len()));
    if request.method != "HEAD" {
        text.push_str(body);
    }
    out.write_all(text.as_bytes())
}

fn stream(out: &mut TcpStream, shared: &Shared) -> io::Result<()> {
    out.write_all(
        b"HTTP/1.1 200 X\r\ncontent-type: text/event-stream; charset=utf-8\r\ncache-control: no-cache\r\n\
          request-id: req_cfaigconformance\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n",
    )?;
    let mut awaited = 0;
    for step in STREAM {
        let piece = format!("{}\n\n", step.event);
        shared.lock().sent += 1;
        out.write_all(format!("{:x}\r\n{piece}\r\n", piece.len()).as_bytes())?;
        if step.awaited {
            awaited += 1;
            shared.wait_for(awaited);
        }
    }
    out.write_all(b"0\r\n\r\n")
}
