//! A malicious repository's `.git`: its configuration and its links.

use crate::Rig;
use cf_aig_harness::Sandbox;
use std::fs;
use std::path::PathBuf;

/// Runs git in the project and gives what it prints.
fn git(sandbox: &Sandbox, line: &str) -> String {
    let output = sandbox.command("git").args(line.split(' ')).output().unwrap();
    assert!(output.status.success(), "git {line}: {output:?}");
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

/// The project as a partial clone with a sparse index and a missing tree, which every command that expands the
/// index fetches. The transport is a program: the returned file tells that it ran.
fn partial_clone(rig: &Rig) -> PathBuf {
    let (sandbox, project) = (&rig.sandbox, rig.sandbox.project());
    for file in ["in/f", "out/deep/g"] {
        sandbox.write(&format!("project/{file}"), file);
    }
    for line in [
        "init -q",
        "config user.email a@example.com",
        "config user.name a",
        "add .",
        "commit -qm x",
        "sparse-checkout init --cone --sparse-index",
        "sparse-checkout set in",
    ] {
        git(sandbox, line);
    }
    let tree = git(sandbox, "rev-parse HEAD:out");
    fs::remove_file(project.join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    let ran = project.join("RAN");
    let remote = format!(
        "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tpartialClone = origin\n\
         [remote \"origin\"]\n\turl = \"ext::sh -c touch% {}\"\n\tpromisor = true\n[protocol \"ext\"]\n\tallow = always\n",
        ran.display()
    );
    let config = project.join(".git/config");
    fs::write(&config, fs::read_to_string(&config).unwrap() + &remote).unwrap();
    ran
}

#[test]
fn git_fetches_nothing_while_it_is_asked_about_a_file() {
    let rig = Rig::new();
    let ran = partial_clone(&rig);
    for command in
        ["setup --dry-run --scope local", "setup --yes --scope local --exclude", "doctor", "off --yes"]
    {
        rig.sandbox.run(command.split(' '));
        assert!(!ran.exists(), "{command}");
    }
    // the trap works: git itself falls into it
    _ = rig.sandbox.command("git").args(["ls-files", "--error-unmatch", "--", "out/deep/g"]).output();
    assert!(ran.exists());
}
