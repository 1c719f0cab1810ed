//! Properties of any input, shared by the fuzz targets and by the tests that replay the corpus.

use cf_aig::base::redact;
use cf_aig::base::secret::Secret;
use cf_aig::facts::claude_code::headers;
use cf_aig::facts::gateway::auth::{
    self, AuthMode, Credentials, GatewayToken, is_our_header, token_in_headers,
};
use cf_aig::facts::gateway::{GatewayUrl, HostPolicy};
use cf_aig::services::costs::period::Period;
use cf_aig::services::costs::transcripts::Transcripts;
use cf_aig::services::settings_files::{Document, Edit};
use cf_aig::services::{diagnose, env_file};

/// A property. It panics if the input violates it.
pub type Property = fn(&[u8]);

/// Every property, by the name of its target and of its corpus folder.
pub const PROPERTIES: &[(&str, Property)] = &[
    ("settings", settings),
    ("diagnose", diagnose),
    ("env_file", env_file),
    ("transcripts", transcripts),
    ("url", url),
    ("redact", redact),
    // last: every token that it finds is a known secret from then on, which the others would have to hide
    ("headers", headers),
];

/// An edited file contains what the edits say, and the client would accept it.
pub fn settings(data: &[u8]) {
    let Ok(document) = Document::parse(data) else { return };
    let edits = [
        Edit::set_env("ANTHROPIC_BASE_URL", "https://gateway.example/anthropic"),
        Edit::set_secret("ANTHROPIC_CUSTOM_HEADERS", "cf-aig-authorization: Bearer t"),
    ];
    let Ok(change) = document.plan(&edits) else { return };
    let after = change.after().expect("the edits add something");
    let new = Document::parse(after.as_bytes()).expect("the client takes the new text");
    assert_eq!(new.variable("ANTHROPIC_BASE_URL").as_deref(), Some("https://gateway.example/anthropic"));
    let shown = change.diff("settings.json");
    assert!(!shown.contains("Bearer t"), "the diff shows a secret");
}

/// The user's header lines survive except for credentials of other services, ours are recognized, and no
/// line is added or broken. Finding their mistakes does not panic.
pub fn headers(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let refused = headers::sent(&text).is_none();
    assert_eq!(refused, headers::mistakes(&text).iter().any(|one| one.mistake == headers::Mistake::BadName));
    let _ = token_in_headers(&text);
    let token = Secret::new("fuzz-token-value");
    let with = Credentials {
        gateway_token: token.as_ref().map(GatewayToken::Held),
        metadata: None,
        custom_headers: Some(&text),
        carry: &[],
    };
    let text_of_url = "https://gateway.ai.cloudflare.com/v1/0123456789abcdef0123456789abcdef/dev/anthropic";
    let url = GatewayUrl::parse(text_of_url, &HostPolicy::default()).expect("a gateway URL");
    let route = auth::environment(AuthMode::OwnKey, &url, with).expect("a token is there");
    let written =
        route.set.iter().find(|(name, _)| *name == auth::CUSTOM_HEADERS).expect("headers").1.reveal();
    let left_out = |line: &str| {
        let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
        route.left_out.contains(&name)
    };
    for line in text.lines().filter(|line| !is_our_header(line) && !left_out(line)) {
        assert!(
            written.lines().any(|kept| kept.trim() == line.trim()),
            "a line of the user's is lost: {line:?}"
        );
    }
    assert_eq!(token_in_headers(written).as_ref().map(Secret::reveal), Some("fuzz-token-value"));
}

/// Any evidence gives at least one finding, and a report that can be written.
pub fn diagnose(data: &[u8]) {
    let report = diagnose::read(data).expect("reading from memory does not fail");
    let _ = report.first();
    assert!(!report.text().is_empty());
}

/// The block can be removed again, and everything else stays byte for byte.
pub fn env_file(data: &[u8]) {
    if env_file::has_block(data) {
        return;
    }
    let with = env_file::with_block(data, Some("export A=1\n"));
    assert!(env_file::has_block(&with));
    assert_eq!(env_file::with_block(&with, Some("export A=1\n")), with, "twice is as once");
    assert_eq!(env_file::with_block(&with, None), data);
}

/// A transcript of any bytes is read to its end.
pub fn transcripts(data: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let project = folder.path().join("projects/p");
    std::fs::create_dir_all(&project).expect("a folder");
    std::fs::write(project.join("s.jsonl"), data).expect("a file");
    let period = Period::parse("7d", None, jiff::Timestamp::UNIX_EPOCH).expect("a period");
    let _ = Transcripts::read(folder.path(), &period);
}

/// A valid gateway URL stays the same when it is written and parsed again.
pub fn url(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let policy = HostPolicy::default();
    let _ = cf_aig::facts::gateway::url::inspect(&text, &policy);
    if let Ok(url) = GatewayUrl::parse(&text, &policy) {
        let again = GatewayUrl::parse(&url.to_string(), &policy).expect("its own text is one too");
        assert_eq!(url, again);
    }
}

/// Redacting twice changes nothing more, and output contains no control characters.
pub fn redact(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let once = redact::redact(&text);
    assert!(!once.chars().any(char::is_control), "{once:?}");
    let shown = redact::output(&text);
    assert_eq!(redact::output(&shown), shown);
}
