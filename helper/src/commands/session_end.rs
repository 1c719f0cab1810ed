//! `cf-aig session-end`: the SessionEnd hook. Takes the block, and the token in it, out of the session's file.

use crate::facts::claude_code::hook::HookInput;
use crate::services::context::var;
use crate::services::env_file;
use crate::services::user_settings::config_dir;
use crate::ui::stdin;
use std::process::ExitCode;
use std::time::Duration;

/// The client gives all hooks of this event 1.5 s together, unless they ask for more.
const INPUT_LIMIT: Duration = Duration::from_millis(200);

/// Runs it. What cannot be taken out stays, readable by its owner alone: an end is no time for complaints.
pub(super) fn run() -> ExitCode {
    let input = HookInput::parse(&stdin::read_within(INPUT_LIMIT));
    if let (Some(session), Some(config)) = (input.session_id, config_dir(var))
        && let Some(file) = env_file::of_session(&config, &session)
    {
        let _ = env_file::write(&file, None, false);
    }
    ExitCode::SUCCESS
}
