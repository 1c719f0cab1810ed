//! Interactive `cf-aig setup` from scratch: asks for the account, the gateway and who pays, then proves that it works.

use crate::base::error::{Error, Kind, Result};
use crate::cloudflare::Account;
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::ids::{AccountId, IdError, account_fault, gateway_fault};
use crate::facts::gateway::resources::Gateway;
use crate::facts::gateway::settings::{SESSIONS, defaults, request};
use crate::services::config::{ConfigSource, Flags};
use crate::services::context::Context;
use crate::services::gather;
use crate::services::session::{self, NotRouted};
use crate::services::setup::found::FoundCredential;
use crate::services::setup::offer::{Offers, account_line, menu};
use crate::services::setup::report::After;
use crate::services::setup::request::SetupRequest;
use crate::services::verify::{self, RequestKind, Watch};
use crate::ui::ask;
use crate::ui::note;
use std::time::Duration;

/// The end of a setup that was not confirmed.
pub(super) const NOT_WRITTEN: &str = "nothing was written";
/// The suggested id for an account's first gateway.
const NEW_ID: &str = "claude-code";
/// How long the proof searches the gateway's log, while the user waits.
const WAIT: Duration = Duration::from_secs(10);

/// The questions of an interactive setup.
#[derive(Debug, Default)]
pub(super) struct Wizard {
    /// The user has chosen the gateway, so setup ends with a proof.
    pub(super) named: bool,
    /// `--dry-run`: change nothing, at Cloudflare either.
    pub(super) dry_run: bool,
}

fn gone() -> Error {
    Error::new(Kind::Finding, NOT_WRITTEN)
}

/// The answer, or `default` if it is empty. Fails if both are empty or the input has ended.
fn answered(question: &str, default: &str) -> Result<String> {
    let answer = ask::line(question).ok_or_else(gone)?;
    let answer = if answer.is_empty() { default.to_owned() } else { answer };
    if answer.is_empty() { Err(gone()) } else { Ok(answer) }
}

impl Wizard {
    /// Asks for the next missing value; true if it asked.
    pub(super) fn complete(&mut self, wanted: &mut SetupRequest, context: &Context) -> Result<bool> {
        let plan = session::plan(&context.config, &context.around);
        let unnamed = matches!(plan, Err(NotRouted::NotConfigured)) || context.config.assumes_default;
        match plan {
            _ if unnamed && !self.named => {
                self.named = true;
                let authenticated = self.name_gateway(wanted, context)?;
                if authenticated && context.config.gateway_token.is_none() && !wanted.route.without_token {
                    note("an authenticated gateway needs a Cloudflare token with AI Gateway Run");
                    wanted.route.token = ask::hidden("Gateway token (not shown; empty for none):")?;
                }
                Ok(true)
            }
            Err(NotRouted::WhoPays) => {
                wanted.flags.auth = Some(ask::mode().ok_or_else(gone)?.to_string());
                Ok(true)
            }
            Err(NotRouted::NeedsGatewayToken(_)) if !wanted.route.without_token => {
                wanted.route.token = Some(ask::hidden("Gateway token (not shown):")?.ok_or_else(gone)?);
                Ok(true)
            }
            _ => Ok(false),
        }
    }
}

impl Wizard {
    /// Chooses the account and the gateway; true if the gateway requires a token, or may require one.
    fn name_gateway(&self, wanted: &mut SetupRequest, context: &Context) -> Result<bool> {
        let found = FoundCredential::look(&context.config, &context.env);
        note(format!("found: {}", found.sentence()));
        let url = context.config.url.as_ref();
        let known = url.and_then(|url| Some((url.value.account_id()?.clone(), url.source.clone())));
        if let Some((account, source)) = &known {
            note(format!("account {account}, from {source}"));
        }
        let by_hand = |wanted: &mut SetupRequest| {
            if known.is_none() {
                wanted.flags.account_id = Some(typed_account()?);
            }
            if !wanted.flags.account_id.as_ref().is_some_and(|account| account.contains('/')) {
                wanted.flags.gateway_id =
                    Some(typed_gateway("AI Gateway id [default]:", "default")?.to_string());
            }
            Ok(true)
        };
        let Some(token) = found.token() else { return by_hand(wanted) };
        let offers = Offers { context, token };
        match self.listed(&offers, known.as_ref()) {
            Ok((account, gateway)) => {
                wanted.flags.account_id = Some(account.to_string());
                wanted.flags.gateway_id = Some(gateway.id().to_owned());
                Ok(gateway.authentication() == Some(true))
            }
            // wrangler chooses its login's permissions, which may not include listing gateways
            Err(error) if matches!(found, FoundCredential::Wrangler(..)) && error.kind == Kind::Auth => {
                note(format!("{}; enter the ids instead", error.message));
                by_hand(wanted)
            }
            Err(error) => Err(error),
        }
    }

    /// Lets the user choose an account and a gateway from those that the API lists.
    fn listed(
        &self,
        offers: &Offers<'_>,
        known: Option<&(AccountId, ConfigSource)>,
    ) -> Result<(AccountId, Gateway)> {
        let accounts = match known {
            None => offers.accounts()?,
            Some((account, source)) => match offers.gateways(account) {
                Ok(gateways) => {
                    return Ok((account.clone(), self.chosen_gateway(offers, account, gateways)?));
                }
                Err(error) if error.kind == Kind::Network => return Err(error),
                Err(error) => {
                    // a token that lists accounts is valid, so the account may not be one of them
                    let Ok(reached) = offers.accounts() else { return Err(error) };
                    if reached.iter().any(|reached| reached.id == account.as_str()) {
                        return Err(error);
                    }
                    note(format!(
                        "the token has no access to account {account}: correct {source}, and choose one here"
                    ));
                    reached
                }
            },
        };
        let account = chosen_of(&accounts)?;
        let gateway = self.chosen_gateway(offers, &account, offers.gateways(&account)?)?;
        Ok((account, gateway))
    }

    fn chosen_gateway(
        &self,
        offers: &Offers<'_>,
        account: &AccountId,
        gateways: Vec<Gateway>,
    ) -> Result<Gateway> {
        if gateways.is_empty() {
            note("the account has no gateway yet");
        } else {
            let mut ids: Vec<String> = gateways.iter().map(|gateway| gateway.id().to_owned()).collect();
            let menu = menu("The account's gateways:", ids.iter().map(String::as_str));
            let question = format!("{menu}Which gateway? A number, an id, or new [1]");
            ids.push("new".to_owned());
            let at = ask::one_of(&question, &ids).ok_or_else(gone)?;
            if let Some(gateway) = gateways.into_iter().nth(at) {
                return Ok(gateway);
            }
        }
        let id = typed_gateway(&format!("Id of the new gateway [{NEW_ID}]:"), NEW_ID)?;
        let gateway = request(&id, &defaults(SESSIONS));
        if self.dry_run {
            note("--dry-run creates nothing");
            return Ok(gateway);
        }
        note(format!("`cf-aig gateway create {id} --dry-run` shows all its settings"));
        if !ask::yes("Create it, with authentication, logs and a rate limit?") {
            return Err(gone());
        }
        offers.create(account, &gateway)?;
        note(format!("created gateway {id}; `cf-aig gateway delete {id}` deletes it"));
        Ok(gateway)
    }
}

/// Lets the user choose an account; the only one is chosen without a question.
fn chosen_of(accounts: &[Account]) -> Result<AccountId> {
    let at = match accounts {
        [] => {
            note("the token lists no accounts");
            let typed = typed_account()?;
            return AccountId::parse(&typed).map_err(|error| not_an_account(&typed, error));
        }
        [only] => {
            note(format!("account {}", account_line(only)));
            0
        }
        several => {
            let lines: Vec<String> = several.iter().map(account_line).collect();
            let ids: Vec<String> = several.iter().map(|account| account.id.clone()).collect();
            let menu = menu("Accounts of this token:", lines.iter().map(String::as_str));
            ask::one_of(&format!("{menu}Which account? [1]"), &ids).ok_or_else(gone)?
        }
    };
    let id = &accounts[at].id;
    AccountId::parse(id).map_err(|error| not_an_account(id, error))
}

fn not_an_account(text: &str, error: IdError) -> Error {
    let (message, place) = account_fault(text, error);
    Error::usage(message).hinted(place)
}

/// Asks for an account id or a gateway URL until the answer is one.
fn typed_account() -> Result<String> {
    note("the account id is in the dashboard's URL: https://dash.cloudflare.com/ACCOUNT_ID");
    loop {
        let text = answered("Cloudflare account id, or the gateway's URL:", "")?;
        match AccountId::parse(&text) {
            Err(error) if !text.contains('/') => {
                let (message, place) = account_fault(&text, error);
                note(format!("{message}; {place}"));
            }
            _ => return Ok(text),
        }
    }
}

fn typed_gateway(question: &str, default: &str) -> Result<GatewayId> {
    loop {
        let text = answered(question, default)?;
        match GatewayId::parse(&text) {
            Ok(id) => return Ok(id),
            Err(error) => note(gateway_fault(&text, error).0),
        }
    }
}

/// Runs `cf-aig verify` with the settings that were just written, and with the token that the user entered:
/// in a settings file, the token of some modes looks like a provider's credential.
pub(super) fn prove(flags: &Flags, setup: &Context) -> After {
    let mut context = gather::context(&setup.env, flags);
    let token = &mut context.config.gateway_token;
    *token = token.take().or_else(|| setup.config.gateway_token.clone());
    let wait = context.config.api_token.is_some().then_some(WAIT);
    let watch = Watch::terminal();
    let proof = verify::run(&context, &RequestKind::default(), wait, &watch);
    drop(watch);
    let (is, fix) = match proof {
        Ok(proof) => (proof.summary.clone(), proof.fix().map(str::to_owned)),
        Err(error) => (format!("not proved: {}", error.message), error.hints.first().cloned()),
    };
    After { label: "proof", is, fix }
}
