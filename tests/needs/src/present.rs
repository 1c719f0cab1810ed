//! What is present on this machine, asked once for each test target that is compiled.

use std::collections::HashMap;
use std::env::{split_paths, var, var_os};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The variables on which the answer for this word depends.
pub(crate) fn variables(word: &str) -> Vec<String> {
    let mut names = vec!["PATH".to_owned()];
    if let Some(variable) = variable(word) {
        names.push(variable.to_owned());
        names.extend(required(variable));
    }
    names
}

/// The sentence that says what is missing, if it is.
pub(crate) fn missing(word: &str) -> Option<String> {
    static KNOWN: Mutex<Option<HashMap<String, Option<String>>>> = Mutex::new(None);
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.get_or_insert_default().entry(word.to_owned()).or_insert_with(|| look_for(word)).clone()
}

fn look_for(word: &str) -> Option<String> {
    if variable(word).is_some_and(|name| required(name).iter().any(|name| var_os(name).is_some())) {
        return None;
    }
    let (is_present, why) = match word {
        "client" => (client().is_some(), "no Claude Code client (set CF_AIG_CLIENT, or put claude on PATH)"),
        "browser" => (
            has_file("CF_AIG_CHROMIUM")
                || ["chromium", "chromium-browser", "google-chrome"].iter().any(|n| on_path(n)),
            "no Chromium (set CF_AIG_CHROMIUM, or put chromium on PATH)",
        ),
        "mounts" => (
            runs("unshare", &["-m", "true"]) || runs("unshare", &["-rm", "true"]),
            "no private mounts (unshare --mount)",
        ),
        "networks" => (
            runs("unshare", &["-n", "true"]) || runs("unshare", &["-rn", "true"]),
            "no private networks (unshare --net)",
        ),
        "shim" => (has_shim(), "no C compiler, or no leave to filter system calls"),
        "checkout" => (
            runs("git", &["-C", env!("CARGO_MANIFEST_DIR"), "rev-parse", "--git-dir"]),
            "this is not a git checkout",
        ),
        "privileges" => (
            !is_root() || runs("setpriv", &["--bounding-set", "-dac_override,-dac_read_search", "true"]),
            "root without setpriv",
        ),
        "chown" => (is_root(), "only root can give a file to someone else"),
        "manual" => (renders_manuals(), "man cannot render a file"),
        "names" => (has_own_names(), "no private namespaces for an own name server (unshare --mount --net)"),
        "dotenv" => (runs("python3", &["-c", "import dotenv"]), "python3 has no python-dotenv"),
        "void_settings" => (
            client().is_some_and(|client| runs("grep", &["-qaF", "These settings did not load", &client])),
            "no Claude Code client that lists the settings that it did not load",
        ),
        name if variable(name).is_some() => {
            return var_os(name).is_none().then(|| format!("{name} is not set"));
        }
        name => return (!on_path(name)).then(|| format!("no {name} on PATH")),
    };
    (!is_present).then(|| why.to_owned())
}

/// The variable behind a word.
fn variable(word: &str) -> Option<&str> {
    match word {
        "client" | "void_settings" => Some("CF_AIG_CLIENT"),
        "browser" => Some("CF_AIG_CHROMIUM"),
        name if name.starts_with("CF_AIG_") => Some(name),
        _ => None,
    }
}

/// The variables that demand it: `CF_AIG_CLIENT_REQUIRED` is also for `CF_AIG_CLIENT_OLD`.
fn required(variable: &str) -> Vec<String> {
    let bases = ["CF_AIG_CLIENT", "CF_AIG_SDK", "CF_AIG_PULUMI"];
    bases.iter().filter(|base| variable.starts_with(**base)).map(|base| format!("{base}_REQUIRED")).collect()
}

fn has_file(variable: &str) -> bool {
    var(variable).is_ok_and(|path| Path::new(&path).is_file())
}

fn client() -> Option<String> {
    let named = has_file("CF_AIG_CLIENT").then(|| var("CF_AIG_CLIENT").unwrap_or_default());
    named.or_else(|| Some(found("claude")?.to_string_lossy().into_owned()))
}

fn on_path(program: &str) -> bool {
    found(program).is_some()
}

fn found(program: &str) -> Option<PathBuf> {
    let path = var_os("PATH").unwrap_or_default();
    let files = split_paths(&path).map(|folder| folder.join(program));
    files.flat_map(|file| [file.with_extension("exe"), file]).find(|file| file.is_file())
}

/// As `namespace::isolated_with_own_names` of the harness: a private file in place of `/etc/resolv.conf`.
fn has_own_names() -> bool {
    let replace = "mount --bind /dev/null /etc/resolv.conf";
    let flags = if is_root() { "-mn" } else { "-rmn" };
    runs("unshare", &[flags, "sh", "-c", replace])
}

fn runs(program: &str, args: &[&str]) -> bool {
    quiet(Command::new(program).args(args))
}

fn quiet(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n")
}

/// Builds the shim as the tests do and runs a program with it.
fn has_shim() -> bool {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return false;
    }
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../safety/shim.c");
    let library = std::env::temp_dir().join(format!("cf-aig-needs-{}.so", std::process::id()));
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(source).arg("-ldl");
    let mut probe = Command::new("/bin/true");
    probe.env("LD_PRELOAD", &library).env("CF_AIG_FAULT", "0 before");
    let works = quiet(&mut cc) && quiet(&mut probe);
    let _ = std::fs::remove_file(library);
    works
}

/// Some systems without manual pages replace `man` with a program that only says so.
fn renders_manuals() -> bool {
    let page = std::env::temp_dir().join(format!("cf-aig-needs-{}.1", std::process::id()));
    let written = std::fs::write(&page, ".TH X 1\n.SH NAME\nx - y\n").is_ok();
    let shown = Command::new("man").args(["-E", "UTF-8", "-l"]).arg(&page).stderr(Stdio::null()).output();
    let _ = std::fs::remove_file(page);
    written && shown.is_ok_and(|shown| String::from_utf8_lossy(&shown.stdout).contains("NAME"))
}
