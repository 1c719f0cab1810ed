//! A list of the API as an iterator: the next page is fetched when the last item was taken.

use super::Api;
use super::call::{Call, Method};
use super::envelope::ResultInfo;
use super::failed::Failed;
use crate::base::error::Result;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::marker::PhantomData;
use std::vec;

/// The largest page of the Logs API, and of every other list (Cloudflare's SDK 7.3.0).
const PER_PAGE_LOGS: u64 = 50;
const PER_PAGE: u64 = 100;

/// The items of a list. After an error there is nothing more.
#[derive(Debug)]
pub struct Pages<'a, T> {
    api: &'a Api,
    path: String,
    query: Vec<(String, String)>,
    per_page: u64,
    next: Option<u64>,
    items: vec::IntoIter<Value>,
    total: Option<u64>,
    typed: PhantomData<T>,
}

impl<'a, T: DeserializeOwned> Pages<'a, T> {
    pub(super) fn new(api: &'a Api, path: &str, query: &[(&str, String)]) -> Self {
        let given = |key: &str| {
            query.iter().find(|(name, _)| *name == key).and_then(|(_, value)| value.parse::<u64>().ok())
        };
        let most = if path.ends_with("/logs") { PER_PAGE_LOGS } else { PER_PAGE };
        let rest = query.iter().filter(|(name, _)| !matches!(*name, "page" | "per_page"));
        Self {
            api,
            path: path.to_owned(),
            query: rest.map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
            per_page: given("per_page").unwrap_or(most).clamp(1, most),
            next: Some(given("page").unwrap_or(1).max(1)),
            items: Vec::new().into_iter(),
            total: None,
            typed: PhantomData,
        }
    }

    /// How many items there are in all, as the last page said; unknown before the first.
    pub fn total(&self) -> Option<u64> {
        self.total
    }

    /// The items of the next page; `None` after the last.
    pub fn next_page(&mut self) -> Option<Result<Vec<T>>> {
        let call = self.call(self.next?);
        Some(
            self.fetch(&call)
                .and_then(|()| self.items.by_ref().map(|item| Ok(typed(item, &call)?)).collect()),
        )
    }

    fn call(&self, page: u64) -> Call {
        let mut query: Vec<(&str, String)> =
            self.query.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
        query.push(("page", page.to_string()));
        query.push(("per_page", self.per_page.to_string()));
        Call::new(Method::Get, &self.path).with_query(&query)
    }

    fn fetch(&mut self, call: &Call) -> Result<()> {
        let page = self.next.take().unwrap_or(1);
        let envelope = self.api.envelope(call)?;
        let items: Vec<Value> = typed(envelope.result, call)?;
        self.total = envelope.info.and_then(|info| info.total_count).or(self.total);
        self.next = more(page, items.len() as u64, envelope.info, self.per_page).then_some(page + 1);
        self.items = items.into_iter();
        Ok(())
    }
}

/// Whether a page is followed by another. The list may grow while it is read, so an API that
/// counts is believed only as long as its pages are not empty.
fn more(page: u64, items: u64, info: Option<ResultInfo>, asked: u64) -> bool {
    let Some(info) = info else { return false };
    let per_page = if info.per_page > 0 { info.per_page } else { asked };
    let count = info.count.unwrap_or(items).min(items);
    match info.total_count {
        _ if count == 0 => false,
        Some(total) => info.page.max(page) * per_page < total,
        None => count >= per_page,
    }
}

impl<T: DeserializeOwned> Iterator for Pages<'_, T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let page = self.next.unwrap_or_default();
            if let Some(item) = self.items.next() {
                let item = typed(item, &self.call(page)).map_err(Into::into);
                if item.is_err() {
                    self.next = None;
                    self.items = Vec::new().into_iter();
                }
                return Some(item);
            }
            let call = self.call(self.next?);
            if let Err(error) = self.fetch(&call) {
                return Some(Err(error));
            }
        }
    }
}

/// A result as the caller wants it.
pub(super) fn typed<T: DeserializeOwned>(value: Value, call: &Call) -> Result<T, Failed> {
    serde_json::from_value(value).map_err(|cause| {
        let what = format!("{} {}", call.method.as_str(), call.path);
        Failed::Unusable(format!("Cloudflare's API answered {what} with something unexpected: {cause}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_page_is_known_by_its_count() {
        let info = |page, total_count| {
            Some(ResultInfo { page, per_page: 50, count: Some(50), total_count: Some(total_count) })
        };
        assert!(more(1, 50, info(1, 51), 50));
        assert!(!more(1, 50, info(1, 50), 50));
        assert!(!more(3, 0, info(3, 500), 50), "an empty page is the last");
        assert!(!more(1, 50, None, 50), "a list without pages");
        let uncounted =
            |count| Some(ResultInfo { page: 1, per_page: 0, count: Some(count), total_count: None });
        assert!(more(1, 50, uncounted(50), 50) && !more(1, 49, uncounted(49), 50));
    }
}
