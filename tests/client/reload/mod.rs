//! Settings files that change during a session: our token goes only to the gateway, and the payer stays the
//! same.
//!
//! Sequences are generated. `CF_AIG_SEQUENCES` sets how many (default 3, headless; an explicit number
//! includes interactive sessions, `/model` and `/permissions`), `CF_AIG_SEED` where to start, and
//! `CF_AIG_CLIENTS` lists further clients, separated by colons, to distribute them over.

mod generate;

use crate::rig::{Rig, clients, is_turn};
use crate::with_client;
use cf_aig_emulator::{ANTHROPIC_KEY, Config, Emulator, GATEWAY_TOKEN, Host, Recorded};
use cf_aig_harness::{Client, needs, print_uncaptured};
use generate::{FILES, Hosts, KEY_OF_A_FILE, Seed, Step, headless, interactive};
use std::path::PathBuf;
use std::process::Command;

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn holds(request: &Recorded, secret: &str) -> bool {
    let heads = request.headers.iter().map(|(_, value)| value.as_str());
    heads.chain([request.path.as_str()]).any(|text| text.contains(secret))
}

/// Answers the client's question whether this key may be used.
fn approve(rig: &Rig, key: &str) {
    let file = rig.sandbox.home().join(".claude.json");
    let text = std::fs::read_to_string(&file).expect("the client's state");
    let mut state: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let end = &key[key.len().saturating_sub(20)..];
    state["customApiKeyResponses"]["approved"].as_array_mut().expect("a list").push(end.into());
    let root = rig.sandbox.home().parent().expect("the sandbox").to_string_lossy().into_owned();
    state["projects"][root]["hasTrustDialogAccepted"] = true.into();
    std::fs::write(file, state.to_string()).expect("written");
}

/// One sequence: a session whose settings files change, and two hosts that listen.
struct Sequence {
    rig: Rig,
    foreign: Emulator,
    auth: &'static str,
    root: PathBuf,
    with_person: bool,
    steps: Vec<Step>,
}

impl Sequence {
    fn new(at: u64, client: Client) -> Self {
        let mut seed = Seed(at);
        let auth = ["own-key", "own-key", "unified-billing", "stored-key"][seed.below(4)];
        let mut rig = Rig::new(client);
        let foreign = Emulator::start(Config::default()).expect("another host");
        // the client would retry a refused key for three minutes
        for host in [&rig.emulator, &foreign] {
            let keys = [ANTHROPIC_KEY, KEY_OF_A_FILE].map(str::to_owned).to_vec();
            host.update(|config| _ = config.provider_keys.insert("anthropic".into(), keys));
        }
        // one retry shows whether it goes to the same place; ten would take three minutes
        rig.sandbox.set("CF_AIG_AUTH", auth).set("CLAUDE_CODE_MAX_RETRIES", "1");
        rig.emulator.update(|config| {
            config.gateways[0].unified_billing = (auth == "unified-billing").then_some(500.0);
            config.gateways[0].stored_keys.insert("anthropic".into(), ANTHROPIC_KEY.into());
        });
        rig.sandbox.onboard();
        approve(&rig, KEY_OF_A_FILE);
        let root = rig.sandbox.home().parent().expect("the sandbox").to_owned();
        let made = Command::new("git").args(["init", "-q"]).arg(&root).status();
        assert!(made.is_ok_and(|status| status.success()), "git init");
        for file in FILES {
            rig.sandbox.write(file, "{}");
        }
        let (elsewhere, gateway) = (foreign.provider_origin(), rig.emulator.base_url("anthropic"));
        let hosts = Hosts { elsewhere: &elsewhere, gateway: &gateway };
        // the client may lose a key press while it redraws after /model, so interactive sessions are for
        // supervised runs
        let with_person = seed.below(3) == 0 && std::env::var_os("CF_AIG_SEQUENCES").is_some();
        let generate = if with_person { interactive } else { headless };
        let steps = generate(&mut seed, &root, &hosts);
        Self { rig, foreign, auth, root, with_person, steps }
    }

    /// An executable file of this name that runs `text`. The client refuses redirections into its settings
    /// on a command line.
    fn file(&self, name: &str, text: &str) -> String {
        let file = self.root.join(format!("{name}.sh"));
        std::fs::write(&file, text).expect("a script");
        format!("[[bash: sh {}]]", file.display())
    }

    /// `claude -p` with one tool call for each step; returns whether it completed.
    fn headless(&self) -> Result<(), String> {
        let mut script = String::new();
        for (at, step) in self.steps.iter().enumerate() {
            let Step::Tool(text) = step else { unreachable!("headless sessions run tools") };
            script.push_str(&self.file(&format!("step{at}"), text));
        }
        // by the end, everything that was written has been applied
        script.push_str(&self.file("last", "sleep 2.5\necho settled\n"));
        let flag = self.flag();
        let more = ["--permission-mode", "default", "--allowedTools", "Bash", "--settings", &flag];
        let answer = self.rig.ask_with(&script, &more);
        let ends =
            answer.text() == "Tool result: settled" || answer.text().contains(REFUSED) && self.said_so();
        if ends { Ok(()) } else { Err(format!("{answer:?}")) }
    }

    /// An interactive session. Panics if a step has no effect.
    fn interactive(&self) {
        let flag = self.flag();
        let more = ["--permission-mode", "default", "--allowedTools", "Bash", "--settings", &flag];
        let mut session = self.rig.session_with(&more);
        for (at, step) in self.steps.iter().enumerate() {
            match step {
                Step::Tool(text) => {
                    let change = self.file(&format!("step{at}"), text);
                    let line = format!("{change} [[bash: echo done-{at}]]");
                    session.enter_surely(&line, &[&format!("Tool result: done-{at}"), REFUSED]);
                }
                Step::Outside(text) => {
                    self.file(&format!("step{at}"), text);
                    let file = self.root.join(format!("step{at}.sh"));
                    let ran = Command::new("sh").arg(file).status();
                    assert!(ran.is_ok_and(|status| status.success()), "step {at}");
                }
                Step::Model(name) => session.switches_to(name),
                Step::Permission(rule, place) => session.allows(rule, *place),
            }
            let line = format!("[[bash: echo after-{at}]]");
            session.enter_surely(&line, &[&format!("Tool result: after-{at}"), REFUSED]);
            if session.terminal.screen().contains(REFUSED) {
                // the host in the files refuses the requests: there are no more responses
                assert!(self.said_so(), "the session lost its route in silence");
                return;
            }
        }
        session
            .enter_surely("[[bash: sleep 2.5]] [[bash: echo settled]]", &["Tool result: settled", REFUSED]);
    }

    /// Whether the mod, or the hook at startup, reported in a line that the session is not routed; the debug log
    /// contains both in `-p` too.
    fn said_so(&self) -> bool {
        let log = std::fs::read_to_string(self.rig.debug_log()).unwrap_or_default();
        let words = ["Not routed: ", "not routed: "];
        let said = |line: &str| words.iter().any(|words| line.contains(words));
        let by_mod = |line: &str| line.contains("[cloudflare] $.ui.log: ") && said(line);
        let by_hook = |line: &str| line.contains("cloudflare: not routed: ");
        log.lines().any(|line| by_mod(line) || by_hook(line))
    }

    fn flag(&self) -> String {
        self.root.join("project/flag.json").to_string_lossy().into_owned()
    }

    /// What went wrong, as sentences.
    fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let line = |request: &Recorded| format!("{} {} {:?}", request.host, request.path, request.headers);
        let strangers = self.foreign.requests().into_iter();
        let all = self.rig.emulator.requests();
        for request in strangers.chain(all.into_iter().filter(|request| request.host == Host::Provider)) {
            if holds(&request, GATEWAY_TOKEN) {
                faults.push(format!("the gateway token went elsewhere: {}", line(&request)));
            }
            if holds(&request, "cf-aig-") {
                faults.push(format!("headers for the gateway went elsewhere: {}", line(&request)));
            }
        }
        for request in self.rig.turns().iter().filter(|request| request.host == Host::Gateway) {
            let key = [ANTHROPIC_KEY, KEY_OF_A_FILE].iter().any(|key| holds(request, key));
            // a route that ended is the files' own; where they name the gateway and a key, that key pays
            if self.auth != "own-key" && key && !self.said_so() {
                faults.push(format!("a key pays where the gateway token is to pay: {}", line(request)));
            }
        }
        let strays = self.rig.turns().into_iter().chain(self.foreign.requests().into_iter().filter(is_turn));
        let routed = |turn: &Recorded| turn.host == Host::Gateway && holds(turn, GATEWAY_TOKEN);
        let lost: Vec<_> = strays.filter(|turn| !routed(turn)).collect();
        if let (Some(turn), false) = (lost.first(), self.said_so()) {
            faults.push(format!(
                "{} requests were not routed, and no line said so: {}",
                lost.len(),
                line(turn)
            ));
        }
        faults
    }

    /// The sequence, for display.
    fn shown(&self) -> String {
        let steps = self.steps.iter().enumerate().map(|(at, step)| format!("step {at}: {step:#?}\n"));
        let both = [("ours", self.rig.emulator.requests()), ("elsewhere", self.foreign.requests())];
        let requests = both.into_iter().flat_map(|(whose, requests)| {
            requests.into_iter().map(move |request| {
                let sent = ["x-api-key", "authorization"].map(|name| request.header(name).is_some());
                format!("{whose} {} {:?}, key and bearer {sent:?}\n", request.host, request.status)
            })
        });
        steps.chain(requests).collect()
    }
}

/// Prints the sequence if a session stops half-way.
impl Drop for Sequence {
    fn drop(&mut self) {
        if std::thread::panicking() {
            print_uncaptured(&self.shown());
        }
    }
}

/// The start of the client's line about a failed request.
const REFUSED: &str = "API Error";

#[needs(client)]
#[test]
fn whatever_settings_files_do_our_token_reaches_the_gateway_and_no_other_host() {
    with_client(|rig| {
        let clients = clients(&rig.client);
        let (first, count) = (number("CF_AIG_SEED", 1), number("CF_AIG_SEQUENCES", 3));
        let mut bad = Vec::new();
        let mut counts = [0_usize; 6];
        for at in first..first + count {
            let client = clients[usize::try_from(at).expect("small") % clients.len()].clone();
            let sequence = Sequence::new(at, client);
            let ended = if sequence.with_person {
                sequence.interactive();
                Ok(())
            } else {
                sequence.headless()
            };
            let found = sequence.faults();
            let Sequence { rig, foreign, auth, .. } = &sequence;
            counts[0] += 1;
            counts[1] += usize::from(sequence.with_person);
            counts[2] += rig.turns().iter().filter(|turn| turn.host == Host::Gateway).count();
            counts[3] += foreign.requests().iter().filter(|request| is_turn(request)).count();
            counts[5] += usize::from(sequence.said_so());
            counts[4] += foreign.requests().len() + rig.emulator.requests().len();
            if !found.is_empty() || ended.is_err() {
                let client = rig.client.path().display();
                let shown = sequence.shown();
                bad.push(format!(
                    "seed {at} ({auth}, {client}): {found:#?}\n{shown}{}",
                    ended.err().unwrap_or_default()
                ));
                print_uncaptured(bad.last().map_or("", String::as_str));
            }
        }
        print_uncaptured(&format!(
            "COUNTED {} sequences ({} with a person, {} lost the route and said so) over {} clients: {} turns through the gateway, {} to the other host, {} requests read",
            counts[0],
            counts[1],
            counts[5],
            clients.len(),
            counts[2],
            counts[3],
            counts[4]
        ));
        assert!(bad.is_empty(), "{} of {count}:\n{}", bad.len(), bad.join("\n"));
    });
}
