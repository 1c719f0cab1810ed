//! `cf-aig logs show`: prints one entry, or the body of its request or response.

use crate::base::error::{Error, Kind, Result};
use crate::base::text::{printable, visible};
use crate::facts::gateway::resources::LogEntry;
use crate::services::logs::LogReader;
use crate::ui::out::{self, Stream};
use crate::ui::{TextBlock, print_report};
use serde_json::{Value, json};
use std::io::{self, Read};

/// Which entry to show, and which part.
#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(crate) struct LogsShowArgs {
    /// Id of the entry, from `logs list` or a response's cf-aig-log-id header
    #[arg(value_name = "ID")]
    id: String,
    /// Print the request body
    #[arg(long)]
    request: bool,
    /// Print the response body
    #[arg(long)]
    response: bool,
    /// Print JSON
    #[arg(long, conflicts_with_all = ["request", "response"])]
    json: bool,
}

const AFTER_HELP: &str = "\
Bodies hold prompts and source code. They are written byte for byte, except for control characters
if the output is a terminal.

Examples:
  cf-aig logs show 0196f0c0-0000-7000-8000-000000000001
  cf-aig logs show ID --request | jq .messages";

pub(super) fn run(args: &LogsShowArgs, reader: &LogReader) -> Result<()> {
    for (part, asked) in [("request", args.request), ("response", args.response)] {
        if asked {
            write(reader.body(&args.id, part)?)?;
        }
    }
    if args.request || args.response {
        return Ok(());
    }
    let item = reader.one(&args.id)?;
    print_report(args.json, &json!({"schema": 1, "log": item}), || text(&item))
}

fn text(item: &LogEntry) -> TextBlock {
    let mut out = TextBlock::with_column(23);
    let mut line = |name: &str, value: &str| {
        out.row(&visible(name), visible(value));
    };
    for (name, value) in &item.0 {
        match (name.as_str(), value) {
            // drop body excerpts: --request and --response print the bodies
            (_, Value::Null) | ("request_head" | "response_head", _) => {}
            ("metadata", _) => {
                for (key, value) in &item.metadata() {
                    line(&format!("metadata.{key}"), value.as_str().unwrap_or(&value.to_string()));
                }
            }
            (_, Value::String(text)) if text.is_empty() => {}
            (_, Value::String(text)) => line(name, text),
            (_, value) => line(name, &value.to_string()),
        }
    }
    out
}

/// Copies in chunks, because a body may be large.
fn write(mut body: impl Read) -> Result<()> {
    let mut out = Stream::stdout();
    let mut shown = ShownEntry { terminal: out::is_terminal(), cut: Vec::new() };
    let mut bytes = vec![0; 64 << 10];
    loop {
        let count = match body.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(cause) => {
                return Err(Error::new(Kind::Network, "the body ended early").caused_by(cause));
            }
        };
        if !out.put(&shown.clean(&bytes[..count]))? {
            return Ok(());
        }
    }
    if shown.terminal {
        out.put(b"\n")?;
    }
    out.finish()
}

/// The text that is safe to show in a terminal.
struct ShownEntry {
    terminal: bool,
    /// The bytes of an incomplete character.
    cut: Vec<u8>,
}

impl ShownEntry {
    fn clean(&mut self, bytes: &[u8]) -> Vec<u8> {
        if !self.terminal {
            return bytes.to_vec();
        }
        self.cut.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.cut) {
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            _ => self.cut.len(),
        };
        let rest = self.cut.split_off(whole);
        let text = printable(&String::from_utf8_lossy(&self.cut));
        self.cut = rest;
        text.into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_terminal_sees_no_control_characters_and_whole_letters() {
        let mut shown = ShownEntry { terminal: true, cut: Vec::new() };
        let mut seen = Vec::new();
        for byte in "a\u{1b}[2J\tä\n\u{202e}€".as_bytes() {
            seen.extend(shown.clean(&[*byte]));
        }
        assert_eq!(String::from_utf8(seen).unwrap(), "a[2J\tä\n€");
    }
}
