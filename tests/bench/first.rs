//! How long Claude Code takes to its first request in `claude -p`: without a plugin, with one whose mod and
//! hook do nothing, and with this one.

use super::configured;
use super::row;
use cf_aig_emulator::{Config, Emulator, Fault};
use cf_aig_harness::Sandbox;
use cf_aig_harness::client::Client;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

pub(crate) const INSIDE: &str = "--inside-the-first";
const ROUNDS: usize = 15;
const LIMIT: Duration = Duration::from_secs(60);

/// Starts this program again in a network namespace that has nothing but loopback.
pub(crate) fn outside(helper: &Path) {
    if Client::find().is_none() {
        return eprintln!(
            "SKIPPED: the first request of a session needs a Claude Code client: set CF_AIG_CLIENT"
        );
    }
    let exe = std::env::current_exe().expect("this program's path");
    let script = "ip link set lo up && exec \"$0\" \"$@\"";
    let mut command = Command::new("unshare");
    command.args(["-rn", "sh", "-c", script]).arg(exe).arg(INSIDE).arg(helper);
    if !command.status().is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: the first request of a session needs unshare and ip");
    }
}

/// Measures the variants in turn. Claude Code examines a mod's source once and keeps the result in its
/// configuration, so a session has the HOME of the session before; only that of a first session is new.
pub(crate) fn inside(helper: &Path) {
    let Some(client) = Client::find() else { return };
    let run = |sandbox: &mut Sandbox, plugin: Plugin, fault: Option<Fault>| {
        let emulator = Emulator::start(Config::default()).expect("the emulator starts");
        emulator.set_fault(fault);
        sandbox.with_gateway(&emulator).set("CF_AIG_BIN", helper.to_string_lossy());
        // a client with a key and no base URL asks api.anthropic.com first, which is not there
        sandbox.set("ANTHROPIC_BASE_URL", emulator.provider_origin());
        let mut command = client.command(sandbox);
        command.args(["-p", "hello", "--output-format", "json"]);
        if let Some(folder) = plugin.folder(sandbox) {
            command.arg("--plugin-dir").arg(folder);
        }
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let mut child = command.spawn().expect("the client starts");
        let first = emulator
            .wait_for(LIMIT, |request| request.method == "POST" && request.path.contains("/v1/messages"));
        let took = start.elapsed();
        let _ = child.kill();
        let _ = child.wait();
        assert!(first.is_some(), "no request arrived: {plugin:?}");
        took.as_secs_f64() * 1e3
    };
    let variants = [
        (Plugin::None, None),
        (Plugin::Empty, None),
        (Plugin::Ours, None),
        (Plugin::Ours, Some(Fault::HangAfterHeaders)),
    ];
    let mut kept = variants.each_ref().map(|_| configured(helper));
    let mut times = [const { Vec::new() }; 6];
    for round in 0..=ROUNDS {
        let later = variants.iter().zip(&mut kept);
        let mut taken: Vec<f64> =
            later.map(|((plugin, fault), sandbox)| run(sandbox, *plugin, fault.clone())).collect();
        taken.extend([Plugin::None, Plugin::Ours].map(|plugin| run(&mut configured(helper), plugin, None)));
        // the first round warms the caches, and is the first session of each HOME
        if round > 0 {
            times.iter_mut().zip(taken).for_each(|(times, taken)| times.push(taken));
        }
    }
    let [without, empty, with, silent, first_without, first_with] = times;
    const TARGET: &str = "at most +110 ms";
    for (name, times, without, target) in [
        ("a plugin whose mod and hook do nothing", empty, &without, ""),
        ("the plugin", with, &without, TARGET),
        ("the plugin, and a gateway that does not respond", silent, &without, TARGET),
        ("the plugin, in the first session after its installation", first_with, &first_without, TARGET),
    ] {
        let more = median(times.iter().zip(without).map(|(with, without)| with - without).collect());
        row(
            &format!("first request of `claude -p` with {name}"),
            &format!("{:.0} ms", median(times)),
            &format!("{:.0} ms without it", median(without.clone())),
            &format!("{more:+.0} ms"),
            target,
        );
    }
}

/// What Claude Code is started with.
#[derive(Debug, Clone, Copy)]
enum Plugin {
    None,
    /// A mod that does nothing, and a hook that runs `true`: what Claude Code itself takes for a plugin.
    Empty,
    Ours,
}

impl Plugin {
    fn folder(self, sandbox: &Sandbox) -> Option<PathBuf> {
        match self {
            Self::None => None,
            Self::Empty => {
                sandbox
                    .write("home/empty/.claude-plugin/plugin.json", r#"{"name":"empty","version":"1.0.0"}"#);
                sandbox.write("home/empty/hooks/register.js", "export function register() {}\n");
                let hooks = r#"{"modules":["./register.js"],"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"true"}]}]}}"#;
                sandbox.write("home/empty/hooks/hooks.json", hooks);
                Some(sandbox.home().join("empty"))
            }
            Self::Ours => Some(sandbox.plugin()),
        }
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
