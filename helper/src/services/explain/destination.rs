//! Where a client's requests go: each provider of the client has a base URL variable of its own.

use super::sources::Sources;
use crate::base::url_parts::UrlParts;
use crate::facts::claude_code::precedence::{Prediction, Source, Surface, predict};
use crate::facts::gateway::url::inspect;
use crate::facts::gateway::{GatewayUrl, HostPolicy};
use crate::services::session::{Decision, NotRouted};

/// The destination of the requests of a surface.
pub struct Destination<'a> {
    /// The variable with the base URL that counts; `None` if a socket takes every request.
    pub variable: Option<&'static str>,
    /// The source that sets it to more than blanks.
    pub source: Option<&'a Source>,
    /// The gateway at this base URL.
    pub gateway: Option<GatewayUrl>,
    /// The variable that switches the client to another provider.
    switch: Option<&'static str>,
}

impl<'a> Destination<'a> {
    /// The destination with these sources.
    pub fn of(picture: &'a Sources, surface: Surface, hosts: &HostPolicy) -> Self {
        let prediction = predict(|name| picture.value(name, surface));
        let variable = prediction.base_url_variable();
        let source = variable.and_then(|name| picture.winner(name, surface));
        let source = source.filter(|source| source.text().is_some_and(|text| !text.trim().is_empty()));
        let gateway = source.and_then(Source::text).and_then(|url| inspect(url, hosts).url);
        let switch = if let Prediction::OtherProvider(name) = prediction { Some(name) } else { None };
        Self { variable, source, gateway, switch }
    }

    /// The base URL, if one is set.
    pub fn url(&self) -> Option<&'a str> {
        self.source?.text()
    }

    /// The host of the base URL, else who gets the requests without one.
    pub fn host(&self) -> String {
        self.url().map_or_else(|| self.without_url(), |url| UrlParts::of(url).host())
    }

    /// Who gets the requests if no base URL is set.
    pub fn without_url(&self) -> String {
        match (self.variable, self.switch) {
            (None, _) => "the socket of ANTHROPIC_UNIX_SOCKET".to_owned(),
            (_, Some(switch)) => format!("the provider of {switch} directly"),
            _ => "Anthropic directly".to_owned(),
        }
    }

    /// True if another provider of the client has a gateway's base URL. The plugin and the settings of the
    /// helper then decide nothing.
    pub fn is_routed_otherwise(&self) -> bool {
        self.switch.is_some() && self.gateway.is_some()
    }

    /// Why no command tests the route; `None` if they do.
    pub fn untested(&self) -> Option<String> {
        let variable = self.variable.filter(|_| self.is_routed_otherwise())?;
        Some(format!(
            "not tested: sessions reach AI Gateway through {variable}, and this command tests only ANTHROPIC_BASE_URL"
        ))
    }

    /// What is wrong with the route. The decision does not know which provider a settings file selects.
    pub fn fault(&self, decision: &Decision) -> Option<NotRouted> {
        let why = decision.route.as_ref().err().filter(|why| why.is_fault())?;
        match self.switch {
            Some(_) if self.gateway.is_some() => None,
            Some(switch) => Some(NotRouted::OtherProvider(switch)),
            None => Some(why.clone()),
        }
    }
}
