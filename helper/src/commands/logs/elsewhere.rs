//! Where the log is when the Logs API lists nothing.

use crate::base::error::Result;
use crate::services::logs::{LogReader, Store};
use crate::ui::note;

/// Explains an empty result on stderr: it can have several reasons.
const EMPTY: &str =
    "the Logs API lists no entries. Accounts whose first gateway was created on or after 2026-09-24 have
their logs in Workers Observability; no entry of this gateway was found there either. See
https://dash.cloudflare.com/?to=/:account/ai/ai-gateway, and run `cf-aig status` to see whether this
session is routed";

const ELSEWHERE: &str =
    "this account's logs live in Workers Observability and are read from there; Cloudflare documents no
fields for them, so some may be missing";

/// Finds out where the log is when the Logs API listed nothing, and prints the result. Returns true
/// if there is something to read elsewhere.
pub(super) fn elsewhere(reader: &mut LogReader, unfiltered: bool) -> Result<bool> {
    if reader.store == Store::Observability || reader.locate()? == Store::LogsApi {
        if unfiltered {
            note(EMPTY);
        }
        return Ok(false);
    }
    note(ELSEWHERE);
    Ok(true)
}
