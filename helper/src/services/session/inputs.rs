//! What a session brings along: its client, its credential, and the facts that labels are made of.

use crate::facts::claude_code::client::Client;
use crate::facts::claude_code::headers;
use crate::facts::gateway::providers::PROVIDERS;
use crate::facts::metadata::SessionFacts;
use crate::services::user_settings::UserSettings;
use crate::system::env::ProcessEnv;
use std::path::Path;

/// Facts about the session beyond the configuration.
#[derive(Debug, Clone)]
pub struct SessionInputs {
    /// The client and its version.
    pub client: Client,
    /// It has a credential of its own: `ANTHROPIC_API_KEY`, `ANTHROPIC_AUTH_TOKEN` or an `apiKeyHelper`.
    /// Otherwise it sends a claude.ai login, or nothing.
    pub has_key: bool,
    /// The unchanged `ANTHROPIC_CUSTOM_HEADERS`.
    pub custom_headers: Option<String>,
    /// Headers to send although they are credentials for other services.
    pub carry: Vec<String>,
    /// A settings file sets a command that prints the credential. No plugin and no variable can
    /// override that.
    pub key_helper: bool,
    /// A claude.ai login, which the client uses if there is no other credential.
    pub login: bool,
    /// The session's id.
    pub session_id: Option<String>,
    /// The project's folder name.
    pub project: Option<String>,
    /// The login name.
    pub user: Option<String>,
    /// Variables that prevent setting one of ours (see `SdkVariable::unless`).
    pub(crate) set_elsewhere: Vec<&'static str>,
}

impl SessionInputs {
    /// Gathers the facts. `session_id` and `cwd` come from a hook's input; the environment supplies
    /// the rest.
    pub fn gather(
        env: &ProcessEnv,
        settings: &UserSettings,
        session_id: Option<String>,
        cwd: Option<String>,
    ) -> Self {
        let filled = |name: &str| env.filled(name);
        // an empty value in a settings file unsets the shell's
        let seen = |name: &str| {
            let in_file = settings.variable(name).map(|(value, _)| value);
            in_file.or_else(|| env.var(name)).filter(|v| !v.trim().is_empty())
        };
        let own = seen("ANTHROPIC_API_KEY").is_some() || seen("ANTHROPIC_AUTH_TOKEN").is_some();
        let folder = filled("CLAUDE_PROJECT_DIR").or(cwd);
        let project =
            folder.and_then(|d| Path::new(&d).file_name().map(|n| n.to_string_lossy().into_owned()));
        let rules = PROVIDERS.iter().flat_map(|p| p.sdk).flat_map(|s| s.unless.iter().copied());
        Self {
            client: Client::from_env(|name| env.var(name)),
            has_key: own || settings.has_api_key_helper(),
            custom_headers: filled("ANTHROPIC_CUSTOM_HEADERS"),
            carry: Vec::new(),
            key_helper: settings.has_api_key_helper(),
            login: filled("CLAUDE_CODE_OAUTH_TOKEN").is_some(),
            session_id: session_id.or_else(|| filled("CLAUDE_CODE_SESSION_ID")),
            project,
            user: filled("USER").or_else(|| filled("USERNAME")),
            set_elsewhere: rules
                .filter(|name| filled(name).is_some_and(|v| v != "false" && v != "0"))
                .collect(),
        }
    }
}

impl SessionInputs {
    /// The values of labels.
    pub(crate) fn facts(&self) -> SessionFacts<'_> {
        SessionFacts {
            session: self.session_id.as_deref(),
            project: self.project.as_deref(),
            user: self.user.as_deref(),
        }
    }

    /// True if a claude.ai login is the client's only credential: a base URL would send that login
    /// to the gateway.
    pub(super) fn would_send_login(&self) -> bool {
        let in_headers = headers::sent(self.custom_headers.as_deref().unwrap_or_default());
        let own = in_headers.unwrap_or_default().into_iter().any(|(name, value)| {
            let names = ["x-api-key", "authorization"];
            !value.is_empty() && names.iter().any(|known| name.eq_ignore_ascii_case(known))
        });
        self.login && !self.has_key && !own
    }
}
