//! A thread with its own runtime, which ends with its owner.

use std::io;
use std::thread::JoinHandle;

use tokio::sync::oneshot;

/// Dropping it ends the runtime, and with it every task and its sockets.
pub(crate) struct Background {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Background {
    /// Runs `start` inside the runtime; what it spawns lives until the drop.
    pub(crate) fn run(name: &str, start: impl FnOnce() + Send + 'static) -> io::Result<Background> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
            runtime.block_on(async move {
                start();
                let _ = stopped.await;
            });
        })?;
        Ok(Background { stop: Some(stop), thread: Some(thread) })
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}
