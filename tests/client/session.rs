//! An interactive session of the real client: input, and the results.

use crate::rig::{LIMIT, Rig, is_turn};
use cf_aig_emulator::{Host, Recorded};
use cf_aig_harness::terminal::Terminal;
use std::time::{Duration, Instant};

/// The emulated model's text if no script sets another.
const GREETING: &str = "Hello from the emulator.";

/// The arrow key.
const DOWN: &str = "\x1b[B";

/// A session at its prompt.
pub(crate) struct Session<'a> {
    rig: &'a Rig,
    pub(crate) terminal: Terminal,
}

impl<'a> Session<'a> {
    /// Starts the client and waits for its prompt.
    pub(crate) fn start(rig: &'a Rig, more: &[&str]) -> Self {
        let log = rig.debug_log();
        let more = [more, &["--debug-file", &log]].concat();
        Self::at_prompt(rig, rig.client.interactive(&rig.sandbox, &more))
    }

    /// Waits for the prompt of a client that was started elsewhere.
    pub(crate) fn at_prompt(rig: &'a Rig, terminal: Terminal) -> Self {
        terminal.wait_until("the prompt", LIMIT, |screen| screen.lines().any(|line| line.trim() == "❯"));
        Self { rig, terminal }
    }

    /// Sends a prompt to the model and returns its request, once the response is on the screen.
    pub(crate) fn say(&mut self, text: &str) -> Recorded {
        self.enter(text);
        let asked = |request: &Recorded| is_turn(request) && carries(request, text);
        let request = self.rig.emulator.wait_for(LIMIT, asked);
        let request =
            request.unwrap_or_else(|| panic!("no request said {text:?}:\n{}", self.terminal.screen()));
        self.terminal.wait_until("the answer", LIMIT, |screen| answered(screen, text));
        request
    }

    /// Sends prompts one after the other until a request goes to this host, and returns that request.
    pub(crate) fn say_until(&mut self, host: Host) -> Recorded {
        let end = Instant::now() + LIMIT;
        for number in 1.. {
            let request = self.say(&format!("message {number}"));
            if request.host == host {
                return request;
            }
            assert!(Instant::now() < end, "{number} messages later it still goes to {:?}", request.host);
        }
        unreachable!("the numbers do not end")
    }

    /// Sends a prompt whose script uses one tool, and waits for the request that contains this tool result.
    pub(crate) fn runs(&mut self, text: &str, result: &str) {
        self.enter(text);
        let brought = |request: &Recorded| is_turn(request) && carries(request, result);
        let request = self.rig.emulator.wait_for(LIMIT, brought);
        assert!(request.is_some(), "{text} did not give {result}:\n{}", self.terminal.screen());
        self.terminal.wait_for(&format!("Tool result: {result}"), LIMIT);
    }

    /// Runs a command that needs no model, waits until `answer` is on the screen, and returns the screen.
    /// Fails if there was a model request.
    pub(crate) fn command(&mut self, line: &str, answer: &str) -> String {
        let before = self.rig.turns().len();
        self.enter(line);
        let screen = self.terminal.wait_for(answer, LIMIT);
        assert_eq!(self.rig.turns().len(), before, "{line} took a turn of the model:\n{screen}");
        screen
    }

    /// Waits until the screen shows a message of the plugin, which may come after the model's answer, and
    /// returns the screen.
    pub(crate) fn is_told(&self, message: &str) -> String {
        self.terminal.wait_for(message, LIMIT)
    }

    /// Starts over with `/clear`, and waits until the earlier text `gone` is off the screen.
    pub(crate) fn clear(&mut self, gone: &str) {
        self.enter("/clear");
        self.terminal.wait_until("an empty transcript", LIMIT, |screen| {
            screen.contains("❯ /clear") && !screen.contains(gone)
        });
    }

    /// Switches the model with `/model`, which the client saves in the user's settings. Some versions ask
    /// for confirmation, and some print nothing afterwards.
    pub(crate) fn switches_to(&mut self, model: &str) {
        let line = format!("/model {model}");
        let file = self.rig.sandbox.home().join(".claude/settings.json");
        let saved = || std::fs::read_to_string(&file).is_ok_and(|text| text.contains(model));
        let answers = |screen: &str| {
            ["Set model to", "Kept model as"]
                .iter()
                .map(|answer| screen.matches(answer).count())
                .sum::<usize>()
        };
        let (was_saved, before) = (saved(), answers(&self.terminal.screen()));
        self.enter(&line);
        let asks = |screen: &str| screen.contains("Switch model?");
        let end = Instant::now() + LIMIT;
        loop {
            let screen = self.terminal.screen();
            if asks(&screen) {
                break;
            }
            if answers(&screen) > before || saved() && !was_saved {
                return;
            }
            assert!(Instant::now() < end, "{line} had no effect:\n{screen}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.terminal.type_keys("\r");
        // keys are lost before the prompt is back
        let at_prompt = |screen: &str| typed(screen).is_some_and(|typed| typed.trim().is_empty());
        self.terminal.wait_until("the prompt", LIMIT, |screen| !asks(screen) && at_prompt(screen));
    }

    /// Adds a rule in `/permissions` and saves it in the selected place: 1 is the local settings, 2 the
    /// project's, 3 the user's.
    pub(crate) fn allows(&mut self, rule: &str, place: usize) {
        self.enter("/permissions");
        let mut sees = |keys: &str, then: &str| {
            self.terminal.type_keys(keys);
            self.terminal.wait_for(then, LIMIT);
        };
        sees("", "Add a new rule");
        sees(DOWN, "Enter to select");
        sees("\r", "Add allow permission rule");
        sees(rule, &format!("│ {rule}"));
        sees("\r", "❯ 1. Project settings");
        (2..=place).for_each(|at| sees(DOWN, &format!("❯ {at}. ")));
        sees("\r", "Add a new rule");
        sees("\x1b", &format!("Added allow rule {rule}"));
    }

    /// Types a line while other things happen on the screen, until the screen shows one of `shown`. Keys may be
    /// lost during a redraw: the line is typed again until it is in the prompt box, and Enter is pressed again
    /// while it is there.
    pub(crate) fn enter_surely(&mut self, line: &str, shown: &[&str]) {
        const AGAIN: Duration = Duration::from_secs(2);
        let end = Instant::now() + LIMIT;
        let mut tried: Option<Instant> = None;
        let mut stood = false;
        loop {
            let screen = self.terminal.screen();
            if shown.iter().any(|text| screen.contains(text)) {
                return;
            }
            assert!(Instant::now() < end, "{line} did not bring {shown:?}:\n{screen}");
            let stands = typed(&screen).is_some_and(|typed| typed.contains(line));
            let enters = stands && !stood;
            stood |= stands;
            if enters || tried.is_none_or(|at| at.elapsed() > AGAIN) {
                match (stands, stood) {
                    (true, _) => self.terminal.type_keys("\r"),
                    // clear what is left of it first
                    (false, false) => self.terminal.type_keys(&format!("\x15{line}")),
                    (false, true) => {}
                }
                tried = Some(Instant::now());
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Types a line, waits until it is on the screen, and sends it: keys that arrive at once count as
    /// pasted.
    pub(crate) fn enter(&mut self, line: &str) {
        self.terminal.type_keys(line);
        self.terminal
            .wait_until(line, LIMIT, |screen| typed(screen).is_some_and(|typed| typed.contains(line)));
        self.terminal.type_keys("\r");
    }
}

/// The text in the prompt box, which is the last line that starts with the prompt sign.
fn typed(screen: &str) -> Option<&str> {
    screen.lines().filter_map(|line| line.trim_start().strip_prefix('❯')).next_back()
}

/// True if this is the user's last input.
fn carries(request: &Recorded, text: &str) -> bool {
    let body = request.json();
    let messages = body["messages"].as_array().map_or(&[][..], Vec::as_slice);
    let last = messages.iter().rfind(|message| message["role"] == "user");
    last.is_some_and(|message| message["content"].to_string().contains(text))
}

/// True if the greeting is below the last input. Earlier text scrolls off, so counting greetings on the
/// screen would not work.
fn answered(screen: &str, text: &str) -> bool {
    let start: String = text.chars().take(40).collect();
    let lines: Vec<&str> = screen.lines().collect();
    let said = lines
        .iter()
        .rposition(|line| line.trim_start().strip_prefix('❯').is_some_and(|said| said.contains(&start)));
    said.is_some_and(|said| lines[said..].iter().any(|line| line.contains(GREETING)))
}
