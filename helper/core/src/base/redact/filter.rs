//! Hides secrets in text that arrives in pieces, wherever it is split.

use super::{REDACTED, known, output, shapes};

/// Longer lines are passed on in parts.
const LONGEST_LINE: usize = 64 << 10;

/// Filters text on its way to a stream or a file. Holds back an incomplete line, so that a secret
/// that spans two pieces is found. Secrets never span lines.
#[derive(Debug, Default)]
pub struct Filter {
    held: Vec<u8>,
    /// A credential was hidden and continues in the next piece.
    inside: bool,
}

impl Filter {
    /// Takes a piece; returns what can be passed on.
    pub fn push(&mut self, piece: &[u8]) -> Vec<u8> {
        self.held.extend_from_slice(piece);
        // the held text contains no line break
        let lines =
            piece.iter().rposition(|byte| *byte == b'\n').map(|at| self.held.len() - piece.len() + at + 1);
        let mut out = lines.map_or_else(Vec::new, |end| self.pass(end));
        while self.held.len() > LONGEST_LINE {
            let (end, inside) = self.cut();
            out.append(&mut self.pass(end));
            self.inside = inside;
        }
        out
    }

    /// Returns the rest.
    pub fn finish(&mut self) -> Vec<u8> {
        self.pass(self.held.len())
    }

    /// Redacts the first `end` bytes of the held text.
    fn pass(&mut self, end: usize) -> Vec<u8> {
        let rest = self.held.split_off(end);
        let part = std::mem::replace(&mut self.held, rest);
        let mut part = part.as_slice();
        if self.inside {
            let run = part.iter().take_while(|byte| shapes::is_key_byte(**byte)).count();
            // a known value that follows directly may contain other characters
            let more = known::spans(part).next().map_or(run, |span| run.min(span.start));
            self.inside = more == part.len();
            part = &part[more..];
        }
        let mut out = Vec::with_capacity(part.len());
        for chunk in part.utf8_chunks() {
            out.extend_from_slice(output(chunk.valid()).as_bytes());
            out.extend_from_slice(chunk.invalid());
        }
        out
    }

    /// Where to split a line that is too long, so that no known value spans the split. True if a
    /// credential starts before the split and continues after it.
    fn cut(&self) -> (usize, bool) {
        let bytes = &self.held;
        let spans: Vec<_> = known::spans(bytes).collect();
        let within = |at: usize| spans.iter().find(|span| span.start < at && at < span.end);
        let mut end = bytes.len() - known::longest().min(bytes.len() / 2);
        end = within(end).map_or(end, |span| span.end);
        let run = bytes[..end].iter().rposition(|byte| !shapes::is_key_byte(*byte)).map_or(0, |at| at + 1);
        let before = within(run).map_or(run, |span| span.start);
        if before > 0 && end - before < LONGEST_LINE / 4 {
            return (before, false);
        }
        // a run this long is not a word: a credential that starts in it extends to its end
        let starts = |at: &usize| *at > run && matches!(bytes[at - 1], b'-' | b'_');
        let near = end.saturating_sub(shapes::LONGEST_BEGINNING)..end;
        if let Some(at) = near.filter(starts).find(|at| shapes::may_begin(&bytes[*at..])) {
            end = at;
        }
        let text = String::from_utf8_lossy(&bytes[run..end]);
        (end, self.inside && run == 0 || output(&text).ends_with(REDACTED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use cf_aig_harness::Random;

    fn in_pieces(text: &[u8], random: &mut Random, most: usize) -> Vec<u8> {
        let mut filter = Filter::default();
        let (mut out, mut rest) = (Vec::new(), text);
        while !rest.is_empty() {
            let (piece, next) = rest.split_at((1 + random.below(most)).min(rest.len()));
            out.append(&mut filter.push(piece));
            rest = next;
        }
        out.append(&mut filter.finish());
        out
    }

    const VALUES: [&str; 3] =
        ["f1lter-t0ken-of-ours", "pass \"w0rd\" of ours", "f1lter-t0ken-of-ours-and-longer"];

    /// Secrets in every form, between ordinary words.
    fn text(random: &mut Random, words: usize) -> String {
        let mut text = String::new();
        for _ in 0..words {
            match random.below(9) {
                0 => text.push_str(VALUES[random.below(VALUES.len())]),
                1 => text.push_str("pass \\\"w0rd\\\" of ours"),
                2 => text.push_str("pass%20%22w0rd%22%20of%20ours"),
                3 => text.push_str("sk-ant-0123456789abcdef"),
                4 => text.push_str("cfut_0123456789"),
                5 => text.push('\n'),
                _ => text
                    .push_str(["ordinary ", "é€𝄞, ", "sk-", "f1lter-t0ken", " \"", "eyJ"][random.below(6)]),
            }
        }
        text
    }

    #[test]
    fn where_pieces_are_cut_makes_no_difference() {
        VALUES.iter().for_each(|value| known::register(value));
        let mut random = Random(0x9e37_79b9_7f4a_7c15);
        for round in 0..3000 {
            let words = 1 + random.below(40);
            let text = text(&mut random, words);
            let most = [1, 3, 10, 100][round % 4];
            let out = in_pieces(text.as_bytes(), &mut random, most);
            assert_eq!(String::from_utf8(out).unwrap(), output(&text), "{text:?} in pieces up to {most}");
        }
    }

    #[test]
    fn a_line_without_an_end_is_passed_on_and_shows_no_secret() {
        VALUES.iter().for_each(|value| known::register(value));
        let mut random = Random(0x2545_f491_4f6c_dd1d);
        for round in 0..9 {
            let mut text = text(&mut random, 20_000).replace('\n', if round % 2 == 0 { " " } else { "_" });
            if round % 3 == 0 {
                text.insert_str(9_000, &format!(" sk-{}", "0123456789abcdef".repeat(12_000)));
            }
            let mut filter = Filter::default();
            let mut out = Vec::new();
            for piece in text.as_bytes().chunks(1 + random.below(9000)) {
                out.append(&mut filter.push(piece));
                assert!(filter.held.len() <= LONGEST_LINE, "held text is bounded");
            }
            out.append(&mut filter.finish());
            let out = String::from_utf8(out).expect("text");
            let whole = output(&text);
            for secret in VALUES.iter().chain(&["w0rd", "0123456789"]) {
                let (shown, at_once) = (out.matches(secret).count(), whole.matches(secret).count());
                assert!(shown <= at_once, "{secret} in round {round}: {shown} times, {at_once} in one piece");
            }
            let hidden = out.matches(REDACTED).count();
            assert!(hidden > 1000, "{hidden}");
        }
    }

    #[test]
    fn text_in_no_encoding_comes_through_line_by_line() {
        let mut filter = Filter::default();
        assert_eq!(filter.push(b"\xff one\ntwo"), b"\xff one\n");
        assert_eq!(filter.push("\u{e9}".as_bytes()), b"");
        assert_eq!(filter.finish(), "two\u{e9}".as_bytes());
    }
}
