//! What the echo and its connections share: the script, and what happened since it began.

use super::http::Arrived;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a stream waits until its first events have arrived at the other end.
const PATIENCE: Duration = Duration::from_secs(2);

/// How it responds to a model request. Other paths have fixed responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EchoScript {
    /// A complete message.
    #[default]
    Whole,
    /// The stream of [`super::super::stream_script`].
    Stream,
    /// This error.
    Refuse(&'static EchoRefusal),
}

/// An error as Anthropic sends it.
#[derive(Debug, PartialEq, Eq)]
pub struct EchoRefusal {
    /// HTTP status.
    pub status: u16,
    /// Headers besides `content-type`.
    pub headers: &'static [(&'static str, &'static str)],
    /// The body.
    pub body: &'static str,
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) state: Mutex<EchoState>,
    pub(super) changed: Condvar,
}

#[derive(Debug, Default)]
pub(super) struct EchoState {
    pub(super) script: EchoScript,
    pub(super) arrived: Vec<Arrived>,
    /// How many of the awaited events arrived at the other end.
    pub(super) seen: usize,
    /// How many events of the stream were sent, and how many when the first arrived.
    pub(super) sent: usize,
    pub(super) first_seen: Option<usize>,
}

impl Shared {
    pub(super) fn lock(&self) -> MutexGuard<'_, EchoState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until this many awaited events have arrived, or until a timeout. If the first one does
    /// not arrive in time, later ones are not awaited.
    pub(super) fn wait_for(&self, count: usize) {
        let state = self.lock();
        let enough = if state.seen + 1 < count { 1 } else { count };
        let waits = |state: &mut EchoState| state.seen < enough;
        drop(self.changed.wait_timeout_while(state, PATIENCE, waits));
    }
}
