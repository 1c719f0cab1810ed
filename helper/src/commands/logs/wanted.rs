//! Which entries a command reads.

use crate::base::error::{Error, Kind, Result};
use crate::services::logs::Range;
use crate::services::logs::query::{self, Query};
use crate::services::logs::time::{self, Edge};

/// Which entries; all conditions must hold.
#[derive(Debug, clap::Args)]
pub(super) struct WantedArgs {
    /// Conditions, such as: model:claude provider:anthropic 'cost>0.01' failed meta.session:ID "some words"
    #[arg(value_name = "QUERY")]
    pub(super) query: Vec<String>,
    /// Start: an age (30m, 1h, 7d), a day or a time (UTC)
    #[arg(long, value_name = "WHEN")]
    pub(super) since: Option<String>,
}

/// Every field of a query, for `--help`.
pub(super) const FIELDS_HELP: &str = "\
A query is a list of conditions separated by spaces; all must hold. A condition is FIELD:VALUE,
FIELD followed by = != ~ (contains) < > <= or >= and a value, or one of failed, ok, cached and
uncached. A value may be a list (a,b) or a \"quoted text\". Any other word matches anywhere in
the entry. Quote the query for the shell. Fields: provider, model, model_type, success, status,
cached, cost, tokens, tokens_in, tokens_out, duration, id, event_id, user_agent, meta.KEY,
metadata.key, metadata.value, request_type, request_content_type, response_content_type, feedback,
authentication, wholesale, compatibilityMode, dlp_action.";

impl WantedArgs {
    /// The parsed conditions.
    pub(super) fn query(&self) -> Result<Query> {
        query::parse(&self.words())
    }

    /// The conditions as typed.
    pub(super) fn words(&self) -> String {
        self.query.join(" ")
    }

    /// The time range up to `until`; ages count back from `now`.
    pub(super) fn range(&self, until: Option<&str>, now: i64) -> Result<Range> {
        let read = |flag: &str, text: Option<&str>, edge: Edge| {
            text.map(|text| time::moment_of(flag, text, now, edge)).transpose()
        };
        let range = Range {
            since: read("--since", self.since.as_deref(), Edge::Start)?,
            until: read("--until", until, Edge::End)?,
        };
        match (range.since, range.until) {
            (Some(since), Some(until)) if since > until => {
                Err(Error::new(Kind::Usage, "--until is before --since"))
            }
            (Some(since), _) if since > now => Err(Error::new(Kind::Usage, "--since is in the future")),
            _ => Ok(range),
        }
    }
}
