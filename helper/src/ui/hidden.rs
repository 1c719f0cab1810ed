//! Reads a line from the terminal without showing it.
//!
//! Ctrl-C, Ctrl-\ and Ctrl-Z act as they do at a visible prompt: the terminal gets its settings back, and
//! the whole foreground process group gets the signal, so that a calling script stops too.

/// Asks for a line that is not shown. The text has no line break; it may have other control characters.
///
/// # Errors
/// There is no terminal, or it cannot be read.
#[cfg(not(unix))]
pub(super) fn line(prompt: &str) -> std::io::Result<String> {
    rpassword::prompt_password(prompt)
}

#[cfg(unix)]
pub(super) use unix::line;

#[cfg(unix)]
mod unix {
    use rustix::process::{Signal, kill_current_process_group};
    use rustix::termios::{LocalModes, OptionalActions, SpecialCodeIndex, Termios, tcgetattr, tcsetattr};
    use std::fs::File;
    use std::io::{self, ErrorKind, Read, Write};

    /// Size limit of a line, in bytes.
    const MAX_LINE: usize = 64 << 10;

    /// The terminal without echo. Its settings come back when this value is dropped.
    struct Unseen {
        terminal: File,
        before: Termios,
    }

    /// How the input ended.
    enum Typed {
        Line(Vec<u8>),
        Signal(Signal),
    }

    /// Asks for a line that is not shown. The text has no line break; it may have other control characters.
    ///
    /// # Errors
    /// There is no terminal, it cannot be read, or the line is too long or not UTF-8.
    #[allow(clippy::exit)]
    pub(in crate::ui) fn line(prompt: &str) -> io::Result<String> {
        loop {
            let mut unseen = Unseen::open()?;
            unseen.terminal.write_all(prompt.as_bytes())?;
            let typed = unseen.read();
            let _ = unseen.terminal.write_all(b"\n");
            drop(unseen);
            match typed? {
                Typed::Line(text) => {
                    return String::from_utf8(text)
                        .map_err(|_| io::Error::new(ErrorKind::InvalidData, "the text is not UTF-8"));
                }
                Typed::Signal(signal) => {
                    kill_current_process_group(signal)?;
                    if signal != Signal::TSTP {
                        // only if the signal is ignored or still on its way
                        std::process::exit(128 + signal.as_raw());
                    }
                }
            }
        }
    }

    impl Unseen {
        fn open() -> io::Result<Self> {
            let terminal = File::options().read(true).write(true).open("/dev/tty")?;
            let before = tcgetattr(&terminal)?;
            let mut settings = before.clone();
            // without ICANON, because the kernel cuts an edited line at 4095 bytes (macOS: 1024); without ISIG,
            // because the signals would end the process before the settings are back
            settings.local_modes -=
                LocalModes::ECHO | LocalModes::ECHONL | LocalModes::ICANON | LocalModes::ISIG;
            settings.special_codes[SpecialCodeIndex::VMIN] = 1;
            settings.special_codes[SpecialCodeIndex::VTIME] = 0;
            tcsetattr(&terminal, OptionalActions::Now, &settings)?;
            Ok(Self { terminal, before })
        }

        /// True if the user's terminal settings give the key this meaning.
        fn means(&self, key: u8, index: SpecialCodeIndex) -> bool {
            // 0 (Linux) and 255 (BSD) mean that no key has it
            !matches!(key, 0 | 255) && key == self.before.special_codes[index]
        }

        /// Reads to the end of the line, byte by byte: what follows belongs to the next reader.
        fn read(&mut self) -> io::Result<Typed> {
            let mut line = Vec::new();
            let mut key = [0];
            loop {
                match self.terminal.read(&mut key) {
                    Ok(0) => return Ok(Typed::Line(line)),
                    Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                    read => read?,
                };
                match key[0] {
                    b'\r' | b'\n' => return Ok(Typed::Line(line)),
                    key if self.means(key, SpecialCodeIndex::VINTR) => return Ok(Typed::Signal(Signal::INT)),
                    key if self.means(key, SpecialCodeIndex::VQUIT) => {
                        return Ok(Typed::Signal(Signal::QUIT));
                    }
                    key if self.means(key, SpecialCodeIndex::VSUSP) => {
                        return Ok(Typed::Signal(Signal::TSTP));
                    }
                    key if self.means(key, SpecialCodeIndex::VEOF) => return Ok(Typed::Line(line)),
                    key if self.means(key, SpecialCodeIndex::VKILL) => line.clear(),
                    key if self.means(key, SpecialCodeIndex::VERASE) || matches!(key, 8 | 127) => {
                        erase(&mut line);
                    }
                    _ if line.len() == MAX_LINE => {
                        return Err(io::Error::new(ErrorKind::InvalidData, "the text is too long"));
                    }
                    key => line.push(key),
                }
            }
        }
    }

    impl Drop for Unseen {
        fn drop(&mut self) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
        }
    }

    /// Removes the last character, which may have several bytes.
    fn erase(line: &mut Vec<u8>) {
        while line.pop().is_some_and(|byte| byte & 0b1100_0000 == 0b1000_0000) {}
    }
}
