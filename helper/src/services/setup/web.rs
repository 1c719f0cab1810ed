//! `setup --web`: the repository's own SessionStart hook, for cloud sessions, which do not install
//! a repository's plugins.
//!
//! Adds an entry in the project's settings and a small script next to them, both to be committed.
//! They contain no secrets: the values come from the variables of the cloud environment. What a
//! cloud session does with gateway variables, and which hosts it reaches, is documented on
//! Anthropic's pages "cloud environments" and "LLM gateway: connect".

use super::addition::Addition;
use super::place::{Places, Scope};
use super::script::{HookScript, SCRIPT};
use crate::base::error::{Error, Kind, Result};
use crate::services::config::Config;
use crate::services::ledger::Undo;
use crate::services::settings_files::{EditableFile, Key};
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// The script's path next to the settings file.
const SCRIPT_BELOW: &str = "hooks/cf-aig-session-start.sh";
/// Identifies an older version of our script.
const MARK: &str = "\n# cf-aig: written by `cf-aig setup --web`";
/// The key in the settings file.
const HOOKS: &str = "hooks";
const COMMAND: &str = "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/cf-aig-session-start.sh\"";

/// Plans the change of the project's settings. Writes nothing.
///
/// # Errors
/// If the settings file cannot be edited, its `hooks` have an unexpected format, or another script
/// has this path.
pub fn plan(places: &Places, config: &Config) -> Result<Addition> {
    let mut plan = Addition::plan(places, Scope::Project, HOOKS, |document, label| {
        let mut hooks = document.get(&Key::top(HOOKS)).unwrap_or_else(|| json!({}));
        if !hooks.to_string().contains("cf-aig-session-start.sh") {
            let events = hooks.as_object_mut().map(|hooks| hooks.entry("SessionStart").or_insert(json!([])));
            let Some(Value::Array(entries)) = events else {
                let message = format!("{label}: `hooks` has a format that Claude Code does not accept");
                return Err(Error::new(Kind::Conflict, message));
            };
            entries.push(json!({ "hooks": [{ "type": "command", "command": COMMAND, "timeout": 10 }] }));
        }
        Ok(hooks)
    })?;
    let target = EditableFile::resolve(&script_of(plan.target.path()))?;
    places.refuse_link(&target)?;
    let old = target.read()?;
    if old.as_ref().is_some_and(|old| !is_ours(old)) {
        let message = format!("{} was not written by cf-aig", places.shown(target.path()));
        return Err(Error::new(Kind::Conflict, message).hinted("move it away first"));
    }
    plan.script = Some(HookScript { target, old });
    plan.by_hand = by_hand(config);
    plan.done = "undo       cf-aig off --scope project\n".to_owned();
    Ok(plan)
}

/// The script that has no purpose after an undo, if it is unchanged.
pub fn script_to_remove(undo: &Undo) -> Option<EditableFile> {
    let gone = undo.undoes(&Key::top(HOOKS));
    let script = EditableFile::resolve(&script_of(undo.target.path())).ok().filter(|_| gone)?;
    (script.read().ok()?? == SCRIPT.as_bytes()).then_some(script)
}

fn script_of(settings: &Path) -> PathBuf {
    settings.parent().unwrap_or(Path::new(".")).join(SCRIPT_BELOW)
}

fn is_ours(script: &[u8]) -> bool {
    String::from_utf8_lossy(script).contains(MARK)
}

/// Instructions: what to set by hand, alternatives to this repository's hook, and the results.
///
/// The setup script and the hook were run with the real client and the variables of a cloud
/// session, but not in one; the network secret and server-managed settings are from Anthropic's
/// pages (October 2026).
fn by_hand(config: &Config) -> String {
    let url = config.url.as_ref().map(|url| &url.value);
    let account = url.and_then(|u| u.account_id()).map_or("ACCOUNT_ID", |a| a.as_str());
    let gateway = url.map_or("default", |u| u.gateway_name());
    let auth = config.auth.as_ref().map_or("own-key", |auth| auth.value.id());
    format!(
        "\
In the settings of the cloud environment (claude.ai/code):
network    access Custom: the default list plus gateway.ai.cloudflare.com and api.cloudflare.com;
           Trusted, the default, reaches neither
token      a network secret, if your plan has them (Pro, Max): host gateway.ai.cloudflare.com, header
           cf-aig-authorization, value Bearer TOKEN. The token never enters the machine. Otherwise the
           variable CF_AIG_TOKEN, which everyone who uses the environment can read
variables  CLOUDFLARE_ACCOUNT_ID={account}
           CF_AIG_GATEWAY_ID={gateway}
           CF_AIG_AUTH={auth}

Then one of:
this repository   commit the two files above; sessions with several repositories do not run them
any repository    the plugin, by the environment's setup script:

claude plugin marketplace add OWNER/REPO
claude plugin install cloudflare@cloudflare-gateway --config account_id={account} --config gateway_id={gateway} --config auth={auth}
sh \"$HOME\"/.claude/plugins/cache/cloudflare-gateway/cloudflare/*/helper/cf-aig --version

an organisation   server-managed settings (not tested by this project):

{{\"extraKnownMarketplaces\": {{\"cloudflare-gateway\": {{\"source\": {{\"source\": \"github\", \"repo\": \"OWNER/REPO\"}}}}}},
 \"enabledPlugins\": {{\"cloudflare@cloudflare-gateway\": true}}}}

routed     Bash programs: SDK scripts, tests
not routed requests of Claude and its subagents: in a cloud session, the host decides where they go
"
    )
}
