//! Text output in a session: the client renders it as Markdown, in fewer columns than the terminal has.

use crate::rig::Rig;
use crate::session::Session;
use crate::with_client;
use cf_aig_harness::{needs, terminal::Terminal};

/// The lines of the screen below the last command, without the client's frame.
fn answer(screen: &str, command: &str) -> Vec<String> {
    let lines: Vec<&str> = screen.lines().collect();
    let from = lines.iter().rposition(|line| line.contains(command)).map_or(0, |at| at + 1);
    let to = lines.iter().rposition(|line| line.trim_start().starts_with('❯')).unwrap_or(lines.len());
    let text = |line: &&str| line.trim_start_matches([' ', '⎿', '●']).trim_end().to_owned();
    lines[from..to.max(from)].iter().map(text).filter(|line| !line.is_empty()).collect()
}

/// The helper's output at the width that the mod requests.
fn printed(rig: &Rig, args: &[&str]) -> String {
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    let ran = command.args(args).env("CF_AIG_COLUMNS", "74").output().expect("the helper runs");
    String::from_utf8(ran.stdout).expect("text")
}

/// Fails if a row of a table was wrapped or changed by the client.
fn has_rows(screen: &str, rows: &str) {
    let shown: Vec<&str> = screen.lines().map(str::trim).collect();
    for row in rows.lines().map(str::trim).filter(|row| !row.is_empty()) {
        assert!(shown.iter().any(|line| line.ends_with(row)), "{row:?} is not a row of\n{screen}");
    }
}

#[needs(client)]
#[test]
fn command_output_keeps_its_rows_and_characters() {
    with_client(|first| {
        for columns in [80, 110] {
            let mut rig = Rig::new(first.client.clone());
            let rig = &mut rig;
            rig.sandbox.set("CLOUDFLARE_API_TOKEN", cf_aig_emulator::API_TOKEN);
            let command = rig.client.interactive_command(&rig.sandbox, &["--debug-file", &rig.debug_log()]);
            let mut session = Session::at_prompt(rig, Terminal::start_sized(&command, columns, 60));
            session.say("good morning");
            let screen = session.command("/cloudflare status", "reachable");
            let shown = answer(&screen, "/cloudflare status");
            for label in ["gateway", "claude", "pays", "reachable"] {
                assert!(shown.iter().any(|line| line.starts_with(label)), "{label} begins no row:\n{screen}");
            }
            let wide = shown.iter().any(|line| line.contains("://") && line.starts_with("gateway"));
            assert!(!wide && screen.contains("AI Gateway `emulator` of account 01234567…"), "{screen}");
            assert!(screen.contains("account_id") || screen.contains("CLOUDFLARE_ACCOUNT_ID"), "{screen}");
            let screen = session.command("/cloudflare doctor", "checks run");
            let shown = answer(&screen, "/cloudflare doctor");
            assert!(shown.iter().all(|line| !line.starts_with("ok ")), "{screen}");
            let screen = session.command("/cloudflare costs", "estimates, not a bill");
            let shown = answer(&screen, "/cloudflare costs");
            assert!(shown.iter().all(|line| !line.contains("```")), "{screen}");
            let costs = printed(rig, &["costs"]);
            let table = costs.split("\n\n").next().unwrap_or_default();
            // the heading contains the minute
            has_rows(&screen, table.split_once("\nmodel").map_or("", |(_, table)| table));
            let screen = session.command("/cloudflare last", "dash.cloudflare.com");
            let shown = answer(&screen, "/cloudflare last");
            let row = shown.iter().find(|line| line.contains("200")).expect("a request of this session");
            assert!(row.contains("claude-") && row.contains('$'), "{screen}");
        }
    });
}
