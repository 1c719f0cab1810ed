//! Token prices in US dollars: a small table for the log's estimate.

use super::call::CustomCost;
use crate::upstream::Usage;

/// Prefix of a model's id (without its vendor), dollars per million tokens in and out; the first match
/// counts. Claude's are those of Claude Code 2.1.330, so that its figure and the log's can be compared; the
/// others are merely plausible.
const PRICES: &[(&str, f64, f64)] = &[
    ("claude-opus-5-5", 4.0, 20.0),
    ("claude-opus-", 5.0, 25.0),
    ("claude-sonnet-5", 2.0, 10.0),
    ("claude-sonnet-", 3.0, 15.0),
    ("claude-haiku-", 1.0, 5.0),
    ("claude-fable-", 10.0, 50.0),
    ("gpt-", 1.25, 10.0),
    ("grok-", 3.0, 15.0),
    ("deepseek-", 0.28, 0.42),
];

/// `None` if the price is unknown; the gateway then leaves it out.
pub(crate) fn cost(model: &str, usage: Usage, custom: Option<CustomCost>) -> Option<f64> {
    let (input, output) = (usage.input as f64, usage.output as f64);
    if let Some(custom) = custom {
        let tokens = input * custom.per_token_in + output * custom.per_token_out;
        return Some(custom.total.unwrap_or(tokens));
    }
    let name = model.rsplit('/').next().unwrap_or(model);
    let name = name.strip_prefix("anthropic.").unwrap_or(name);
    let (_, per_in, per_out) = PRICES.iter().find(|(start, ..)| name.starts_with(start))?;
    Some((input * per_in + output * per_out) / 1e6)
}
