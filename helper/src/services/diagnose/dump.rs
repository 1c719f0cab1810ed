//! Reassembles a response from a dump: `curl -i`, `curl -v`, or pasted headers and body.

use crate::facts::gateway::errors::{FailureEvidence, Response};

use super::tokens::push_up_to;

/// The most of a body that is kept.
const BODY: usize = 64 * 1024;
/// A header block has fewer lines.
const HEADERS: usize = 200;
/// A dump of one exchange has fewer lines.
const LINES: usize = 5000;

/// A response that is being read.
#[derive(Debug, Default)]
pub(super) struct Dump {
    /// Its status line.
    pub from: u64,
    /// `curl -v`: response lines begin with `<`, request lines with `>`.
    verbose: bool,
    part: Part,
    /// From the request, if it is part of the dump.
    path: String,
    host: String,
    sent: Option<Vec<String>>,
    response: Response,
    length: Option<usize>,
    lines: usize,
}

#[derive(Debug, Default, PartialEq, Eq)]
enum Part {
    #[default]
    Request,
    Headers,
    Body,
}

/// What a line means for the dump.
pub(super) enum Taken {
    /// It is part of the dump.
    Yes,
    /// It is curl's own output, or anything else that must be examined separately.
    No,
    /// It is part of the dump and completes the response.
    Whole,
    /// It starts another response.
    Next,
}

/// The status of a status line, `HTTP/1.1 401 Unauthorized`.
pub(super) fn status_line(line: &str) -> Option<u16> {
    let (version, rest) = line.strip_prefix("HTTP/")?.split_once(' ')?;
    let plausible = version.len() <= 3 && version.starts_with(|c: char| c.is_ascii_digit());
    let status = rest.trim_start().get(..3)?.parse().ok()?;
    (plausible && (100..600).contains(&status)).then_some(status)
}

/// A request line of `curl -v`, `> POST /v1/messages HTTP/1.1`.
fn is_request_line(line: &str) -> bool {
    line.strip_prefix("> ")
        .is_some_and(|rest| rest.contains(" HTTP/") && rest.starts_with(|c: char| c.is_ascii_uppercase()))
}

impl Dump {
    /// True for a status line or a request line of `curl -v`.
    pub(super) fn open(line: &str, number: u64) -> Option<Self> {
        if is_request_line(line) {
            let path = line.split(' ').nth(2).unwrap_or_default().to_owned();
            return Some(Self {
                from: number,
                verbose: true,
                sent: Some(Vec::new()),
                path,
                ..Self::default()
            });
        }
        let verbose = line.starts_with("< ");
        let status = status_line(line.strip_prefix("< ").unwrap_or(line))?;
        let mut dump = Self { from: number, verbose, ..Self::default() };
        dump.begin(status);
        Some(dump)
    }

    fn begin(&mut self, status: u16) {
        self.part = Part::Headers;
        self.response = Response { status: Some(status), ..Response::default() };
        self.length = None;
    }

    /// Adds the next line.
    pub(super) fn line(&mut self, line: &str) -> Taken {
        self.lines += 1;
        if self.lines > LINES {
            return Taken::Next;
        }
        let bare = if self.verbose { line.strip_prefix('<').map_or(line, str::trim_start) } else { line };
        if let Some(status) = status_line(bare) {
            return self.another(status);
        }
        if self.verbose && is_request_line(line) {
            return Taken::Next;
        }
        if self.verbose && is_curl_talk(line) {
            return Taken::No;
        }
        match self.part {
            Part::Request => self.request(line),
            Part::Headers => self.header(line, bare),
            Part::Body => self.body(line),
        }
    }

    /// An interim response, or a proxy's "connection established", is followed by the real one.
    fn another(&mut self, status: u16) -> Taken {
        let interim = self.part == Part::Request
            || (self.response.body.is_empty() && self.response.status.is_some_and(|s| s < 300));
        if !interim {
            return Taken::Next;
        }
        self.begin(status);
        Taken::Yes
    }

    fn request(&mut self, line: &str) -> Taken {
        let Some(rest) = line.strip_prefix('>') else {
            return Taken::No;
        };
        if let (Some(sent), Some((name, value))) = (&mut self.sent, rest.split_once(':')) {
            let name = name.trim().to_ascii_lowercase();
            if name == "host" {
                self.host = value.trim().to_owned();
            }
            sent.push(name);
        }
        Taken::Yes
    }

    fn header(&mut self, line: &str, bare: &str) -> Taken {
        if bare.is_empty() && (!self.verbose || line.starts_with('<')) {
            self.part = Part::Body;
            return if self.length == Some(0) && !self.verbose { Taken::Whole } else { Taken::Yes };
        }
        match bare.split_once(':') {
            Some((name, value)) if is_header_name(name) && self.response.headers.len() < HEADERS => {
                if name.eq_ignore_ascii_case("content-length") {
                    self.length = value.trim().parse().ok();
                }
                self.response.headers.push((name.to_owned(), value.trim().to_owned()));
                Taken::Yes
            }
            _ => Taken::Next,
        }
    }

    fn body(&mut self, line: &str) -> Taken {
        let body = &mut self.response.body;
        if !body.is_empty() {
            body.push('\n');
        }
        let whole = push_up_to(BODY, body, line)
            || body.len() >= BODY
            || self.length.is_some_and(|length| body.len() >= length)
            // parse only a line that can be the last
            || (body.starts_with('{')
                && line.starts_with(['{', '}'])
                && serde_json::from_str::<serde::de::IgnoredAny>(body).is_ok())
            || line.to_ascii_lowercase().contains("</html>");
        if whole { Taken::Whole } else { Taken::Yes }
    }

    /// The response, if one began.
    pub(super) fn clue(self) -> Option<FailureEvidence> {
        if self.part == Part::Request {
            return None;
        }
        let mut clue = FailureEvidence::from(&self.response);
        clue.sent = self.sent;
        if !self.path.is_empty() {
            clue.urls.push(format!("https://{}{}", self.host, self.path));
        }
        Some(clue)
    }
}

fn is_header_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 80
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

/// `* Trying …`, `{ [5 bytes data]`, `curl: (7) …`.
pub(super) fn is_curl_talk(line: &str) -> bool {
    line.starts_with("* ")
        || line.starts_with("curl: (")
        || (line.starts_with(['{', '}']) && line.ends_with("bytes data]"))
}
