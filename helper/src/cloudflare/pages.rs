//! A paginated list as an iterator that fetches pages on demand.
//!
//! Every list ends with an error after [`MAX_PAGES`], [`MAX_BYTES`] or [`MAX_TIME`], or at a page
//! that repeats an earlier one.

use super::api::Api;
use super::call::typed;
use super::envelope::{Envelope, ResultInfo};
use super::failed::Failed;
use super::request::ApiCall;
use crate::base::error::Result;
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use std::collections::{BTreeMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::time::{Duration, Instant};
use std::vec;

/// The largest page of the Logs API, and of every other list (Cloudflare's SDK 7.3.0).
const PER_PAGE_LOGS: u64 = 50;
const PER_PAGE: u64 = 100;
/// Page limit of a list. An account has tens of gateways, not thousands.
const MAX_PAGES: u64 = 100;
/// Page limit of a log; callers limit the number of entries.
const MAX_PAGES_LOGS: u64 = 1000;
/// Size limit of a list whose items are all kept; not used for logs.
const MAX_BYTES: u64 = 64 << 20;
/// Time limit for a whole list; allows for several pauses of the rate limit.
const MAX_TIME: Duration = Duration::from_secs(15 * 60);

/// The items of a list. Ends after an error.
#[derive(Debug)]
pub struct Pages<'a, T> {
    api: &'a Api,
    path: String,
    query: Vec<(String, String)>,
    /// The field of the result that holds the list, if the result is not the list itself.
    field: Option<&'static str>,
    per_page: u64,
    next: Option<u64>,
    items: vec::IntoIter<T>,
    total: Option<u64>,
    read: Read,
}

impl Api {
    /// The items of a list, fetched page by page on demand. `per_page` defaults to the largest that
    /// the API allows.
    pub fn pages<T: DeserializeOwned>(&self, path: &str, query: &[(&str, String)]) -> Pages<'_, T> {
        Pages::new(self, path, query, None)
    }

    /// The same for a list in a field of the result, such as the list of dynamic routes.
    pub fn pages_in<T: DeserializeOwned>(&self, path: &str, field: &'static str) -> Pages<'_, T> {
        Pages::new(self, path, &[], Some(field))
    }
}

/// What was read so far, for the limits.
#[derive(Debug)]
struct Read {
    is_log: bool,
    pages: u64,
    items: u64,
    bytes: u64,
    since: Instant,
    /// Hashes of all pages.
    seen: HashSet<u64>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    fn new(api: &'a Api, path: &str, query: &[(&str, String)], field: Option<&'static str>) -> Self {
        let given = |key: &str| {
            query.iter().find(|(name, _)| *name == key).and_then(|(_, value)| value.parse::<u64>().ok())
        };
        let is_log = path.ends_with("/logs");
        let most = if is_log { PER_PAGE_LOGS } else { PER_PAGE };
        let rest = query.iter().filter(|(name, _)| !matches!(*name, "page" | "per_page"));
        Self {
            api,
            path: path.to_owned(),
            query: rest.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            field,
            per_page: given("per_page").unwrap_or(most).clamp(1, most),
            next: Some(given("page").unwrap_or(1).max(1)),
            items: Vec::new().into_iter(),
            total: None,
            read: Read { is_log, pages: 0, items: 0, bytes: 0, since: Instant::now(), seen: HashSet::new() },
        }
    }

    /// The total number of items, as the last page reported it; unknown before the first page.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The items of the next page; `None` after the last.
    pub fn next_page(&mut self) -> Option<Result<Vec<T>>> {
        let page = self.next.take()?;
        Some(self.fetch(page).map(|()| std::mem::take(&mut self.items).collect()))
    }

    fn fetch(&mut self, page: u64) -> Result<()> {
        let mut query: Vec<(&str, String)> =
            self.query.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        query.push(("page", page.to_string()));
        query.push(("per_page", self.per_page.to_string()));
        let call = ApiCall::new(Method::GET, &self.path).with_query(&query);
        self.read.room(&call)?;
        let Envelope { result, info, .. } = self.api.envelope(&call)?;
        let items: Vec<T> = match self.field {
            None => typed(&result, &call)?,
            Some(field) => match list_in(&result, field) {
                Some(list) => typed(list, &call)?,
                None if result.get().starts_with('{') => Vec::new(),
                None => typed(&result, &call)?,
            },
        };
        // a list in a field has no counts; the SDK continues until a page is not full
        let info = info.or(self.field.map(|_| ResultInfo::default()));
        let count = items.len() as u64;
        self.total = info.and_then(|info| info.total_count).or(self.total);
        self.read.items += count;
        let all_read = self.total.is_some_and(|total| self.read.items >= total);
        let is_repeated = self.read.note(&result) && count > 0;
        if is_repeated && !all_read {
            return Err(unusable(&call, &format!("page {page} repeats an earlier page")));
        }
        let more = !is_repeated && more(page, count, info, self.per_page);
        self.next = more.then_some(page + 1);
        self.items = if is_repeated { Vec::new() } else { items }.into_iter();
        Ok(())
    }
}

impl Read {
    /// Checks whether another page may be read.
    fn room(&self, call: &ApiCall) -> Result<()> {
        let most = if self.is_log { MAX_PAGES_LOGS } else { MAX_PAGES };
        if self.pages >= most {
            return Err(unusable(call, &format!("no end after {most} pages")));
        }
        if self.bytes > MAX_BYTES && !self.is_log {
            return Err(unusable(call, &format!("it has more than {} MB", MAX_BYTES >> 20)));
        }
        if self.since.elapsed() > MAX_TIME {
            return Err(unusable(call, &format!("no end after {} minutes", MAX_TIME.as_secs() / 60)));
        }
        Ok(())
    }

    /// Counts a page. True if it repeats an earlier page.
    fn note(&mut self, page: &RawValue) -> bool {
        self.pages += 1;
        self.bytes += page.get().len() as u64;
        !self.seen.insert(BuildHasherDefault::<DefaultHasher>::default().hash_one(page.get()))
    }
}

fn unusable(call: &ApiCall, why: &str) -> crate::base::error::Error {
    Failed::Unusable(format!("stopped reading the list {call}: {why}")).into()
}

/// The list in that field, of the result itself or of its `data` (both were observed for dynamic
/// routes).
fn list_in<'a>(result: &'a RawValue, field: &str) -> Option<&'a RawValue> {
    let fields = |raw: &'a RawValue| serde_json::from_str::<BTreeMap<&str, &RawValue>>(raw.get()).ok();
    let outer = fields(result)?;
    let inner = || fields(outer.get("data")?)?.get(field).copied();
    outer.get(field).copied().or_else(inner)
}

/// Whether another page follows. The list may grow while it is read, so counts are trusted only
/// while pages are not empty.
fn more(page: u64, items: u64, info: Option<ResultInfo>, asked: u64) -> bool {
    let Some(info) = info else { return false };
    let per_page = info.per_page.filter(|size| *size > 0).unwrap_or(asked);
    match info.total_count {
        _ if items == 0 => false,
        Some(total) => info.page.unwrap_or(page).max(page).saturating_mul(per_page) < total,
        None => items >= per_page,
    }
}

impl<T: DeserializeOwned> Iterator for Pages<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.items.next() {
                return Some(Ok(item));
            }
            let page = self.next.take()?;
            if let Err(error) = self.fetch(page) {
                return Some(Err(error));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::envelope;
    use super::*;

    #[test]
    fn listing_stops_at_the_last_page_of_the_count() {
        let info = |page, total_count| {
            Some(ResultInfo { page: Some(page), per_page: Some(50), total_count: Some(total_count) })
        };
        assert!(more(1, 50, info(1, 51), 50));
        assert!(!more(1, 50, info(1, 50), 50));
        assert!(!more(3, 0, info(3, 500), 50), "an empty page is the last");
        assert!(!more(1, 50, None, 50), "a list without pages");
        let uncounted = Some(ResultInfo { page: Some(1), per_page: Some(0), total_count: None });
        assert!(more(1, 50, uncounted, 50) && !more(1, 49, uncounted, 50));
    }

    #[test]
    fn an_odd_field_of_the_counts_ends_no_list() {
        let odd = [
            "null",
            "true",
            "{}",
            "[1]",
            "-1",
            "\"x\"",
            "1e400",
            "18446744073709551615",
            "60",
            "60.0",
            "\" 60\"",
        ];
        for (field, text) in ["page", "per_page", "count", "total_count"]
            .into_iter()
            .flat_map(|field| odd.map(|text| (field, text)))
        {
            let mut fields = vec![("page", "1"), ("per_page", "50"), ("count", "50"), ("total_count", "60")];
            fields.retain(|(name, _)| *name != field);
            fields.push((field, text));
            let fields: Vec<String> =
                fields.iter().map(|(name, text)| format!("\"{name}\": {text}")).collect();
            let body =
                format!(r#"{{"success": true, "result": [], "result_info": {{{}}}}}"#, fields.join(","));
            // a page far away is trusted, and so is a page as large as the list
            let is_last = matches!(
                (field, text),
                ("page" | "per_page", "18446744073709551615" | "60" | "60.0" | "\" 60\"")
            );
            match envelope::parse(&body) {
                Some(envelope) => assert_eq!(more(1, 50, envelope.info, 50), !is_last, "{body}"),
                None => assert_eq!(text, "1e400", "{body}"),
            }
        }
    }
}
