//! Every fixture gets the right speaker, cause and confidence, and the output contains no secret.

mod benign;
mod cases;
mod fixtures;
mod logs;
mod notation;
mod secrets;
mod sessions;
mod skill;
mod told_apart;
mod unrelated;
mod wrappings;

use std::path::{Path, PathBuf};

/// A fixture file.
fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/diagnose/fixtures").join(name)
}

/// The report of `diagnose` for some bytes.
fn diagnose(bytes: &[u8]) -> cf_aig::services::diagnose::Diagnosis {
    cf_aig::services::diagnose::read(bytes).expect("memory can be read")
}
