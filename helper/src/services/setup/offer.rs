//! The choices that setup offers: a token's accounts, an account's gateways, a new gateway.

use crate::base::error::Result;
use crate::base::secret::Secret;
use crate::base::text::visible;
use crate::cloudflare::{Access, Account, Api, accounts};
use crate::facts::gateway::GatewayId;
use crate::facts::gateway::ids::AccountId;
use crate::facts::gateway::resources::Gateway;
use crate::services::context::Context;
use crate::ui::TextBlock;
use std::time::Duration;

/// The user waits for each response.
const LIMIT: Duration = Duration::from_secs(10);
/// The most entries that a menu shows; the user can type the name of any other.
const MOST: usize = 20;
/// The most characters of a name that a line shows.
const NAME: usize = 30;

/// The calls to Cloudflare's API that setup makes, with this token.
pub struct Offers<'a> {
    /// What is configured.
    pub context: &'a Context,
    /// The token.
    pub token: &'a Secret,
}

impl Offers<'_> {
    /// The accounts that the token has access to.
    ///
    /// # Errors
    /// The API refuses, or cannot be reached.
    pub fn accounts(&self) -> Result<Vec<Account>> {
        let Context { config, extra_roots, .. } = self.context;
        accounts(config.api_origin.clone(), self.token.clone(), extra_roots.clone())
    }

    /// The account's gateways, by id.
    ///
    /// # Errors
    /// As [`Offers::accounts`].
    pub fn gateways(&self, account: &AccountId) -> Result<Vec<Gateway>> {
        let mut gateways = self.api(account)?.gateways(None)?;
        // an id that is invalid in a URL cannot be chosen
        gateways.retain(|gateway| GatewayId::parse(gateway.id()).is_ok());
        gateways.sort_by(|a, b| a.id().cmp(b.id()));
        Ok(gateways)
    }

    /// Creates that gateway.
    ///
    /// # Errors
    /// As [`Offers::accounts`].
    pub fn create(&self, account: &AccountId, gateway: &Gateway) -> Result<Gateway> {
        self.api(account)?.create_gateway(&gateway.0)
    }

    fn api(&self, account: &AccountId) -> Result<Api> {
        let api = Api::new(Access {
            origin: self.context.config.api_origin.clone(),
            account: account.clone(),
            token: self.token.clone(),
            extra_roots: self.context.extra_roots.clone(),
        })?;
        Ok(api.with_time_limit(LIMIT).with_patience(LIMIT))
    }
}

/// An account in one line.
pub fn account_line(account: &Account) -> String {
    let name: String = visible(&account.name).chars().take(NAME).collect();
    if name.is_empty() { account.id.clone() } else { format!("{} {name}", account.id) }
}

/// A numbered list that fits the screen.
pub fn menu<'a>(title: &str, lines: impl ExactSizeIterator<Item = &'a str>) -> String {
    let mut out = TextBlock::new();
    out.line(title);
    let more = lines.len().saturating_sub(MOST);
    for (at, line) in lines.take(MOST).enumerate() {
        out.line(format_args!(" {:>2} {line}", at + 1));
    }
    if more > 0 {
        out.line(format_args!("    and {more} more: type the name"));
    }
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_menu_is_as_long_as_a_screen() {
        let names: Vec<String> = (0..23).map(|n| format!("g{n}")).collect();
        let menu = menu("Gateways:", names.iter().map(String::as_str));
        assert_eq!(menu.lines().count(), 1 + MOST + 1);
        assert!(menu.contains("  1 g0\n") && menu.ends_with("    and 3 more: type the name\n"), "{menu}");
    }

    #[test]
    fn an_accounts_line_holds_no_control_characters_and_fits() {
        let account = Account { id: "a".repeat(32), name: format!("x\u{1b}[2J\n{}", "y".repeat(200)) };
        let line = account_line(&account);
        assert!(line.len() < 78 && !line.chars().any(char::is_control), "{line:?}");
    }
}
