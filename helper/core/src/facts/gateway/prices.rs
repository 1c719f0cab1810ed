//! List prices of tokens in US dollars: one table, with its source and date.
//!
//! Claude's prices are those of the model catalogue in the official npm package `@anthropic-ai/claude-code`
//! 2.1.330, which the client itself uses. The others are from `model_prices_and_context_window_backup.json`
//! in the PyPI package `litellm` 1.109.1, which lists the same Claude prices. No list contains an account's
//! discounts, so the result is an estimate.

use serde::Serialize;

/// The day on which both packages were read.
pub const AS_OF: &str = "2026-11-22";
/// The source of the rows of Anthropic's models.
const CLAUDE_CODE: &str = "npm @anthropic-ai/claude-code 2.1.330";
/// The source of all others.
const LITELLM: &str = "PyPI litellm 1.109.1";
/// The price factor of a request that the client marks `inference_geo: us` (same package).
const US_ONLY: f64 = 1.1;
/// The price of one server-side web search (same package).
const WEB_SEARCH: f64 = 0.01;

/// Dollars per million tokens.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Price {
    /// Input that is not cached.
    pub input: f64,
    /// Output.
    pub output: f64,
    /// Read from the provider's prompt cache.
    pub cache_read: f64,
    /// Written to the cache for five minutes; `None` if that is free, or unknown.
    pub cache_write_5m: Option<f64>,
    /// Written to the cache for an hour.
    pub cache_write_1h: Option<f64>,
}

/// One row of the list.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Listed {
    /// The model, without vendor and date.
    pub model: &'static str,
    /// Its price.
    pub price: Price,
    /// The price of a whole request whose prompt has more tokens than this.
    pub long: Option<(u64, Price)>,
    /// The source.
    pub source: &'static str,
}

/// Tokens of one request as Anthropic counts them; each token is in one category.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tokens {
    /// Input that is not cached.
    pub input: u64,
    /// Output.
    pub output: u64,
    /// Read from the prompt cache.
    pub cache_read: u64,
    /// Written to the cache for five minutes.
    pub cache_write_5m: u64,
    /// Written to the cache for an hour.
    pub cache_write_1h: u64,
    /// Server-side searches.
    pub web_searches: u64,
}

impl std::ops::AddAssign for Tokens {
    fn add_assign(&mut self, other: Self) {
        self.input = self.input.saturating_add(other.input);
        self.output = self.output.saturating_add(other.output);
        self.cache_read = self.cache_read.saturating_add(other.cache_read);
        self.cache_write_5m = self.cache_write_5m.saturating_add(other.cache_write_5m);
        self.cache_write_1h = self.cache_write_1h.saturating_add(other.cache_write_1h);
        self.web_searches = self.web_searches.saturating_add(other.web_searches);
    }
}

impl Tokens {
    /// All tokens of the prompt, cached or not.
    pub const fn prompt(&self) -> u64 {
        let cached = self.cache_read.saturating_add(self.cache_write_5m).saturating_add(self.cache_write_1h);
        self.input.saturating_add(cached)
    }
}

const fn claude(input: f64, output: f64, cache_read: f64) -> Price {
    Price {
        input,
        output,
        cache_read,
        // the same for every row of the catalogue
        cache_write_5m: Some(input * 1.25),
        cache_write_1h: Some(input * 2.0),
    }
}

const fn of_claude(model: &'static str, input: f64, output: f64, cache_read: f64) -> Listed {
    Listed { model, price: claude(input, output, cache_read), long: None, source: CLAUDE_CODE }
}

const fn other(model: &'static str, input: f64, output: f64, cache_read: f64) -> Listed {
    let price = Price { input, output, cache_read, cache_write_5m: None, cache_write_1h: None };
    Listed { model, price, long: None, source: LITELLM }
}

/// The list.
pub const PRICES: &[Listed] = &[
    of_claude("claude-fable-5", 10.0, 50.0, 1.0),
    of_claude("claude-fable-5-1", 10.0, 50.0, 0.25),
    of_claude("claude-fable-5-2", 8.0, 40.0, 0.2),
    of_claude("claude-mythos-5", 10.0, 50.0, 1.0),
    of_claude("claude-mythos-5-1", 10.0, 50.0, 0.25),
    of_claude("claude-mythos-5-2", 8.0, 40.0, 0.2),
    of_claude("claude-opus-4-0", 15.0, 75.0, 1.5),
    of_claude("claude-opus-4-1", 15.0, 75.0, 1.5),
    of_claude("claude-opus-4-5", 5.0, 25.0, 0.5),
    of_claude("claude-opus-4-6", 5.0, 25.0, 0.5),
    of_claude("claude-opus-4-7", 5.0, 25.0, 0.5),
    of_claude("claude-opus-4-8", 5.0, 25.0, 0.5),
    of_claude("claude-opus-5", 5.0, 25.0, 0.5),
    of_claude("claude-opus-5-5", 4.0, 20.0, 0.2),
    of_claude("claude-sonnet-4-0", 3.0, 15.0, 0.3),
    of_claude("claude-sonnet-4-5", 3.0, 15.0, 0.3),
    of_claude("claude-sonnet-4-6", 3.0, 15.0, 0.3),
    of_claude("claude-sonnet-5", 2.0, 10.0, 0.2),
    of_claude("claude-sonnet-5-5", 2.0, 10.0, 0.1),
    of_claude("claude-haiku-4-5", 1.0, 5.0, 0.1),
    Listed {
        model: "claude-haiku-5-5",
        price: claude(0.1, 0.5, 0.01),
        long: Some((100_000, claude(0.5, 2.5, 0.05))),
        source: CLAUDE_CODE,
    },
    of_claude("claude-3-7-sonnet", 3.0, 15.0, 0.3),
    of_claude("claude-3-5-sonnet", 3.0, 15.0, 0.3),
    of_claude("claude-3-5-haiku", 0.8, 4.0, 0.08),
    other("gpt-5", 1.25, 10.0, 0.125),
    other("gpt-5.1", 1.25, 10.0, 0.125),
    other("gpt-5-codex", 1.25, 10.0, 0.125),
    other("gpt-5-mini", 0.25, 2.0, 0.025),
    other("gpt-5-nano", 0.05, 0.4, 0.005),
    other("gpt-4.1", 2.0, 8.0, 0.5),
    other("gpt-4.1-mini", 0.4, 1.6, 0.1),
    other("gpt-4o", 2.5, 10.0, 1.25),
    other("gpt-4o-mini", 0.15, 0.6, 0.075),
    other("gemini-2.5-flash", 0.3, 2.5, 0.03),
    other("deepseek-chat", 0.28, 0.42, 0.028),
    other("mistral-large-latest", 0.5, 1.5, 0.05),
    other("glm-4.6", 0.6, 2.2, 0.11),
];

/// A model's name without vendor, platform and date: `claude-haiku-4-5` for
/// `anthropic/claude-haiku-4-5-20251001`, `us.anthropic.claude-haiku-4-5-20251001-v1:0` and
/// `claude-haiku-4-5[1m]`. A dot between the digits of a Claude model becomes a dash.
pub fn plain_name(model: &str) -> String {
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.split(['@', '[']).next().unwrap_or(name);
    let name = name.rsplit_once("anthropic.").map_or(name, |(_, name)| name);
    if !name.starts_with("claude-") {
        return name.to_owned();
    }
    let name = name.split(':').next().unwrap_or(name).replace('.', "-");
    let name = ["-v1", "-v2"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or(&name);
    let dated =
        |end: &str| end.len() == 8 && end.starts_with("20") && end.bytes().all(|b| b.is_ascii_digit());
    let name = name.rsplit_once('-').filter(|(_, end)| dated(end)).map_or(name, |(name, _)| name);
    name.strip_suffix("-latest").unwrap_or(name).to_owned()
}

/// A model's row; `None` if it is not on the list.
pub fn listed(model: &str) -> Option<&'static Listed> {
    let name = plain_name(model);
    // the first model of a generation is written with or without its zero
    let zero = format!("{name}-0");
    let find = |name: &str| PRICES.iter().find(|row| row.model == name);
    find(&name).or_else(|| find(&zero))
}

impl Listed {
    /// The cost of one request in US dollars. `None` if the list has no price for its tokens.
    pub fn cost(&self, tokens: &Tokens, us_only: bool) -> Option<f64> {
        let prompt = tokens.prompt();
        let price = match self.long {
            Some((above, long)) if prompt > above => long,
            _ => self.price,
        };
        let written = |count: u64, price: Option<f64>| match (count, price) {
            (0, _) => Some(0.0),
            (count, price) => Some(count as f64 * price?),
        };
        let sum = tokens.input as f64 * price.input
            + tokens.output as f64 * price.output
            + tokens.cache_read as f64 * price.cache_read
            + written(tokens.cache_write_5m, price.cache_write_5m)?
            + written(tokens.cache_write_1h, price.cache_write_1h)?;
        let geo = if us_only { US_ONLY } else { 1.0 };
        Some(sum / 1e6 * geo + tokens.web_searches as f64 * WEB_SEARCH)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cost(model: &str, tokens: Tokens) -> f64 {
        listed(model).and_then(|row| row.cost(&tokens, false)).unwrap()
    }

    #[test]
    fn a_price_is_found_by_every_name_of_the_model() {
        for name in [
            "claude-haiku-4-5",
            "anthropic/claude-haiku-4-5",
            "anthropic/claude-haiku-4.5",
            "claude-haiku-4-5-20251001",
            "us.anthropic.claude-haiku-4-5-20251001-v1:0",
            "claude-haiku-4-5@20251001",
            "claude-haiku-4-5[1m]",
        ] {
            assert_eq!(listed(name).map(|row| row.model), Some("claude-haiku-4-5"), "{name}");
        }
        assert_eq!(listed("claude-sonnet-4-20250514").map(|row| row.model), Some("claude-sonnet-4-0"));
        assert_eq!(listed("openai/gpt-5.1").map(|row| row.model), Some("gpt-5.1"));
        assert!(listed("claude-opus-9").is_none() && listed("").is_none());
    }

    #[test]
    fn cache_reads_and_both_kinds_of_writes_have_prices_of_their_own() {
        let million = 1_000_000;
        let of = |tokens: Tokens| cost("claude-opus-5-5", tokens);
        let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} is not {b}");
        close(of(Tokens { input: million, ..Tokens::default() }), 4.0);
        close(of(Tokens { output: million, ..Tokens::default() }), 20.0);
        close(of(Tokens { cache_read: million, ..Tokens::default() }), 0.2);
        close(of(Tokens { cache_write_5m: million, ..Tokens::default() }), 5.0);
        close(of(Tokens { cache_write_1h: million, ..Tokens::default() }), 8.0);
        close(of(Tokens { web_searches: 3, ..Tokens::default() }), 0.03);
        let row = listed("claude-opus-5-5").unwrap();
        close(row.cost(&Tokens { input: million, ..Tokens::default() }, true).unwrap(), 4.4);
    }

    #[test]
    fn a_long_prompt_raises_the_price_of_the_whole_request() {
        let at = |input| cost("claude-haiku-5-5", Tokens { input, output: 1000, ..Tokens::default() });
        assert!((at(100_000) - 0.0105).abs() < 1e-9);
        assert!((at(100_001) - 0.0525005).abs() < 1e-9);
    }

    #[test]
    fn a_write_without_a_price_has_no_cost() {
        let tokens = Tokens { cache_write_5m: 1, ..Tokens::default() };
        assert_eq!(listed("gpt-5").unwrap().cost(&tokens, false), None);
    }

    #[test]
    fn absurd_counts_do_not_overflow() {
        let (most, row) = (u64::MAX, listed("claude-haiku-5-5").unwrap());
        let mut tokens = Tokens {
            input: most,
            output: most,
            cache_read: most,
            cache_write_5m: most,
            cache_write_1h: most,
            web_searches: most,
        };
        tokens += tokens;
        assert_eq!((tokens.prompt(), tokens.output), (most, most));
        assert!(row.cost(&tokens, true).is_some_and(f64::is_finite));
    }
}
