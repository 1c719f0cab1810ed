//! The troubleshooting table, row by row: break it, run the client, pass the client's output to `diagnose`,
//! apply the fix, and check that the next run passes.

use crate::rig::{LIMIT, Rig};
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, Fault, GATEWAY_TOKEN, Host, ProviderFault};
use cf_aig_harness::needs;
use std::time::Duration;

/// The first finding of `diagnose` for all of the client's output.
struct Verdict {
    speaker: String,
    cause: String,
    fix: String,
    printed: String,
}

impl Verdict {
    /// Fails unless this is the speaker, the cause and the subject of the fix.
    #[track_caller]
    fn is(&self, speaker: &str, cause: &str, fix: &str) {
        let Self { printed, .. } = self;
        assert_eq!((self.speaker.as_str(), self.cause.as_str()), (speaker, cause), "{printed}");
        assert!(self.fix.contains(fix), "{}\n{printed}", self.fix);
    }
}

/// Runs the client, which must fail, and diagnoses its output.
fn fails(rig: &mut Rig) -> Verdict {
    rig.sandbox.set("CLAUDE_CODE_MAX_RETRIES", "1");
    let headless = rig.ask("hi");
    let printed = format!("{}{}", headless.ran.stdout, headless.ran.stderr);
    assert_ne!(headless.ran.code, 0, "{printed}");
    let told = rig.sandbox.run_with(["diagnose", "--json"], printed.as_bytes());
    let finding = &told.json()["findings"][0];
    let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    Verdict { speaker: text("speaker"), cause: text("cause"), fix: text("fix"), printed }
}

/// Runs the client, which must get a response through the gateway.
#[track_caller]
fn passes(rig: &Rig) {
    let headless = rig.ask("hi again");
    assert_eq!(headless.ran.code, 0, "{:?}", headless.ran);
    assert_eq!(rig.turns().last().map(|turn| turn.host), Some(Host::Gateway));
}

#[needs(client)]
#[test]
fn row_401_a_gateway_token_that_is_not_accepted() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_TOKEN", "expired-or-foreign");
        fails(rig).is("ai-gateway", "gateway-token-rejected", "token");
        rig.sandbox.set("CF_AIG_TOKEN", GATEWAY_TOKEN);
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_401_a_key_that_the_provider_does_not_accept() {
    with_client(|rig| {
        rig.sandbox.set("ANTHROPIC_API_KEY", "sk-ant-revoked");
        fails(rig).is("provider", "provider-key-rejected", "key");
        rig.sandbox.set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_403_a_sandbox_that_does_not_let_the_host_out() {
    with_client(|rig| {
        rig.emulator.set_fault(Some(Fault::HostNotAllowed));
        fails(rig).is("sandbox-proxy", "host-not-allowed", "gateway.ai.cloudflare.com");
        rig.emulator.set_fault(None);
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_403_a_client_that_is_banned_by_its_fingerprint() {
    with_client(|rig| {
        rig.emulator.set_fault(Some(Fault::ErrorCode1010));
        fails(rig).is("waf", "client-banned-1010", "User-Agent");
        rig.emulator.set_fault(None);
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_403_a_firewall_that_dislikes_the_prompt() {
    with_client(|rig| {
        rig.emulator.set_fault(Some(Fault::BlockPage));
        fails(rig).is("waf", "waf-block-page", "exempt");
        rig.emulator.set_fault(None);
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_429_the_gateways_rate_limit() {
    with_client(|rig| {
        rig.emulator.update(|c| c.gateways[0].rate_limit = Some((1, Duration::from_secs(60))));
        rig.ask("the one request that is let through");
        fails(rig).is("gateway-policy", "gateway-rate-limit", "raise the limit");
        rig.emulator.update(|c| c.gateways[0].rate_limit = Some((1000, Duration::from_secs(60))));
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_429_the_gateways_spend_limit() {
    with_client(|rig| {
        rig.emulator.update(|c| c.gateways[0].spend_limit_exceeded = true);
        fails(rig).is("gateway-policy", "spend-limit", "raise the rule");
        rig.emulator.update(|c| c.gateways[0].spend_limit_exceeded = false);
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_429_the_providers_rate_limit() {
    with_client(|rig| {
        let fault = ProviderFault::Error {
            status: 429,
            kind: "rate_limit_error".to_owned(),
            message: "This request would exceed your account's rate limit.".to_owned(),
            retry_after: None,
        };
        rig.emulator.update(|c| {
            c.provider_faults.insert("anthropic".to_owned(), fault);
        });
        fails(rig).is("provider", "provider-rate-limit", "wait");
        rig.emulator.update(|c| c.provider_faults.clear());
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_502_an_edge_that_gets_no_answer() {
    with_client(|rig| {
        rig.emulator.set_fault(Some(Fault::EdgeHtml { status: 502 }));
        fails(rig).is("cloudflare-edge", "edge-error-at-gateway", "wait");
        rig.emulator.set_fault(None);
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_502_a_provider_that_the_gateway_cannot_reach() {
    with_client(|rig| {
        rig.emulator.update(|c| {
            c.provider_faults.insert("anthropic".to_owned(), ProviderFault::Unreachable);
        });
        fails(rig).is("ai-gateway", "provider-unreachable", "provider");
        rig.emulator.update(|c| c.provider_faults.clear());
        passes(rig);
    });
}

#[needs(client)]
#[test]
fn row_missing_from_the_logs_because_a_settings_file_is_ignored() {
    with_client(|rig| {
        rig.sandbox.set("CF_AIG_ROUTING", "settings");
        let setup = rig.sandbox.run(["setup", "--yes"]);
        assert_eq!(setup.code, 0, "{setup:?}");
        let file = rig.sandbox.home().join(".claude/settings.json");
        let text = std::fs::read_to_string(&file).expect("setup wrote it");
        std::fs::write(&file, text.replacen('{', "{ // routed", 1)).expect("written");
        rig.ask("hi");
        rig.assert_direct();
        assert!(rig.emulator.logs().is_empty());
        // a successful run prints nothing on its screen; its debug log does
        let printed = std::fs::read_to_string(rig.debug_log()).expect("the debug log");
        let told = rig.sandbox.run_with(["diagnose", "--json"], printed.as_bytes());
        let finding = &told.json()["findings"][0];
        assert_eq!(finding["cause"], "settings-malformed", "{printed}");
        let repaired = rig.sandbox.run(["setup", "--yes", "--repair"]);
        assert_eq!(repaired.code, 0, "{repaired:?}");
        passes(rig);
        assert!(rig.emulator.wait_for_log(LIMIT, |_| true).is_some());
    });
}

#[needs(client)]
#[test]
fn row_hang_a_gateway_that_never_answers() {
    with_client(|rig| {
        rig.sandbox.set("API_TIMEOUT_MS", "2000");
        rig.emulator.set_fault(Some(Fault::AcceptAndHang));
        fails(rig).is("nobody", "no-answer", "doctor");
        rig.emulator.set_fault(None);
        rig.sandbox.unset("API_TIMEOUT_MS");
        passes(rig);
    });
}
