//! `cf-aig session-end`: the SessionEnd hook. Removes the block, and the token in it, from the
//! session's environment file.

use super::Run;
use crate::base::error::Result;
use crate::facts::claude_code::hook::HookInput;
use crate::services::client_files::config_dir;
use crate::services::env_file;
use crate::system::env::ProcessEnv;
use crate::ui::hook_input;
use std::time::Duration;

/// The client gives all SessionEnd hooks 1.5 s together, unless they ask for more.
const INPUT_LIMIT: Duration = Duration::from_millis(200);

/// SessionEnd hook of Claude Code: removes what session-start wrote for Bash programs
#[derive(Debug, clap::Args)]
pub struct SessionEndArgs {}

impl Run for SessionEndArgs {
    fn run(&self, env: &ProcessEnv) -> Result<()> {
        let input = HookInput::parse(&hook_input::read_within(INPUT_LIMIT));
        if let (Some(session), Some(config)) = (input.session_id, config_dir(env)) {
            env_file::clean_session(&config, &session);
        }
        Ok(())
    }
}
