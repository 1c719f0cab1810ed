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
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

/// Timeout of a helper.
const LIMIT: Duration = Duration::from_secs(10);
/// The pause between two looks whether it has ended.
const PAUSE: Duration = Duration::from_millis(5);
/// How long the output is still read after its last text, if the command has ended and a background child
/// keeps the output open.
const QUIET: Duration = Duration::from_millis(250);
/// Bytes of output: more than any key has.
const MOST: usize = 64 << 10;

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
    let mut shell = Command::new(shell);
    shell.args([flag, command]).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    // so that its children can be ended with it
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    let mut child =
        shell.spawn().map_err(|error| failed("apiKeyHelper could not be started").caused_by(error))?;
    let end = Instant::now() + limit;
    let printed = pieces(child.stdout.take());
    let mut text = Vec::new();
    let status = loop {
        let status = child.try_wait().ok().flatten();
        let left = end.saturating_duration_since(Instant::now());
        let wait = match status {
            None => PAUSE,
            Some(_) if text.is_empty() => left,
            Some(_) => QUIET,
        };
        match printed.recv_timeout(wait.min(left)) {
            Ok(piece) => text.extend(piece),
            Err(_) if status.is_some() => break status,
            // it has closed its output and is still running
            Err(RecvTimeoutError::Disconnected) => std::thread::sleep(PAUSE),
            Err(RecvTimeoutError::Timeout) => {}
        }
        if left.is_zero() || text.len() > MOST {
            break status;
        }
    };
    if status.is_none() {
        stop(&mut child);
    }
    if text.len() > MOST {
        return Err(failed(&format!("apiKeyHelper printed more than {} KiB", MOST >> 10)));
    }
    let Some(status) = status else {
        return Err(failed(&format!("apiKeyHelper did not end within {} s", limit.as_secs())));
    };
    let key = Secret::new(String::from_utf8(text).unwrap_or_default()).filter(|_| status.success());
    key.ok_or_else(|| failed("apiKeyHelper printed no key"))
}

/// What a command prints, as it arrives; at most one byte more than [`MOST`].
fn pieces(output: Option<ChildStdout>) -> Receiver<Vec<u8>> {
    let (sender, pieces) = channel();
    if let Some(output) = output {
        std::thread::spawn(move || {
            let mut output = output.take(MOST as u64 + 1);
            let mut piece = [0; 4 << 10];
            while let Ok(read @ 1..) = output.read(&mut piece) {
                if sender.send(piece[..read].to_vec()).is_err() {
                    // the caller has given up
                    break;
                }
            }
        });
    }
    pieces
}

/// Ends a command that is still running; on Unix, with its children.
fn stop(child: &mut Child) {
    #[cfg(unix)]
    let _ = rustix::process::kill_process_group(
        rustix::process::Pid::from_child(child),
        rustix::process::Signal::KILL,
    );
    let _ = child.kill();
    let _ = child.wait();
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_closes_its_output_and_goes_on_is_not_waited_for() {
        let started = Instant::now();
        let printed = run("echo key; exec >&-; exec sleep 5", Duration::from_millis(200));
        assert!(printed.unwrap_err().message.contains("did not end"));
        assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    }

    #[test]
    fn a_background_child_does_not_take_the_key_with_it() {
        let started = Instant::now();
        assert_eq!(run("sleep 9 & echo key", LIMIT).unwrap().reveal(), "key");
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
    }

    #[test]
    fn output_without_an_end_is_not_read() {
        let printed = run("yes", LIMIT).unwrap_err();
        assert_eq!(printed.message, "apiKeyHelper printed more than 64 KiB");
    }

    #[test]
    fn a_command_that_is_ended_takes_its_children_with_it() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("made");
        let command = format!("(sleep 1; echo > '{}') & wait", file.display());
        assert!(run(&command, Duration::from_millis(200)).unwrap_err().message.contains("did not end"));
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!file.exists());
    }
}
