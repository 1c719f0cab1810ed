//! An interactive program in a pseudo-terminal: types, and waits for the screen's content.

use portable_pty::{CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::process::Command;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

const SIZE: PtySize = PtySize { rows: 50, cols: 160, pixel_width: 0, pixel_height: 0 };

/// A running program with a screen.
pub struct Terminal {
    child: Box<dyn portable_pty::Child + Send + Sync>,
    keys: Box<dyn Write + Send>,
    screen: Arc<(Mutex<vt100::Parser>, Condvar)>,
    master: Box<dyn MasterPty + Send>,
    closed: Arc<(Mutex<bool>, Condvar)>,
}

impl Terminal {
    /// Starts the command with its environment and folder in a terminal of 160 by 50.
    pub fn start(command: &Command) -> Self {
        Self::start_sized(command, SIZE.cols, SIZE.rows)
    }

    /// The same in a terminal of this size.
    pub fn start_sized(command: &Command, cols: u16, rows: u16) -> Self {
        let size = PtySize { rows, cols, ..SIZE };
        let pair = native_pty_system().openpty(size).expect("a pseudo-terminal");
        let mut builder = CommandBuilder::new(command.get_program());
        builder.env_clear();
        builder.args(command.get_args());
        for (name, value) in command.get_envs() {
            if let Some(value) = value {
                builder.env(name, value);
            }
        }
        if let Some(dir) = command.get_current_dir() {
            builder.cwd(dir);
        }
        let child = pair.slave.spawn_command(builder).expect("the program starts");
        drop(pair.slave);
        let mut output = pair.master.try_clone_reader().expect("its output");
        let keys = pair.master.take_writer().expect("its keyboard");
        let screen = Arc::new((Mutex::new(vt100::Parser::new(rows, cols, 2000)), Condvar::new()));
        let shared = Arc::clone(&screen);
        let closed = Arc::new((Mutex::new(false), Condvar::new()));
        let ended = Arc::clone(&closed);
        std::thread::spawn(move || {
            let mut bytes = [0; 8192];
            while let Ok(count @ 1..) = output.read(&mut bytes) {
                shared.0.lock().unwrap_or_else(PoisonError::into_inner).process(&bytes[..count]);
                shared.1.notify_all();
            }
            *ended.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
            ended.1.notify_all();
        });
        Self { child, keys, screen, master: pair.master, closed }
    }

    /// Types text unchanged; Enter is `\r`.
    pub fn type_keys(&mut self, text: &str) {
        let _ = self.keys.write_all(text.as_bytes()).and_then(|()| self.keys.flush());
    }

    /// Types `text` and Enter once `question` is shown.
    pub fn answer(&mut self, question: &str, text: &str, limit: Duration) {
        self.wait_for(question, limit);
        self.type_keys(&format!("{text}\r"));
    }

    /// Types text once the program has asked this question and turned off echo: text typed earlier is
    /// shown, and dropped. The two happen in either order, and no event reports the second.
    #[cfg(unix)]
    pub fn answer_unseen(&mut self, question: &str, text: &str, limit: Duration) {
        self.wait_for(question, limit);
        let end = Instant::now() + limit;
        while self.echoes() {
            assert!(Instant::now() < end, "what is typed is still shown: {}", self.screen());
            std::thread::sleep(Duration::from_millis(1));
        }
        self.type_keys(text);
    }

    /// True while the terminal echoes input.
    #[cfg(unix)]
    fn echoes(&self) -> bool {
        /// ECHO of `termios.h`, the same on Linux, macOS and the BSDs.
        const ECHO: u64 = 0o10;
        let settings = self.master.get_termios().expect("the terminal's settings");
        u64::from(settings.local_flags.bits()) & ECHO != 0
    }

    /// The current screen.
    pub fn screen(&self) -> String {
        self.screen.0.lock().unwrap_or_else(PoisonError::into_inner).screen().contents()
    }

    /// Reads the screen with its colours.
    pub fn look<T>(&self, look: impl FnOnce(&vt100::Screen) -> T) -> T {
        look(self.screen.0.lock().unwrap_or_else(PoisonError::into_inner).screen())
    }

    /// Waits until the program has ended and all of its output is on the screen.
    pub fn wait_for_end(&mut self, limit: Duration) {
        let end = Instant::now() + limit;
        let mut closed = self.closed.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*closed {
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "the program did not end: {}", self.screen());
            closed = self.closed.1.wait_timeout(closed, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// The same with the escape sequences for colours.
    pub fn coloured(&self) -> String {
        let parser = self.screen.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&parser.screen().contents_formatted()).into_owned()
    }

    /// Waits until the screen satisfies `wanted`, and returns it. Panics with the screen if it does not.
    pub fn wait_until(&self, what: &str, limit: Duration, wanted: impl Fn(&str) -> bool) -> String {
        let end = Instant::now() + limit;
        let mut parser = self.screen.0.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            let shown = parser.screen().contents();
            if wanted(&shown) {
                return shown;
            }
            let left = end.saturating_duration_since(Instant::now());
            assert!(!left.is_zero(), "waited for {what}; the screen shows:\n{shown}");
            parser = self.screen.1.wait_timeout(parser, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until the screen shows this text.
    pub fn wait_for(&self, text: &str, limit: Duration) -> String {
        self.wait_until(text, limit, |shown| shown.contains(text))
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
