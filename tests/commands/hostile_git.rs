//! A malicious repository's `.git`: its configuration and its links.

use crate::Rig;
use cf_aig_harness::Sandbox;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

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

/// What is in a folder, with the content of every file.
fn all_in(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            found.extend(all_in(&entry.path()));
        } else {
            found.push((entry.path(), fs::read(entry.path()).unwrap_or_default()));
        }
    }
    found.sort();
    found
}

/// A link of the repository, and where it leads: out of it, or to a file that git ignores and a build publishes.
const LINKS: &[(&str, &str)] = &[
    (".claude/settings.local.json", "dist/app.json"),
    (".claude/settings.json", "dist/app.json"),
    (".claude", "dist"),
    (".claude/hooks/cf-aig-session-start.sh", "../outside/.zshenv"),
    (".claude/hooks/cf-aig-session-start.sh", ".git/hooks/post-checkout"),
    (".claude/hooks", "../outside"),
    (".git/info/exclude", "../outside/.bashrc"),
    (".git/info/exclude", "dist/exclude"),
    (".git/info", "../outside"),
];

#[test]
fn no_link_of_a_repository_chooses_what_setup_writes() {
    for (link, to) in LINKS {
        let rig = Rig::new();
        let project = rig.sandbox.project();
        git(&rig.sandbox, "init -q");
        rig.sandbox.write("project/dist/x", "");
        rig.sandbox.write("project/.git/info/exclude", "dist/\n");
        rig.sandbox.write("outside/x", "");
        let link = project.join(link);
        fs::create_dir_all(link.parent().unwrap()).unwrap();
        _ = fs::remove_file(&link);
        _ = fs::remove_dir_all(&link);
        symlink(project.join(to), &link).unwrap();
        let outside = project.parent().unwrap().join("outside");
        let state = || [all_in(&outside), all_in(&project.join("dist")), all_in(&project.join(".git/hooks"))];
        let before = state();
        for command in [
            "setup --yes --scope local",
            "setup --yes --scope local --exclude",
            "setup --yes --scope project --exclude",
            "setup --yes --scope project --without-token",
            "setup --yes --web",
            "setup --yes --statusline --scope local",
        ] {
            let ran = rig.sandbox.run(command.split(' '));
            assert_eq!(state(), before, "{} -> {to}: {command}: {ran:?}", link.display());
        }
    }
}

#[test]
fn the_name_of_a_folder_is_no_line_of_its_own_in_the_excludes() {
    let rig = Rig::new();
    git(&rig.sandbox, "init -q");
    let folder = rig.sandbox.project().join("a\n*");
    fs::create_dir(&folder).unwrap();
    let mut command = rig.sandbox.command(rig.sandbox.cf_aig());
    command.args(["setup", "--yes", "--scope", "local", "--exclude"]).current_dir(&folder);
    let ran = cf_aig_harness::sandbox::feed(command, b"");
    assert_ne!(ran.code, 0, "{ran:?}");
    let excludes = fs::read_to_string(rig.sandbox.project().join(".git/info/exclude")).unwrap_or_default();
    assert!(excludes.lines().all(|line| line.starts_with('#')), "{excludes}");
}
