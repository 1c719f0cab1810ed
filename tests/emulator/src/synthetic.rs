//! A log of any size that is never stored: each entry is computed from its number on demand.

use std::time::Duration;

use serde_json::{Value, json};

/// A gateway's synthetic log. The same number always gives the same entry.
#[derive(Debug, Clone)]
pub struct SyntheticLogs {
    /// The number of the oldest entry that still exists.
    pub first: u64,
    /// How many entries there are.
    pub count: u64,
    /// The time of entry 0, in milliseconds since 1970.
    pub start_ms: i64,
    /// The time between two moments with entries.
    pub step: Duration,
    /// How many entries share a moment.
    pub ties: u64,
    /// How many new entries arrive with each page that is read.
    pub arriving: u64,
    /// How many of the oldest are deleted with each page that is read (`DELETE_OLDEST`).
    pub expiring: u64,
}

impl Default for SyntheticLogs {
    fn default() -> Self {
        SyntheticLogs {
            first: 0,
            count: 0,
            start_ms: 1_793_491_200_000, // 2026-11-01T00:00:00Z
            step: Duration::from_secs(1),
            ties: 1,
            arriving: 0,
            expiring: 0,
        }
    }
}

impl SyntheticLogs {
    /// The id of entry `number`: a UUIDv7 of its moment.
    #[must_use]
    pub fn id(&self, number: u64) -> String {
        let ms = u64::try_from(self.moment(number)).unwrap_or_default();
        format!(
            "{:08x}-{:04x}-7{:03x}-8{:03x}-{:012x}",
            ms >> 16,
            ms & 0xffff,
            number & 0xfff,
            number % 0x1000,
            number
        )
    }

    /// The number behind an id.
    pub(crate) fn number(&self, id: &str) -> Option<u64> {
        let number = u64::from_str_radix(id.rsplit('-').next()?, 16).ok()?;
        (self.numbers().contains(&number) && self.id(number) == id).then_some(number)
    }

    /// The numbers that exist now.
    pub(crate) fn numbers(&self) -> std::ops::Range<u64> {
        self.first..self.first + self.count
    }

    /// Milliseconds since 1970.
    pub(crate) fn moment(&self, number: u64) -> i64 {
        let steps = i64::try_from(number / self.ties.max(1)).unwrap_or(i64::MAX);
        let step = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX);
        self.start_ms.saturating_add(steps.saturating_mul(step))
    }

    /// The first number whose time is not before `ms`.
    pub(crate) fn not_before(&self, ms: i64) -> u64 {
        let step = i64::try_from(self.step.as_millis()).unwrap_or(i64::MAX).max(1);
        let since = ms.saturating_sub(self.start_ms).max(0);
        let steps = since / step + i64::from(since % step != 0);
        let number = u64::try_from(steps).unwrap_or(u64::MAX).saturating_mul(self.ties.max(1));
        number.clamp(self.first, self.first + self.count)
    }

    /// The effects of reading a page.
    pub(crate) fn page_was_read(&mut self) {
        self.count += self.arriving;
        let gone = self.expiring.min(self.count);
        self.first += gone;
        self.count -= gone;
    }

    /// The entry, with the fields of the Logs API. Every seventh failed; metadata alternates between a
    /// string, as in the schema, and an object, as was observed.
    pub(crate) fn entry(&self, number: u64) -> Value {
        let (provider, model) = MODELS[usize::try_from(number % 3).unwrap_or_default()];
        let failed = number % 7 == 6;
        let cached = number % 10 == 9;
        let (tokens_in, tokens_out) = (100 + number % 900, 10 + number % 90);
        let cost = if cached { 0.0 } else { (tokens_in + 5 * tokens_out) as f64 * 1e-6 };
        let metadata =
            json!({"session": format!("s-{}", number % 5), "project": format!("p-{}", number % 2)});
        let created = jiff::Timestamp::from_millisecond(self.moment(number)).unwrap_or_default();
        json!({
            "id": self.id(number),
            "created_at": format!("{created:.3}"),
            "provider": provider,
            "model": model,
            "model_type": "",
            "path": "v1/messages",
            "success": !failed,
            "status_code": if failed { 529 } else { 200 },
            "tokens_in": if failed { Value::Null } else { json!(tokens_in) },
            "tokens_out": if failed { Value::Null } else { json!(tokens_out) },
            "cost": cost,
            "custom_cost": false,
            "cached": cached,
            "duration": 200 + number % 5000,
            "metadata": if number.is_multiple_of(2) { json!(metadata.to_string()) } else { metadata },
            "event_id": format!("event-{number}"),
            "request_type": "messages",
            "request_content_type": "application/json",
            "response_content_type": "text/event-stream",
            "step": 0,
            "byok": false,
            "wholesale": false,
            "authentication": true,
            "user_agent": "claude-cli/2.1.330 (external, cli)",
        })
    }
}

const MODELS: [(&str, &str); 3] = [
    ("anthropic", "anthropic/claude-opus-5-5"),
    ("anthropic", "anthropic/claude-haiku-4-5"),
    ("openai", "openai/gpt-6-mini"),
];
