//! What may be shown of a URL: everything but the login before its host and the query after its path.

use super::text::visible;

/// The parts of a text that should be a URL. Any text has them, because a mistyped URL must not show its
/// password either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UrlParts<'t> {
    /// With `://`; empty if there is none.
    pub scheme: &'t str,
    /// User and password, without `@`.
    pub login: Option<&'t str>,
    /// Host and port.
    pub authority: &'t str,
    /// From the first slash to the query.
    pub path: &'t str,
    /// Query and fragment, with their mark.
    pub query: &'t str,
}

impl<'t> UrlParts<'t> {
    /// Splits a text. If it is not clear where the login ends, more of the text counts as login.
    pub fn of(text: &'t str) -> Self {
        let text = text.trim();
        let (scheme, rest) = match text.find("://") {
            Some(at) => text.split_at(at + 3),
            None => text.strip_prefix("//").map_or(("", text), |rest| ("//", rest)),
        };
        let (login, rest) = match login_len(rest) {
            Some(at) => (Some(&rest[..at]), &rest[at + 1..]),
            None => (None, rest),
        };
        let (rest, query) = rest.split_at(rest.find(['?', '#']).unwrap_or(rest.len()));
        let (authority, path) = rest.split_at(rest.find(['/', '\\']).unwrap_or(rest.len()));
        Self { scheme, login, authority, path, query }
    }

    /// Host and port, to show.
    pub fn host(&self) -> String {
        visible(self.authority)
    }

    /// The URL without login and query, to show.
    pub fn without_credentials(&self) -> String {
        visible(&format!("{}{}{}", self.scheme, self.authority, self.path))
    }
}

/// The length of the login at the start of this text, which begins after a URL's `://`.
pub fn login_len(tail: &str) -> Option<usize> {
    let authority = &tail[..tail.find(['/', '\\', '?', '#']).unwrap_or(tail.len())];
    // A password that contains one of these ends the authority too early. A port consists of digits, a
    // password rarely does.
    let is_ipv6 = authority.starts_with('[') && authority.contains(']');
    let port = authority.split_once(':').map_or("", |(_, port)| port);
    let broken = !is_ipv6 && !port.bytes().all(|byte| byte.is_ascii_digit());
    if broken { tail } else { authority }.rfind('@')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_host_and_path_of_a_url_are_shown() {
        let cases = [
            ("https://h.example.com/a/b", "h.example.com", "https://h.example.com/a/b"),
            ("https://me:pw@h:1/x?token=1#f", "h:1", "https://h:1/x"),
            ("https://h?to=me@other", "h", "https://h"),
            ("https://me:p/w@h/x", "h", "https://h/x"),
            ("https://me:p\\w?#@h/x", "h", "https://h/x"),
            ("https://h/@scope/x", "h", "https://h/@scope/x"),
            ("http://[::1]:8080/@x", "[::1]:8080", "http://[::1]:8080/@x"),
            ("http://a@b@[::1]/x", "[::1]", "http://[::1]/x"),
            ("//login.example.com/x?y", "login.example.com", "//login.example.com/x"),
            ("me:pw@proxy:8080", "proxy:8080", "proxy:8080"),
            ("/login?next=1", "", "/login"),
            ("h\u{202e}\u{e0041}\u{1b}[31m.example.com", "h.example.com", "h.example.com"),
            ("", "", ""),
        ];
        for (text, host, shown) in cases {
            let parts = UrlParts::of(text);
            assert_eq!(
                (parts.host().as_str(), parts.without_credentials().as_str()),
                (host, shown),
                "{text}"
            );
        }
    }

    proptest! {
        #[test]
        fn a_login_is_never_shown(
            user in "[a-z]{0,3}", password in "(Zq[!-~&&[^@]]{0,6}){1,2}", host in "[a-z]{1,5}(:[0-9]{1,4})?",
            tail in "(/[a-z@]{0,4}){0,2}(\\?Zq)?",
        ) {
            let text = format!("https://{user}:{password}@{host}{tail}");
            let parts = UrlParts::of(&text);
            prop_assert!(!parts.without_credentials().contains("Zq"), "{text}");
            prop_assert!(!parts.host().contains("Zq"), "{text}");
        }

        #[test]
        fn the_parts_are_the_text(text in "\\PC{0,20}") {
            let parts = UrlParts::of(&text);
            let login = parts.login.map_or(String::new(), |login| format!("{login}@"));
            let UrlParts { scheme, authority, path, query, .. } = parts;
            prop_assert_eq!(format!("{scheme}{login}{authority}{path}{query}"), text.trim());
        }
    }
}
