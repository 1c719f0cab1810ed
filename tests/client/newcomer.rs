//! The first session after a setup with one mistake, in a terminal of 80 columns: one message says what is
//! wrong and what to do about it.

use crate::failure::words;
use crate::rig::{LIMIT, Rig};
use crate::session::Session;
use crate::with_client;
use cf_aig_emulator::{Fault, Host};
use cf_aig_harness::terminal::Terminal;
use cf_aig_harness::{needs, print_uncaptured};

/// What is wrong, how to bring that about, the message, and the fix in it.
type Mistake = (&'static str, fn(&mut Rig), &'static str, &'static str);

const MISTAKES: [Mistake; 4] = [
    (
        "another account",
        |rig| _ = rig.sandbox.set("CLOUDFLARE_ACCOUNT_ID", "fedcba9876543210fedcba9876543210"),
        "AI Gateway did not accept the gateway token",
        "run `cf-aig verify`",
    ),
    (
        "no such gateway",
        |rig| _ = rig.sandbox.set("CF_AIG_GATEWAY_ID", "other"),
        "This account has no gateway with this name",
        "run `cf-aig gateway list`",
    ),
    (
        "a firewall",
        |rig| rig.emulator.set_fault(Some(Fault::RefuseConnections)),
        "refused the connection",
        "check the host and the port, then the network",
    ),
    (
        "a sandbox's proxy",
        |rig| rig.emulator.set_fault(Some(Fault::HostNotAllowed)),
        "The cloud session's proxy does not allow this host",
        "add gateway.ai.cloudflare.com",
    ),
];

fn narrow(rig: &Rig) -> Session<'_> {
    let command = rig.client.interactive_command(&rig.sandbox, &["--debug-file", &rig.debug_log()]);
    Session::at_prompt(rig, Terminal::start_sized(&command, 80, 50))
}

#[needs(client)]
#[test]
fn each_mistake_is_one_message_with_its_fix() {
    with_client(|first| {
        for (what, make, message, fix) in MISTAKES {
            print_uncaptured(what);
            let mut rig = Rig::new(first.client.clone());
            // the client would go on for three minutes
            rig.sandbox.set("CLAUDE_CODE_MAX_RETRIES", "1");
            make(&mut rig);
            let mut session = narrow(&rig);
            session.enter("good morning");
            let ended = |screen: &str| {
                let screen = words(screen);
                screen.contains("API Error") && screen.contains(message) && screen.contains(fix)
            };
            session.terminal.wait_until("the error and the message", LIMIT, ended);
            // its answer comes after everything that the failed turn brings
            session.enter("/cloudflare off");
            let screen = words(&session.terminal.wait_for("Off: this session goes to", LIMIT));
            assert_eq!(
                (screen.matches(message).count(), screen.matches(fix).count()),
                (1, 1),
                "{what}: {screen}"
            );
            assert!(!screen.contains("requests go through"), "{what}: {screen}");
        }
    });
}

#[needs(client)]
#[test]
fn without_cargo_hook_and_commands_say_the_same() {
    with_client(|rig| {
        let tools = rig.sandbox.home().join("tools");
        std::fs::create_dir(&tools).expect("a folder");
        for tool in ["sh", "git", "uname", "mkdir", "id"] {
            let found = ["/usr/bin", "/bin"].map(|dir| std::path::Path::new(dir).join(tool));
            let found = found.iter().find(|path| path.exists()).expect("a tool that every system has");
            std::os::unix::fs::symlink(found, tools.join(tool)).expect("a link");
        }
        rig.sandbox.set("CF_AIG_BIN", "").set("PATH", tools.to_string_lossy());
        let mut session = narrow(rig);
        let says = "cargo is not installed: install Rust (https://rustup.rs) and start a new session; until then nothing is routed";
        let told = |times: usize| move |screen: &str| words(screen).matches(says).count() == times;
        session.terminal.wait_until("the hook's line", LIMIT, told(1));
        assert_eq!(session.say("good morning").host, Host::Provider);
        session.enter("/cloudflare status");
        session.terminal.wait_until("the same line", LIMIT, told(2));
    });
}
