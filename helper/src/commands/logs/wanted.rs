//! The flags that say which entries are wanted.

use crate::base::error::{Error, Kind, Result};
use crate::services::logs::query::{self, Op, Query, Term};
use crate::services::logs::{Range, time};

/// Which entries; all conditions must hold.
#[derive(Debug, clap::Args)]
pub(super) struct WantedArgs {
    /// Conditions, such as: model:claude provider:anthropic 'cost>0.01' failed meta.session:ID "some words"
    #[arg(value_name = "QUERY")]
    query: Vec<String>,
    /// From then on: an age (30m, 1h, 7d), a date or a time (UTC)
    #[arg(long, value_name = "WHEN", help_heading = "Which entries")]
    pub(super) since: Option<String>,
    /// Until then
    #[arg(long, value_name = "WHEN", help_heading = "Which entries")]
    pub(super) until: Option<String>,
    /// Model, a part of its name
    #[arg(long, value_name = "NAME", value_delimiter = ',', help_heading = "Which entries")]
    model: Vec<String>,
    /// Provider's slug, such as anthropic
    #[arg(long, value_name = "SLUG", value_delimiter = ',', help_heading = "Which entries")]
    provider: Vec<String>,
    /// Only those that succeeded
    #[arg(long, conflicts_with = "failed", help_heading = "Which entries")]
    success: bool,
    /// Only those that failed
    #[arg(long, help_heading = "Which entries")]
    failed: bool,
    /// HTTP status (looked at here: the API has no filter for it)
    #[arg(long, value_name = "CODE", value_delimiter = ',', help_heading = "Which entries")]
    status: Vec<String>,
    /// Only answers of the gateway's cache
    #[arg(long, conflicts_with = "uncached", help_heading = "Which entries")]
    cached: bool,
    /// Only answers of the provider
    #[arg(long, help_heading = "Which entries")]
    uncached: bool,
    /// US dollars at least
    #[arg(long, value_name = "USD", help_heading = "Which entries")]
    min_cost: Option<String>,
    /// US dollars at most
    #[arg(long, value_name = "USD", help_heading = "Which entries")]
    max_cost: Option<String>,
    /// Tokens at least, in and out together
    #[arg(long, value_name = "N", help_heading = "Which entries")]
    min_tokens: Option<String>,
    /// Tokens at most
    #[arg(long, value_name = "N", help_heading = "Which entries")]
    max_tokens: Option<String>,
    /// Tokens in at least
    #[arg(long, value_name = "N", help_heading = "Which entries")]
    min_tokens_in: Option<String>,
    /// Tokens in at most
    #[arg(long, value_name = "N", help_heading = "Which entries")]
    max_tokens_in: Option<String>,
    /// Tokens out at least
    #[arg(long, value_name = "N", help_heading = "Which entries")]
    min_tokens_out: Option<String>,
    /// Tokens out at most
    #[arg(long, value_name = "N", help_heading = "Which entries")]
    max_tokens_out: Option<String>,
    /// So long at least: milliseconds, 5s, 2m
    #[arg(long, value_name = "TIME", help_heading = "Which entries")]
    min_duration: Option<String>,
    /// So long at most
    #[arg(long, value_name = "TIME", help_heading = "Which entries")]
    max_duration: Option<String>,
    /// An entry of cf-aig-metadata, key and value
    #[arg(long, value_name = "KEY=VALUE", help_heading = "Which entries")]
    metadata: Vec<String>,
    /// A key of cf-aig-metadata, whatever its value
    #[arg(long, value_name = "KEY", help_heading = "Which entries")]
    metadata_key: Option<String>,
    /// A value of cf-aig-metadata, whatever its key
    #[arg(long, value_name = "VALUE", help_heading = "Which entries")]
    metadata_value: Option<String>,
    /// The request's cf-aig-event-id
    #[arg(long, value_name = "ID", help_heading = "Which entries")]
    event_id: Option<String>,
    /// The client's User-Agent, a part of it
    #[arg(long, value_name = "TEXT", help_heading = "Which entries")]
    user_agent: Option<String>,
    /// What kind of request
    #[arg(long, value_name = "TYPE", help_heading = "Which entries")]
    request_type: Option<String>,
    /// What kind of model
    #[arg(long, value_name = "TYPE", help_heading = "Which entries")]
    model_type: Option<String>,
    /// Content type of the request
    #[arg(long, value_name = "TYPE", help_heading = "Which entries")]
    request_content_type: Option<String>,
    /// Content type of the answer
    #[arg(long, value_name = "TYPE", help_heading = "Which entries")]
    response_content_type: Option<String>,
    /// Whether the gateway asked for its token
    #[arg(long, value_name = "BOOL", value_parser = ["true", "false"], help_heading = "Which entries")]
    authentication: Option<String>,
    /// Whether Cloudflare's credits paid
    #[arg(long, value_name = "BOOL", value_parser = ["true", "false"], help_heading = "Which entries")]
    wholesale: Option<String>,
    /// Whether it came by /compat
    #[arg(long, value_name = "BOOL", value_parser = ["true", "false"], help_heading = "Which entries")]
    compatibility_mode: Option<String>,
    /// Rated so: 1 or -1
    #[arg(long, value_name = "N", allow_hyphen_values = true, help_heading = "Which entries")]
    feedback: Option<String>,
    /// What data loss prevention did: FLAG or BLOCK
    #[arg(long, value_name = "ACTION", help_heading = "Which entries")]
    dlp_action: Option<String>,
    /// Words that stand in the entry (the API's free-text search)
    #[arg(long, value_name = "WORDS", help_heading = "Which entries")]
    search: Option<String>,
}

/// Every field of a query, for `--help`.
pub(super) const FIELDS_HELP: &str = "\
A QUERY is conditions apart by blanks: FIELD:VALUE, or FIELD followed by = != ~ (contains) < > <=
>=, or failed, ok, cached, uncached; VALUE may be a list a,b or stand in \"quotes\"; anything else
is searched for. Quote the whole for the shell. Fields: provider, model, model_type, success,
status, cached, cost, tokens, tokens_in, tokens_out, duration, id, event_id, user_agent, meta.KEY,
metadata.key, metadata.value, request_type, request_content_type, response_content_type, feedback,
authentication, wholesale, compatibilityMode, dlp_action.";

impl WantedArgs {
    /// The conditions, flags and written ones alike.
    pub(super) fn query(&self) -> Result<Query> {
        let usage = |message: String| Error::new(Kind::Usage, message);
        let mut terms = query::parse(&self.query.join(" ")).map_err(usage)?.0;
        let single = |value: &Option<String>| -> Vec<String> { value.iter().cloned().collect() };
        let flag = |set: bool, value: &str| if set { vec![value.to_owned()] } else { Vec::new() };
        for (field, op, values) in [
            ("model", None, self.model.clone()),
            ("provider", None, self.provider.clone()),
            ("success", None, flag(self.success, "true")),
            ("success", None, flag(self.failed, "false")),
            ("status_code", None, self.status.clone()),
            ("cached", None, flag(self.cached, "true")),
            ("cached", None, flag(self.uncached, "false")),
            ("cost", Some(Op::Ge), single(&self.min_cost)),
            ("cost", Some(Op::Le), single(&self.max_cost)),
            ("tokens", Some(Op::Ge), single(&self.min_tokens)),
            ("tokens", Some(Op::Le), single(&self.max_tokens)),
            ("tokens_in", Some(Op::Ge), single(&self.min_tokens_in)),
            ("tokens_in", Some(Op::Le), single(&self.max_tokens_in)),
            ("tokens_out", Some(Op::Ge), single(&self.min_tokens_out)),
            ("tokens_out", Some(Op::Le), single(&self.max_tokens_out)),
            ("duration", Some(Op::Ge), single(&self.min_duration)),
            ("duration", Some(Op::Le), single(&self.max_duration)),
            ("event_id", None, single(&self.event_id)),
            ("user_agent", None, single(&self.user_agent)),
            ("request_type", None, single(&self.request_type)),
            ("metadata.key", None, single(&self.metadata_key)),
            ("metadata.value", None, single(&self.metadata_value)),
            ("model_type", None, single(&self.model_type)),
            ("request_content_type", None, single(&self.request_content_type)),
            ("response_content_type", None, single(&self.response_content_type)),
            ("authentication", None, single(&self.authentication)),
            ("wholesale", None, single(&self.wholesale)),
            ("compatibilityMode", None, single(&self.compatibility_mode)),
            ("feedback", None, single(&self.feedback)),
            ("dlp_action", None, single(&self.dlp_action)),
        ] {
            if !values.is_empty() {
                let values: Vec<&str> = values.iter().map(String::as_str).collect();
                terms.push(query::field(field, op, &values).map_err(usage)?);
            }
        }
        for pair in &self.metadata {
            let (key, value) = pair
                .split_once('=')
                .filter(|(key, _)| !key.is_empty())
                .ok_or_else(|| usage(format!("--metadata `{}` is no KEY=VALUE", pair.escape_debug())))?;
            terms.push(Term::Metadata(key.to_owned(), value.to_owned()));
        }
        terms.extend(self.search.clone().map(Term::Text));
        Ok(Query(terms))
    }

    /// The time range, counted back from `now` where ages were given.
    pub(super) fn range(&self, now: i64) -> Result<Range> {
        let read = |name: &str, text: &Option<String>| -> Result<Option<i64>> {
            let Some(text) = text else { return Ok(None) };
            let at = time::moment(text, now);
            at.map(Some).ok_or_else(|| {
                let message = format!("--{name} `{}` is no time", text.escape_debug());
                Error::new(Kind::Usage, message)
                    .hinted("an age such as 30m, 1h, 7d, or 2026-11-01, or 2026-11-01T10:30Z")
            })
        };
        Ok(Range { since: read("since", &self.since)?, until: read("until", &self.until)? })
    }
}
