//! Reads stdin with a time limit.

use std::io::{IsTerminal, Read, stdin};
use std::time::{Duration, Instant};

/// Larger than any hook's input.
const MAX: usize = 1 << 20;

/// Reads to the end, or until `limit` has passed. Reads nothing from a terminal.
pub fn read_within(limit: Duration) -> Vec<u8> {
    if stdin().is_terminal() { Vec::new() } else { read(Instant::now() + limit) }
}

/// Reads each part once it is available: a waiting thread would cost a fifth of a hook's time.
#[cfg(unix)]
fn read(end: Instant) -> Vec<u8> {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let stdin = stdin();
    let mut bytes = Vec::new();
    // a hook's input has a few hundred bytes
    let mut part = [0; 4 << 10];
    while bytes.len() < MAX {
        let left = Timespec::try_from(end.saturating_duration_since(Instant::now())).ok();
        let mut fds = [PollFd::new(&stdin, PollFlags::IN)];
        if !poll(&mut fds, left.as_ref()).is_ok_and(|ready| ready > 0) {
            break;
        }
        match stdin.lock().read(&mut part) {
            Ok(count @ 1..) => bytes.extend_from_slice(&part[..count]),
            _ => break,
        }
    }
    bytes
}

#[cfg(not(unix))]
fn read(end: Instant) -> Vec<u8> {
    let (send, parts) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut input = stdin().take(MAX as u64);
        let mut part = vec![0; 64 << 10];
        while let Ok(count @ 1..) = input.read(&mut part) {
            if send.send(part[..count].to_vec()).is_err() {
                break;
            }
        }
    });
    let mut bytes = Vec::new();
    while let Ok(part) = parts.recv_timeout(end.saturating_duration_since(Instant::now())) {
        bytes.extend(part);
    }
    bytes
}
