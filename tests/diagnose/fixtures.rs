//! One line a fixture: what it must be diagnosed as.

use super::{diagnose, fixture};

#[test]
fn dump() {
    for dir in ["client", "log", "transcript", "stream", "curl", "body"] {
        let mut names: Vec<_> = std::fs::read_dir(fixture(dir)).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        for name in names {
            let report = diagnose(&std::fs::read(fixture(&format!("{dir}/{name}"))).unwrap());
            for (i, f) in report.findings.iter().enumerate() {
                println!("{} {:<44} {:<17} {:<28} {:<9} {}", if i == 0 {"#"} else {"+"}, if i == 0 {format!("{dir}/{name}")} else {String::new()}, f.speaker.id(), f.cause, f.confidence.id(), f.evidence.chars().take(150).collect::<String>());
            }
        }
    }
}
