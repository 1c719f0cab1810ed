//! The gateway's cache: responses by provider, path, credential and body.

use std::collections::HashMap;
use std::time::Duration;

use hyper::body::Bytes;

use super::call::{Call, Options};
use crate::upstream::{Answer, Key};

/// A custom key (`cf-aig-cache-key`), or the inputs of the documented hash.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum CacheKey {
    Custom { gateway: String, key: String },
    Request { gateway: String, provider: String, target: String, credential: String, body: Bytes },
}

impl CacheKey {
    pub(crate) fn new(gateway: &str, call: &Call, options: &Options, key: Option<&Key>) -> CacheKey {
        let gateway = gateway.to_owned();
        match &options.cache_key {
            Some(key) => CacheKey::Custom { gateway, key: key.clone() },
            None => CacheKey::Request {
                gateway,
                provider: call.provider.clone(),
                target: format!("{}?{}", call.path, call.query),
                credential: key.map_or("", Key::value).to_owned(),
                body: call.body.clone(),
            },
        }
    }
}

/// Responses with their expiry, relative to the emulator's start.
#[derive(Default)]
pub(crate) struct Cache(HashMap<CacheKey, (Duration, Answer)>);

impl Cache {
    pub(crate) fn get(&self, key: &CacheKey, now: Duration) -> Option<Answer> {
        let (expires, answer) = self.0.get(key)?;
        (now < *expires).then(|| answer.clone())
    }

    pub(crate) fn put(&mut self, key: CacheKey, expires: Duration, answer: Answer) {
        self.0.insert(key, (expires, answer));
    }
}
