//! `apiKeyHelper`: the user's own command that prints the provider's key, run as the client runs it.

use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::claude_code::precedence::{API_KEY_HELPER, Kind as Place, Request, Surface};
use crate::services::explain::Picture;
use std::io::Read;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

/// The longest that a helper may take.
const LIMIT: Duration = Duration::from_secs(10);

/// True when the request carries what the helper prints.
pub(super) fn needed(request: &Request) -> bool {
    [&request.x_api_key, &request.authorization].into_iter().flatten().any(|c| c.value.is_none())
}

/// Runs it. A helper that a project's own file names is not run: the client asks for trust first, and
/// this command cannot.
pub(super) fn ask(picture: &Picture) -> Result<Secret> {
    let source = picture.winner(API_KEY_HELPER, Surface::Session);
    let command = source.and_then(|source| source.text()).unwrap_or_default().to_owned();
    if source.is_some_and(|source| source.kind == Place::Project) {
        return Err(Error::new(
            Kind::Auth,
            "apiKeyHelper stands in the project's settings, and a project's command is not run from here",
        )
        .hinted("set ANTHROPIC_API_KEY for this one command"));
    }
    let printed = run(&command)
        .ok_or_else(|| Error::new(Kind::Auth, "apiKeyHelper printed no key").hinted("run it yourself"))?;
    if printed.fits_a_header() {
        return Ok(printed);
    }
    Err(Error::new(Kind::Auth, "what apiKeyHelper printed fits no header"))
}

fn run(command: &str) -> Option<Secret> {
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("sh", "-c") };
    let mut child = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut output = child.stdout.take()?;
    let (done, printed) = channel();
    std::thread::spawn(move || {
        let mut text = String::new();
        let _ = output.read_to_string(&mut text);
        // whoever waits may have given up
        let _ = done.send(text);
    });
    let text = printed.recv_timeout(LIMIT);
    if text.is_err() {
        let _ = child.kill();
    }
    let ended_well = child.wait().is_ok_and(|status| status.success());
    text.ok().filter(|_| ended_well).and_then(Secret::new)
}
