//! A headless Chromium, from `CF_AIG_CHROMIUM` or PATH.

use crate::client::run_for;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(90);
/// Hosts that the browser itself contacts for updates and the time; it cannot reach them.
const OWN: [&str; 3] = [".google.com", ".googleapis.com", ".gstatic.com"];
const NAMES: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Where the browser is.
#[derive(Debug, Clone)]
pub struct Browser {
    path: PathBuf,
}

/// How the browser rendered a page.
#[derive(Debug)]
pub struct Shown {
    /// The document after loading.
    pub dom: String,
    /// Lines of the console.
    pub console: Vec<String>,
    /// The network requests of the page.
    pub requests: Vec<String>,
}

impl Browser {
    /// Finds it.
    pub fn find() -> Option<Self> {
        let named = std::env::var_os("CF_AIG_CHROMIUM").map(PathBuf::from).filter(|path| path.is_file());
        let found = named.or_else(|| NAMES.iter().find_map(|name| crate::client::on_path(name)));
        found.map(|path| Self { path })
    }

    /// The same for a test marked `#[needs(browser)]`. Panics if there is none.
    pub fn needed() -> Self {
        Self::find().expect("no Chromium (set CF_AIG_CHROMIUM, or put chromium on PATH)")
    }

    /// Loads a file.
    pub fn dom(&self, file: &Path) -> Shown {
        let run = Run::new(self, file);
        let log = run.dir.path().join("net.json");
        let mut command = run.command;
        command
            .args(["--enable-logging=stderr", "--dump-dom"])
            .arg(format!("--log-net-log={}", log.display()))
            .arg(run.url);
        let ran = run_for(command, LIMIT);
        let console = ran.stderr.lines().filter(|line| is_of_the_page(line)).map(str::to_owned).collect();
        let log = std::fs::read_to_string(log).expect("the browser's log of the network");
        let urls = log.split("\"url\":\"").skip(1).filter_map(|rest| rest.split('"').next());
        let own =
            |url: &str| OWN.iter().any(|host| url.split('/').nth(2).is_some_and(|name| name.ends_with(host)));
        let requests = urls.filter(|url| (url.starts_with("http") || url.starts_with("ws")) && !own(url));
        let mut requests: Vec<String> = requests.map(str::to_owned).collect();
        requests.dedup();
        Shown { dom: ran.stdout, console, requests }
    }

    /// A picture (PNG) of a file, with a dark or light colour scheme.
    pub fn screenshot(&self, file: &Path, dark: bool) -> Vec<u8> {
        self.screenshot_sized(file, dark, 1100, 2200)
    }

    /// The same in a window of this size, in pixels.
    pub fn screenshot_sized(&self, file: &Path, dark: bool, width: u32, height: u32) -> Vec<u8> {
        let scheme = if dark { "0" } else { "1" };
        let setting = format!("--blink-settings=preferredColorScheme={scheme}");
        let window = format!("--window-size={width},{height}");
        self.make(file, "picture.png", &[&window, &setting], "--screenshot")
    }

    /// The file as printed.
    pub fn pdf(&self, file: &Path) -> Vec<u8> {
        self.make(file, "page.pdf", &["--no-pdf-header-footer"], "--print-to-pdf")
    }

    fn make(&self, file: &Path, name: &str, more: &[&str], how: &str) -> Vec<u8> {
        let run = Run::new(self, file);
        let out = run.dir.path().join(name);
        let mut command = run.command;
        command.args(more).arg(format!("{how}={}", out.display())).arg(run.url);
        let ran = run_for(command, LIMIT);
        std::fs::read(&out).unwrap_or_else(|_| panic!("no {name}: {ran:?}"))
    }
}

/// One run of the browser, with a temporary profile.
struct Run {
    dir: TempDir,
    command: Command,
    url: String,
}

impl Run {
    fn new(browser: &Browser, file: &Path) -> Self {
        let dir = tempfile::tempdir().expect("a folder for the browser");
        let mut command = Command::new(&browser.path);
        command.env_clear().env("HOME", dir.path()).env("LANG", "C.UTF-8");
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.arg(format!("--user-data-dir={}", dir.path().join("profile").display()));
        // its own sandbox needs more privileges than a test has; the page runs nothing and has no network
        command.args([
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--hide-scrollbars",
        ]);
        command.args(["--no-first-run", "--disable-background-networking", "--disable-component-update"]);
        command.args([
            "--disable-sync",
            "--disable-default-apps",
            "--disable-extensions",
            "--metrics-recording-only",
        ]);
        Self { dir, command, url: format!("file://{}", file.display()) }
    }
}

/// The red, green and blue of a picture's first pixel; `None` if it is not a picture.
pub fn first_pixel(picture: &[u8]) -> Option<[u8; 3]> {
    let mut reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info().ok()?;
    let row = reader.next_row().ok()??;
    row.data().first_chunk().copied()
}

/// A console message of the page; the browser's own pages write some on a slow machine.
fn is_of_the_page(line: &str) -> bool {
    line.contains(":CONSOLE") && !line.contains("source: chrome://")
}
