//! A request to the API before it is sent: method, path and body.

use crate::base::text::percent_encoded;
use reqwest::Method;
use serde::Serialize;

/// A request that has not been sent.
#[derive(Debug, Clone)]
pub struct ApiCall {
    /// The method.
    pub method: Method,
    /// The path below the account, or below `/client/v4` if `rootless`.
    pub path: String,
    pub(super) query: Vec<(String, String)>,
    pub(super) body: Option<Vec<u8>>,
    pub(super) rootless: bool,
    pub(super) safe: bool,
}

impl ApiCall {
    /// A request below `/accounts/{account_id}/`. GET, PUT and DELETE may be retried.
    pub fn new(method: Method, path: &str) -> Self {
        let safe = !matches!(method, Method::POST | Method::PATCH);
        Self { method, path: path.to_owned(), query: Vec::new(), body: None, rootless: false, safe }
    }

    /// A request directly below `/client/v4/`.
    #[must_use]
    pub fn rootless(mut self) -> Self {
        self.rootless = true;
        self
    }

    /// Marks the request as read-only, so that it may be retried.
    #[must_use]
    pub fn reading(mut self) -> Self {
        self.safe = true;
        self
    }

    /// Whether it changes something at Cloudflare.
    pub(super) fn is_change(&self) -> bool {
        matches!(self.method, Method::PUT | Method::DELETE) || !self.safe
    }

    /// Adds query parameters.
    #[must_use]
    pub fn with_query(mut self, query: &[(&str, String)]) -> Self {
        self.query = query.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self
    }

    /// Adds a JSON body.
    ///
    /// # Panics
    /// Never for JSON values, which is what callers have.
    #[must_use]
    pub fn with_body(mut self, body: &impl Serialize) -> Self {
        self.body = Some(serde_json::to_vec(body).expect("a JSON value"));
        self
    }
}

impl std::fmt::Display for ApiCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// A name from outside as one path segment, so that it cannot reach another resource. `None` for an
/// empty text, `.` and `..`.
pub fn segment(name: &str) -> Option<String> {
    if matches!(name, "" | "." | "..") {
        return None;
    }
    Some(percent_encoded(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_stays_one_segment() {
        assert_eq!(segment("01K-a_b.c").as_deref(), Some("01K-a_b.c"));
        assert_eq!(segment("../a?b#c%").as_deref(), Some("..%2Fa%3Fb%23c%25"));
        assert_eq!([segment(""), segment("."), segment("..")], [None, None, None]);
    }
}
