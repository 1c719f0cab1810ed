//! The real client sends what `explain` predicts: generated combinations of every source that can set a
//! variable, covering every pair of settings in every pair of sources.
//!
//! Each source has its own value, so the request shows which one won. The mod is a small one that belongs
//! to the test. The prediction also covers a client without a credential.
//! Every third combination is unusual: a subdirectory or a worktree, a file that is void or not UTF-8, a
//! number as a value, `CLAUDE_CODE_USE_GATEWAY`, a login, the Desktop app's variables, JSON for
//! `--settings`.
//! `CF_AIG_EXPLAIN_CASES=20` runs 20 combinations, `CF_AIG_EXPLAIN_SEED=7` others. 98 % must be exact, and
//! the rest is listed. Known differences: a mod with `CLAUDE_CODE_USE_GATEWAY`, and a login from the shell
//! in a client of the Desktop app (7 of 1000 with 2.1.332, seed 11).

mod cases;
mod listener;

use cases::{Case, Cell, Layout, Place, Writing};
use cf_aig::facts::claude_code::precedence::{
    API_KEY_HELPER, Credential, Prediction, Source, SourceKind, SourceValue, Surface, predict,
};
use cf_aig::services::client_files::{self, Folder};
use cf_aig::services::explain::{Sources, gather};
use cf_aig::system::env::ProcessEnv;
use cf_aig_harness::sandbox::feed;
use cf_aig_harness::{Client, Sandbox, namespace, needs, print_uncaptured};
use listener::{Listener, Seen};
use serde_json::{Map, Value, json};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// The default number of combinations; more than every pair needs.
const CASES: usize = 200;
/// Including those that unusual combinations replace.
const COVERING: usize = 300;
/// Concurrent clients: each keeps about one core busy.
const POOL: usize = 2;

#[test]
fn every_pair_of_places_and_settings_occurs_in_the_combinations() {
    let missing = cases::uncovered(&cases::generate(COVERING, 0));
    assert!(missing.is_empty(), "{} pairs, such as {:?}", missing.len(), missing.first());
}

#[needs(client)]
#[test]
fn the_predicted_request_is_the_one_that_the_client_sends() {
    let client = Client::needed();
    namespace::isolated(|| {
        let asked = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
        let (count, seed) = (asked("CF_AIG_EXPLAIN_CASES"), asked("CF_AIG_EXPLAIN_SEED"));
        let count = count.and_then(|n| usize::try_from(n).ok());
        let cases = cases::generate(count.unwrap_or(CASES), seed.unwrap_or_default());
        let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..POOL {
                scope.spawn(|| {
                    while let Some(case) = cases.get(next.fetch_add(1, Ordering::SeqCst)) {
                        if let Err(difference) = check(&client, case) {
                            wrong.lock().expect("no thread panicked").push(difference);
                        }
                    }
                });
            }
        });
        let wrong = wrong.into_inner().expect("no thread panicked");
        let report = format!("{} of {} wrong:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
        print_uncaptured(&format!("COUNTED {}", report.replace('\n', " | ")));
        // a few hundred combinations may have more of the known differences than a thousand
        let counted = wrong.iter().filter(|difference| cases.len() >= 1000 || !is_known(difference)).count();
        assert!(counted * 50 <= cases.len(), "{report}");
    });
}

/// True for the differences that the head of this file lists.
fn is_known(difference: &str) -> bool {
    let has = |text: &str| difference.contains(text);
    has("CLAUDE_CODE_USE_GATEWAY") && has("Mod ") || has("claude-desktop") && has("predicted NotLoggedIn")
}

/// One combination, set up on disk and in its own environment.
struct Scene {
    sandbox: Sandbox,
    listener: Listener,
    /// The value of `--settings`.
    flag: Option<String>,
    plugin: Option<PathBuf>,
    /// Where the client starts.
    folder: PathBuf,
}

fn check(client: &Client, case: &Case) -> Result<(), String> {
    let scene = Scene::new(case);
    let picture = scene.picture(case);
    let expected = expected(&picture);
    let mut command = client.command(&scene.sandbox);
    command.current_dir(&scene.folder);
    // a short request: the same headers with a quarter less work
    command.args(["-p", "hi", "--output-format", "json", "--tools", "", "--system-prompt", "x"]);
    if let Some(flag) = &scene.flag {
        command.arg("--settings").arg(flag);
    }
    if let Some(plugin) = &scene.plugin {
        command.arg("--plugin-dir").arg(plugin);
    }
    let seen = scene.listener.first(command);
    if seen != expected {
        return Err(format!("{case:?}\n  predicted {expected:?}\n  sent      {seen:?}"));
    }
    // the command itself sees everything except this test's mod
    if scene.plugin.is_none() {
        let mut args = vec!["explain".to_owned(), "--json".to_owned(), "--offline".to_owned()];
        if let Some(flag) = &scene.flag {
            args.extend(["--settings".to_owned(), flag.clone()]);
        }
        let mut command = scene.sandbox.command(scene.sandbox.cf_aig());
        command.args(&args).current_dir(&scene.folder);
        let ran = feed(command, b"");
        let said = ran.json()["request"]["goes_to"].as_str().unwrap_or_default().to_owned();
        if let Seen::Request { base, .. } = &seen
            && base.trim_start_matches("https://") != said.trim_start_matches("https://")
        {
            return Err(format!("{case:?}\n  explain said {said}\n  it went to   {base}"));
        }
    }
    Ok(())
}

/// The request that is predicted from the sources.
fn expected(picture: &Sources) -> Seen {
    let helper = || {
        let command = picture.value(API_KEY_HELPER, Surface::Session);
        let command = command.expect("a helper's output needs a helper");
        command.strip_prefix("echo ").expect("it is an echo").to_owned()
    };
    match predict(|name| picture.value(name, Surface::Session)) {
        Prediction::Sends(request) => {
            let value = |credential: Credential, scheme: &str| {
                credential.value.unwrap_or_else(|| format!("{scheme}{}", helper()))
            };
            Seen::Request {
                base: request.base_url.unwrap_or_else(|| "https://api.anthropic.com".to_owned()),
                path: "/v1/messages?beta=true".to_owned(),
                x_api_key: request.x_api_key.map(|c| value(c, "")),
                authorization: request.authorization.map(|c| value(c, "Bearer ")),
                custom: request
                    .headers
                    .into_iter()
                    .find(|(name, _)| name == "x-place")
                    .map(|(_, value)| value),
            }
        }
        Prediction::LoginOrNothing(_) => Seen::NotLoggedIn,
        Prediction::OtherProvider(name) => panic!("{name} is in no combination"),
        Prediction::Refuses(refusal) => panic!("{refusal:?} is in no combination"),
        Prediction::Tunnelled => panic!("a socket is in no combination"),
    }
}

impl Scene {
    fn new(case: &Case) -> Self {
        let listener = Listener::new();
        let mut sandbox = Sandbox::new(env!("CARGO_BIN_EXE_cf-aig"));
        let ca = sandbox.home().join("ca.pem");
        write(&ca, &listener.ca_pem());
        // behind a mod the client would use the proxy for http:// too
        sandbox
            .set("HTTPS_PROXY", listener.proxy())
            .set("NO_PROXY", "127.0.0.1")
            .set("NODE_EXTRA_CA_CERTS", ca.to_string_lossy());
        for (name, value) in values(case, Place::Shell, &listener) {
            sandbox.set(name, text_of(&value.expect("a shell has no unset cells")));
        }
        for (name, value) in &case.odd.shell {
            sandbox.set(name, *value);
        }
        let root = sandbox.home().parent().expect("a folder").to_owned();
        let (folder, of_root) = lay_out(case.odd.layout, &sandbox, &root);
        let files = [
            (Place::User, sandbox.home().join(".claude/settings.json")),
            (Place::Project, folder.join(".claude/settings.json")),
            (Place::Local, folder.join(".claude/settings.local.json")),
            (Place::Root, of_root.join(".claude/settings.local.json")),
            (Place::Flag, root.join("given.json")),
        ];
        let mut flag = None;
        for (place, path) in files {
            let Some(text) = settings(case, place, &listener) else { continue };
            if place == Place::Flag && case.odd.inline {
                flag = Some(text);
                continue;
            }
            let writing = case.odd.writing.iter().find(|(of, _)| *of == place).map(|(_, writing)| *writing);
            std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
            std::fs::write(&path, written(&text, writing)).expect("a file");
            if place == Place::Flag {
                flag = Some(path.to_string_lossy().into_owned());
            }
        }
        let plugin = mod_source(case, &listener).map(|source| {
            let dir = root.join("mod");
            write(&dir.join(".claude-plugin/plugin.json"), r#"{"name":"m"}"#);
            write(&dir.join("hooks/hooks.json"), r#"{"modules":["./m.js"],"hooks":{}}"#);
            write(&dir.join("hooks/m.js"), &source);
            dir
        });
        Self { sandbox, listener, flag, plugin, folder }
    }

    fn picture(&self, case: &Case) -> Sources {
        let env: ProcessEnv = self.sandbox.vars().iter().collect();
        let (project, given) = (Some(self.folder.as_path()), self.flag.as_deref());
        let files = client_files::read(&Folder { env: &env, project, given, managed: None });
        let sources = values(case, Place::Mod, &self.listener).into_iter().map(|(name, value)| match value {
            Some(value) => Source::new(name, SourceKind::Mod, text_of(&value)),
            None => Source { held: SourceValue::Unset, ..Source::new(name, SourceKind::Mod, "") },
        });
        gather(&env, project, &files, |picture| picture.sources.extend(sources))
    }
}

/// The folder where the client starts, and the root whose local settings may apply there.
fn lay_out(layout: Layout, sandbox: &Sandbox, root: &Path) -> (PathBuf, PathBuf) {
    let project = sandbox.project();
    let folders = |folder: PathBuf, of_root: PathBuf| {
        std::fs::create_dir_all(&folder).expect("a folder");
        (folder, of_root)
    };
    match layout {
        Layout::Plain => (project, root.join("elsewhere")),
        Layout::Subdirectory => {
            std::fs::create_dir_all(project.join(".git")).expect("a folder");
            folders(project.join("a/b"), project)
        }
        Layout::BelowHome => {
            std::fs::create_dir_all(sandbox.home().join(".git")).expect("a folder");
            folders(sandbox.home().join("work"), sandbox.home())
        }
        Layout::Worktree => {
            let (main, tree) = (root.join("main"), project.join(".git"));
            let admin = main.join(".git/worktrees/project");
            write(&tree, &format!("gitdir: {}\n", admin.display()));
            write(&admin.join("commondir"), "../..\n");
            write(&admin.join("gitdir"), &format!("{}\n", tree.display()));
            (project, main)
        }
    }
}

/// The bytes of a settings file.
fn written(text: &str, writing: Option<Writing>) -> Vec<u8> {
    let utf16 = |mark: [u8; 2], unit: fn(u16) -> [u8; 2]| {
        mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
    };
    let inner = text.strip_suffix('}').unwrap_or(text);
    let with = |member: &str| format!("{inner},{member}}}").into_bytes();
    match writing {
        None => text.as_bytes().to_vec(),
        Some(Writing::Utf16Le) => utf16([0xff, 0xfe], u16::to_le_bytes),
        Some(Writing::Utf16Be) => utf16([0xfe, 0xff], u16::to_be_bytes),
        Some(Writing::ByteOrderMark) => format!("\u{feff}{text}").into_bytes(),
        Some(Writing::StrayByte) => [inner.as_bytes(), b",\"x\":\"\xff\"}"].concat(),
        Some(Writing::Comment) => format!("// mine\n{text}").into_bytes(),
        Some(Writing::TrailingComma) => format!("{inner},}}").into_bytes(),
        Some(Writing::Void(member) | Writing::Beside(member)) => with(member),
    }
}

/// What a source sets in a combination; `None` unsets a variable.
fn values(case: &Case, place: Place, listener: &Listener) -> Vec<(&'static str, Option<Value>)> {
    let id = place.id();
    let mut values = Vec::new();
    for (name, cell) in case.variables(place) {
        let value = match cell {
            Cell::Absent => continue,
            Cell::Unset => None,
            Cell::Empty => Some(String::new()),
            Cell::Value if name == "ANTHROPIC_BASE_URL" => Some(format!("{}/{id}", listener.origin())),
            Cell::Slashes(count) => Some(format!("{}/{id}{}", listener.origin(), "/".repeat(count))),
            Cell::Value if name == "ANTHROPIC_CUSTOM_HEADERS" => Some(format!("x-place: {id}")),
            Cell::Value => Some(format!("{}-{id}", name.to_ascii_lowercase())),
            Cell::KeyLine => Some(format!("x-place: {id}\nX-Api-Key: line-{id}")),
            Cell::BearerLine => Some(format!("Authorization: Bearer line-{id}\nx-place: {id}")),
            Cell::Text(text) => Some(text.to_owned()),
            Cell::Json(text) => {
                values.push((name, serde_json::from_str(text).ok()));
                continue;
            }
        };
        values.push((name, value.map(Value::from)));
    }
    values
}

fn text_of(value: &Value) -> String {
    value.as_str().expect("a string").to_owned()
}

/// The settings file of a source; `None` if it is empty.
fn settings(case: &Case, place: Place, listener: &Listener) -> Option<String> {
    let env = values(case, place, listener).into_iter().map(|(name, value)| (name.to_owned(), json!(value)));
    let env: Map<String, Value> = env.collect();
    let mut file = Map::new();
    if !env.is_empty() {
        file.insert("env".to_owned(), Value::Object(env));
    }
    match case.helper(place) {
        Cell::Value => file.insert(API_KEY_HELPER.to_owned(), json!(format!("echo helper-{}", place.id()))),
        Cell::Empty => file.insert(API_KEY_HELPER.to_owned(), json!("")),
        _ => None,
    };
    (!file.is_empty()).then(|| Value::Object(file).to_string())
}

fn mod_source(case: &Case, listener: &Listener) -> Option<String> {
    let lines = values(case, Place::Mod, listener).into_iter().map(|(name, value)| {
        let value = value.map_or("undefined".to_owned(), |text| text.to_string());
        format!("await $.env.set('{name}', {value})\n")
    });
    let lines: String = lines.collect();
    let body = format!(
        "export function register(on) {{\non('session.start', async ($, e, next) => {{\n{lines}return next(e)\n}})\n}}\n"
    );
    (!lines.is_empty()).then_some(body)
}

fn write(path: &std::path::Path, text: &str) {
    std::fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    std::fs::write(path, text).expect("a file");
}
