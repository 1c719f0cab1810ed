//! Small repairs of pasted text: text around a URL, and look-alike letters.

/// Removes what gets pasted along with a URL: spaces, quotes, brackets, a shell assignment before it.
pub(super) fn unwrap(text: &str) -> &str {
    const AROUND: &[char] = &[
        '"', '\'', '`', '<', '>', ',', ';', '\u{201c}', '\u{201d}', '\u{2018}', '\u{2019}', '\u{feff}',
        '\u{200b}',
    ];
    fn strip(text: &str) -> &str {
        text.trim_matches(|c: char| c.is_whitespace() || AROUND.contains(&c))
    }
    let is_variable = |name: &str| {
        let mut name = name.trim_start_matches("export ").bytes();
        name.all(|b| b.is_ascii_uppercase() || b == b'_' || b.is_ascii_digit())
    };
    let inner = strip(text);
    match inner.split_once('=') {
        Some((name, value)) if is_variable(name) => strip(value),
        _ => inner,
    }
}

/// Replaces characters that look like an ASCII one; `None` if another non-ASCII one remains.
pub(super) fn ascii_twin(text: &str) -> Option<String> {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_ascii() => out.push(c),
            // zero-width characters and the soft hyphen are invisible
            '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{202a}'..='\u{202e}' => {}
            // full-width forms have a fixed offset from ASCII
            '\u{ff01}'..='\u{ff5e}' => out.push(char::from_u32(c as u32 - 0xfee0)?),
            _ => out.push(CONFUSABLE.iter().find(|(seen, _)| seen.contains(c)).map(|(_, meant)| *meant)?),
        }
    }
    Some(out)
}

/// Letters of other scripts that look like an ASCII one in common fonts (Unicode TR39, those seen in host
/// names).
const CONFUSABLE: &[(&str, char)] = &[
    ("аα", 'a'),
    ("с", 'c'),
    ("ԁ", 'd'),
    ("е", 'e'),
    ("ɡ", 'g'),
    ("һ", 'h'),
    ("іιı", 'i'),
    ("ј", 'j'),
    ("ⅼłḷ", 'l'),
    ("ո", 'n'),
    ("оο", 'o'),
    ("р", 'p'),
    ("ѕ", 's'),
    ("ν", 'v'),
    ("ѡ", 'w'),
    ("х", 'x'),
    ("у", 'y'),
    ("\u{2010}\u{2011}\u{2012}\u{2013}\u{2014}\u{2212}", '-'),
    ("\u{2044}\u{2215}\u{29f8}", '/'),
    ("\u{2024}\u{3002}", '.'),
    ("\u{a789}", ':'),
];
