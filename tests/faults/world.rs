//! The setting of a row: an emulator, a sandbox that is configured for it, and everything else that must
//! live as long.

use cf_aig::facts::gateway::auth::AuthMode;
use cf_aig_emulator::{
    ANTHROPIC_KEY, API_TOKEN, Blackhole, Config, Emulator, Fault, Gateway, Host, ProviderFault, Proxy,
    ProxyMode, Tls,
};
use cf_aig_harness::Sandbox;
use std::collections::BTreeMap;

/// The gateway's real host name, for a proxy and certificates.
pub(crate) const CLOUDFLARE: &str = "gateway.ai.cloudflare.com";

/// The API's.
const API: &str = "api.cloudflare.com";

pub(crate) struct World {
    pub(crate) emulator: Emulator,
    pub(crate) sandbox: Sandbox,
    proxies: Vec<Proxy>,
    holes: Vec<Blackhole>,
}

impl World {
    /// Everything works, over plain HTTP: gateway, its token, the provider key, the API token.
    pub(crate) fn well() -> Self {
        Self::of(Config::default())
    }

    pub(crate) fn of(config: Config) -> Self {
        let emulator = Emulator::start(config).expect("the emulator starts");
        let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
        sandbox
            .with_gateway(&emulator)
            .set("ANTHROPIC_API_KEY", ANTHROPIC_KEY)
            .set("CLOUDFLARE_API_TOKEN", API_TOKEN);
        if let Some(pem) = emulator.ca_pem() {
            let file = sandbox.home().join("ca.pem");
            std::fs::write(&file, pem).expect("the CA is written");
            sandbox.set("SSL_CERT_FILE", file.to_string_lossy());
        }
        Self { emulator, sandbox, proxies: Vec::new(), holes: Vec::new() }
    }

    /// The same over TLS, with an authority that this machine trusts.
    pub(crate) fn secure(tls: Tls) -> Self {
        Self::of(Config { tls: Some(tls), ..Config::default() })
    }

    /// Somebody on the way presents a certificate of this issuer.
    pub(crate) fn intercepted_by(organization: &str) -> Self {
        Self::secure(Tls::OtherIssuer { organization: organization.to_owned() })
    }

    /// Gateway and API under Cloudflare's own names, which only a proxy can resolve.
    pub(crate) fn behind(mode: ProxyMode) -> Self {
        Self::secure(Tls::Good).through(mode)
    }

    pub(crate) fn through(mut self, mode: ProxyMode) -> Self {
        let proxy = Proxy::start(mode).expect("a port of loopback");
        for (host, origin) in
            [(CLOUDFLARE, self.emulator.gateway_origin()), (API, self.emulator.api_origin())]
        {
            proxy.route(&format!("{host}:443"), &origin.replace("https://", ""));
        }
        self.sandbox
            .unset("CF_AIG_GATEWAY_ORIGIN")
            .unset("CF_AIG_API_ORIGIN")
            .set("HTTPS_PROXY", proxy.origin());
        self.proxies.push(proxy);
        self
    }

    /// A proxy for plain HTTP.
    pub(crate) fn through_plain(mut self, mode: ProxyMode) -> Self {
        let proxy = Proxy::start(mode).expect("a port of loopback");
        self.sandbox.set("HTTP_PROXY", proxy.origin());
        self.proxies.push(proxy);
        self
    }

    /// A dead address in place of the gateway.
    pub(crate) fn dropped(mut self) -> Self {
        let hole = Blackhole::start().expect("a port of loopback");
        let scheme = if self.emulator.ca_pem().is_some() { "https" } else { "http" };
        let origin = format!("{scheme}://{}", hole.authority());
        self.sandbox.set("CF_AIG_GATEWAY_ORIGIN", origin);
        self.holes.push(hole);
        self
    }

    /// The gateway at this host name, which only the test's name server knows.
    pub(crate) fn at(self, host: &str) -> Self {
        let origin = self.emulator.gateway_origin().replace("127.0.0.1", host);
        self.set("CF_AIG_GATEWAY_ORIGIN", &origin)
    }

    pub(crate) fn set(mut self, name: &str, value: &str) -> Self {
        self.sandbox.set(name, value);
        self
    }

    pub(crate) fn unset(mut self, name: &str) -> Self {
        self.sandbox.unset(name);
        self
    }

    /// The base URL is in the environment, and nothing else configures the gateway.
    pub(crate) fn base_url(self, change: impl FnOnce(String) -> String) -> Self {
        let url = change(self.emulator.base_url("anthropic"));
        self.unset("CLOUDFLARE_ACCOUNT_ID").unset("CF_AIG_GATEWAY_ID").set("ANTHROPIC_BASE_URL", &url)
    }

    /// The user's settings.
    pub(crate) fn settings(self, bytes: &[u8]) -> Self {
        let file = self.sandbox.home().join(".claude/settings.json");
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("its folder");
        std::fs::write(file, bytes).expect("the settings are written");
        self
    }

    pub(crate) fn fault(self, fault: Fault) -> Self {
        self.emulator.set_fault(Some(fault));
        self
    }

    pub(crate) fn api_fault(self, fault: Fault) -> Self {
        self.emulator.set_fault_of(Host::Api, Some(fault));
        self
    }

    /// Configured for this auth mode, with everything that it needs.
    pub(crate) fn paid_by(self, mode: AuthMode) -> Self {
        let world = self.set("CF_AIG_AUTH", &mode.to_string());
        match mode {
            AuthMode::OwnKey => world,
            AuthMode::Subscription => world.unset("ANTHROPIC_API_KEY"),
            AuthMode::StoredKey => world.unset("ANTHROPIC_API_KEY").gateway(|gateway| {
                gateway.stored_keys.insert("anthropic".to_owned(), ANTHROPIC_KEY.to_owned());
            }),
            AuthMode::UnifiedBilling => {
                world.unset("ANTHROPIC_API_KEY").gateway(|gateway| gateway.unified_billing = Some(1000.0))
            }
        }
    }

    /// Any response in place of the gateway's.
    pub(crate) fn answer(self, status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        self.fault(answer(status, headers, body))
    }

    pub(crate) fn provider(self, fault: ProviderFault) -> Self {
        self.change(|config| config.provider_faults = BTreeMap::from([("anthropic".to_owned(), fault)]))
    }

    /// An error in the provider's own format.
    pub(crate) fn provider_says(self, status: u16, kind: &str, message: &str) -> Self {
        let (kind, message) = (kind.to_owned(), message.to_owned());
        self.provider(ProviderFault::Error { status, kind, message, retry_after: None })
    }

    pub(crate) fn gateway(self, change: impl FnOnce(&mut Gateway)) -> Self {
        self.change(|config| change(&mut config.gateways[0]))
    }

    pub(crate) fn change(self, change: impl FnOnce(&mut Config)) -> Self {
        self.emulator.update(change);
        self
    }

    /// Runs the doctor once before.
    pub(crate) fn asked_once(self) -> Self {
        self.sandbox.run(["doctor", "--json"]);
        self
    }

    /// A text without what differs between runs: ports and folders.
    pub(crate) fn steady(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let bare = |origin: &str| origin.split("://").nth(1).unwrap_or_default().to_owned();
        for proxy in &self.proxies {
            text = text.replace(&bare(&proxy.origin()), "PROXY");
        }
        for hole in &self.holes {
            text = text.replace(&hole.authority(), "HOST");
        }
        let gateway = bare(&self.emulator.gateway_origin());
        let port = gateway.rsplit_once(':').map_or("", |(_, port)| port);
        text.replace(&gateway, "HOST")
            .replace(&format!(":{port}"), "")
            .replace(&bare(&self.emulator.api_origin()), "API")
            .replace(&*self.sandbox.home().to_string_lossy(), "~")
            .replace(&*self.sandbox.project().to_string_lossy(), ".")
    }
}

/// Any response.
pub(crate) fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Fault {
    let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Fault::Status { status, headers, body: body.to_owned() }
}

/// Everything works over TLS.
pub(crate) fn secure() -> World {
    World::secure(Tls::Good)
}
