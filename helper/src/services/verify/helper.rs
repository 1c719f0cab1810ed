//! `apiKeyHelper`: the user's command that prints the provider key, run as the client runs it.

use crate::base::error::{Error, Kind, Result};
use crate::base::secret::Secret;
use crate::facts::claude_code::precedence::{API_KEY_HELPER, ClientRequest, SourceKind as Place, Surface};
use crate::services::explain::Sources;
use crate::services::trust::Trust;
use crate::system::env::ProcessEnv;
use crate::ui::note;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Timeout of a helper.
const LIMIT: Duration = Duration::from_secs(10);
/// The pause between two looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(5);

/// True if the request contains the helper's output.
pub(super) fn needed(request: &ClientRequest) -> bool {
    [&request.x_api_key, &request.authorization].into_iter().flatten().any(|c| c.value.is_none())
}

/// Runs it. A command from a project's files is run only if Claude Code itself trusts the folder,
/// and is announced first.
///
/// # Errors
/// If the folder is not trusted, or the command prints no key.
pub(super) fn ask(env: &ProcessEnv, picture: &Sources) -> Result<Secret> {
    let source = picture.winner(API_KEY_HELPER, Surface::Session);
    let command = source.and_then(|source| source.text()).unwrap_or_default().to_owned();
    if let Some(source) = source.filter(|s| !matches!(s.kind, Place::User | Place::Managed | Place::Mod)) {
        // `.claude/settings.json`: the folder is two above the file
        let file = source.file.as_deref().unwrap_or(Path::new(""));
        let folder = file.parent().and_then(Path::parent);
        if !folder.is_some_and(|folder| Trust::read(env).covers(folder)) {
            return Err(Error::new(
                Kind::Auth,
                format!(
                    "apiKeyHelper is set in {}, and Claude Code does not trust this folder, so its command is not run",
                    file.display()
                ),
            )
            .hinted("start Claude Code here and accept its trust dialog, or set ANTHROPIC_API_KEY"));
        }
        note(format!("running apiKeyHelper from {}; Claude Code trusts this folder", file.display()));
    }
    let printed = run(&command, LIMIT)?;
    if printed.fits_a_header() {
        return Ok(printed);
    }
    Err(Error::new(Kind::Auth, "the output of apiKeyHelper is not valid in an HTTP header"))
}

fn run(command: &str, limit: Duration) -> Result<Secret> {
    let failed = |message: &str| {
        Error::new(Kind::Auth, message).hinted("run its command yourself and see what it prints")
    };
    // never use a `sh` from a folder on the search path: it may contain `.`
    let (shell, flag) = if cfg!(windows) { ("cmd", "/C") } else { ("/bin/sh", "-c") };
    let mut child = Command::new(shell)
        .args([flag, command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| failed("apiKeyHelper could not be started").caused_by(error))?;
    let end = Instant::now() + limit;
    let (done, printed) = channel();
    if let Some(mut output) = child.stdout.take() {
        std::thread::spawn(move || {
            let mut text = String::new();
            let _ = output.read_to_string(&mut text);
            // the caller may have given up
            let _ = done.send(text);
        });
    }
    let text = printed.recv_timeout(limit).unwrap_or_default();
    // it may have closed its output and still be running
    let status = loop {
        match child.try_wait() {
            Ok(None) if Instant::now() < end => std::thread::sleep(PAUSE),
            status => break status.ok().flatten(),
        }
    };
    let Some(status) = status else {
        let _ = child.kill();
        let _ = child.wait();
        return Err(failed(&format!("apiKeyHelper did not end within {} s", limit.as_secs())));
    };
    let key = Secret::new(text).filter(|_| status.success());
    key.ok_or_else(|| failed("apiKeyHelper printed no key"))
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    #[test]
    fn a_command_that_closes_its_output_and_goes_on_is_not_waited_for() {
        use super::{Duration, Instant, run};
        let started = Instant::now();
        let printed = run("echo key; exec >&-; exec sleep 5", Duration::from_millis(200));
        assert!(printed.unwrap_err().message.contains("did not end"));
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    }
}
