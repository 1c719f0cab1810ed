//! Finds the HTTP status in a line of text.

use super::dump;

/// What the text before a status ends with.
const BEFORE: &[&str] = &[
    "http",
    "http/1.0",
    "http/1.1",
    "http/2",
    "http/2.0",
    "http/3",
    "status",
    "error",
    "code",
    "response",
    "returned",
    "answered",
    "got",
    "received",
    "with",
    "exception",
    "failed",
    "rejected",
];
/// Words after a status.
const BEHIND: &[&str] = &[
    "unauthorized",
    "forbidden",
    "not found",
    "bad request",
    "too many requests",
    "payment required",
    "internal server",
    "bad gateway",
    "service unavailable",
    "service temporarily",
    "gateway time",
    "client error",
    "server error",
    "request entity",
    "content too large",
    "payload too large",
    "unprocessable",
    "conflict",
    "method not allowed",
    "proxy authentication",
    "status code",
    "{",
    "- {",
    "[{",
    "\"",
    ": {",
];
/// SDK exceptions that imply a status.
const CLASSES: &[(&str, u16)] = &[
    ("PermissionDeniedError", 403),
    ("RateLimitError", 429),
    ("NotFoundError", 404),
    ("BadRequestError", 400),
    ("UnprocessableEntityError", 422),
    ("AuthenticationError", 401),
    ("ServiceUnavailableError", 503),
    ("InternalServerError", 500),
    ("RequestTooLargeError", 413),
];

/// The status in a line, if it is between 400 and 599.
pub(super) fn of_line(line: &str) -> Option<u16> {
    if let Some(at) = line.find("HTTP/")
        && let Some(status) = dump::status_line(&line[at..].replacen("\" ", " ", 1))
    {
        return Some(status);
    }
    number(line).or_else(|| CLASSES.iter().find(|(class, _)| line.contains(class)).map(|(_, status)| *status))
}

fn number(line: &str) -> Option<u16> {
    let bytes = line.as_bytes();
    let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let part = |at: Option<usize>| {
        at.and_then(|at| bytes.get(at)).is_some_and(|b| b.is_ascii_alphanumeric() || b"_-./".contains(b))
    };
    (0..bytes.len().saturating_sub(2))
        .filter(|at| matches!(bytes[*at], b'4' | b'5') && digit(at + 1) && digit(at + 2))
        .filter(|at| {
            !(part(at.checked_sub(1)) || digit(at + 3) || part(Some(at + 3)) && bytes[at + 3] != b'.')
        })
        .find(|at| {
            let before = line[..*at]
                .trim_end_matches([' ', ':', '=', '(', '[', '\'', '"', '<', '-', '#'])
                .to_ascii_lowercase();
            let behind =
                line[at + 3..].trim_start_matches([' ', ':', ')', ']', '\'', ',', '-']).to_ascii_lowercase();
            let named = BEFORE.iter().any(|word| before.ends_with(word));
            named || BEHIND.iter().any(|word| behind.starts_with(word))
        })
        .and_then(|at| line[at..at + 3].parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_of_a_line_is_found_in_every_programs_wording() {
        let cases = [
            ("Error code: 401 - {'a': 1}", Some(401)),
            ("AxiosError: Request failed with status code 503", Some(503)),
            ("requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://x", Some(403)),
            ("httpx.HTTPStatusError: Client error '429 Too Many Requests' for url 'https://x'", Some(429)),
            ("HTTP status server error (502 Bad Gateway) for url (https://x)", Some(502)),
            ("POST \"https://x/v1/messages\": 404 Not Found {\"a\":1}", Some(404)),
            ("unexpected status 400 Bad Request: no", Some(400)),
            ("error=HTTP 401: [{}]", Some(401)),
            ("anthropic.RateLimitError: no", Some(429)),
            ("10.0.0.1 \"POST /v1/messages HTTP/1.1\" 407 0", Some(407)),
            ("took 404 ms for 500 tokens", None),
            ("2026-04-29T10:00:00.404Z port 4000 at 0x403", None),
            ("claude-opus-4-500", None),
        ];
        for (line, status) in cases {
            assert_eq!(of_line(line), status, "{line}");
        }
    }
}
