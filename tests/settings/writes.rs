//! The old file or the new one, never less.
#![cfg(unix)]

use cf_aig_harness::needs;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use cf_aig::services::settings_files::write::{self, FileMode, WriteError};
use cf_aig::services::settings_files::{Document, Edit, EditableFile};
use tempfile::TempDir;

use crate::child;

const OLD: &str = "{\n  \"model\": \"opus\"\n}\n";

fn target(path: &Path) -> EditableFile {
    EditableFile::resolve(path).expect("it resolves")
}

fn folder_with(text: &str) -> (TempDir, PathBuf) {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("settings.json");
    fs::write(&path, text).expect("a file");
    (dir, path)
}

fn names(dir: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(dir)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("a file").permissions().mode() & 0o7777
}

fn chmod(path: &Path, bits: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).expect("chmod");
}

/// Plans and writes one edit, as every command does.
fn edit(path: &Path, edit: Edit) -> Result<(), WriteError> {
    let target = EditableFile::resolve(path)?;
    let document = match target.read()? {
        Some(bytes) => Document::parse(&bytes).expect("valid"),
        None => Document::absent(),
    };
    write::apply(&target, &document.plan(&[edit]).expect("a plan"))
}

fn is_root(dir: &Path) -> bool {
    fs::metadata(dir).expect("a folder").uid() == 0
}

#[test]
fn a_file_is_replaced_and_nothing_is_left_beside_it() {
    let (dir, path) = folder_with(OLD);
    edit(&path, Edit::set_env("K", "v")).expect("written");
    let expected = "{\n  \"model\": \"opus\",\n  \"env\": {\n    \"K\": \"v\"\n  }\n}\n";
    assert_eq!(fs::read_to_string(&path).expect("a file"), expected);
    assert_eq!(names(dir.path()), ["settings.json"]);
}

#[test]
fn a_missing_file_is_created_with_its_folder() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("project/.claude/settings.local.json");
    edit(&path, Edit::set_env("K", "v")).expect("written");
    assert_eq!(names(&dir.path().join("project/.claude")), ["settings.local.json"]);
    assert_ne!(mode(&path) & 0o400, 0);
}

#[test]
fn a_file_that_holds_a_secret_is_private() {
    let (dir, path) = folder_with(OLD);
    for (before, after) in [(0o664, 0o600), (0o755, 0o700), (0o400, 0o400)] {
        chmod(&path, before);
        edit(&path, Edit::set_secret("T", &format!("{before}"))).expect("written");
        assert_eq!(mode(&path), after);
    }
    let new = dir.path().join("new.json");
    edit(&new, Edit::set_secret("T", "s3cret")).expect("written");
    assert_eq!(mode(&new), 0o600);
}

#[test]
fn a_secret_that_is_there_already_still_makes_the_file_private() {
    let (_dir, path) = folder_with("{\"env\":{\"T\":\"s3cret\"}}");
    chmod(&path, 0o644);
    edit(&path, Edit::set_secret("T", "s3cret")).expect("written");
    assert_eq!(mode(&path), 0o600);
}

#[test]
fn mode_and_owner_are_kept() {
    let (dir, path) = folder_with(OLD);
    if is_root(dir.path()) {
        std::os::unix::fs::chown(&path, Some(1234), Some(5678)).expect("root may");
    }
    chmod(&path, 0o640);
    let before = fs::metadata(&path).expect("a file");
    edit(&path, Edit::set_env("K", "v")).expect("written");
    let after = fs::metadata(&path).expect("a file");
    assert_eq!((after.uid(), after.gid(), after.mode()), (before.uid(), before.gid(), before.mode()));
    assert_ne!(after.ino(), before.ino());
}

#[test]
fn a_chain_of_symlinks_is_kept_and_its_end_is_written() {
    let (dir, _) = folder_with(OLD);
    let dots = dir.path().join("dotfiles/claude");
    fs::create_dir_all(&dots).expect("folders");
    fs::write(dots.join("real.json"), OLD).expect("a file");
    symlink("real.json", dots.join("alias.json")).expect("a link");
    let home = dir.path().join("home");
    fs::create_dir(&home).expect("a folder");
    symlink("../dotfiles/claude", home.join(".claude-dots")).expect("a link");
    symlink(".claude-dots/alias.json", home.join("settings.json")).expect("a link");

    let path = home.join("settings.json");
    edit(&path, Edit::set_env("K", "v")).expect("written");
    assert!(fs::symlink_metadata(&path).expect("a link").is_symlink());
    assert!(fs::symlink_metadata(dots.join("alias.json")).expect("a link").is_symlink());
    assert!(fs::read_to_string(dots.join("real.json")).expect("a file").contains("\"K\": \"v\""));
    assert_eq!(names(&dots), ["alias.json", "real.json"]);
    assert_eq!(target(&path).path(), fs::canonicalize(dots.join("real.json")).expect("a file"));
    assert_eq!(target(&path).given(), path);
}

#[test]
fn a_link_to_a_file_that_is_not_there_creates_that_file() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("settings.json");
    symlink("real.json", &path).expect("a link");
    edit(&path, Edit::set_env("K", "v")).expect("written");
    assert!(fs::symlink_metadata(&path).expect("a link").is_symlink());
    assert_eq!(names(dir.path()), ["real.json", "settings.json"]);
}

#[test]
fn links_that_lead_nowhere_are_refused() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("settings.json");
    symlink("not-mounted/settings.json", &path).expect("a link");
    assert!(matches!(EditableFile::resolve(&path), Err(WriteError::Dangling { .. })));
    let circle = dir.path().join("circle.json");
    symlink("circle.json", &circle).expect("a link");
    assert!(matches!(EditableFile::resolve(&circle), Err(WriteError::Loop { .. })));
}

#[test]
fn a_folder_or_a_pipe_in_the_place_of_the_file_is_refused() {
    let dir = TempDir::new().expect("a folder");
    let path = dir.path().join("settings.json");
    fs::create_dir(&path).expect("a folder");
    assert!(matches!(target(&path).read(), Err(WriteError::NotAFile { .. })));
    let written = write::put(&target(&path), None, Some(b"{}"), FileMode::Keep);
    assert!(matches!(written, Err(WriteError::NotAFile { .. })), "{written:?}");

    let below = dir.path().join("file");
    fs::write(&below, "x").expect("a file");
    let resolved = EditableFile::resolve(&below.join("settings.json")).and_then(|target| target.read());
    assert!(matches!(resolved, Err(WriteError::NotAFile { .. })), "{resolved:?}");
    assert_eq!(names(dir.path()), ["file", "settings.json"]);
}

#[test]
fn a_file_that_changed_since_the_plan_is_not_written() {
    let (dir, path) = folder_with(OLD);
    let target = target(&path);
    let change =
        Document::parse(OLD.as_bytes()).expect("valid").plan(&[Edit::set_env("K", "v")]).expect("a plan");
    for theirs in [Some("{}"), None] {
        match theirs {
            Some(text) => fs::write(&path, text).expect("a file"),
            None => fs::remove_file(&path).expect("a file"),
        }
        assert!(matches!(write::apply(&target, &change), Err(WriteError::Changed { .. })));
        assert_eq!(fs::read_to_string(&path).ok().as_deref(), theirs);
    }
    let created = Document::absent().plan(&[Edit::set_env("K", "v")]).expect("a plan");
    fs::write(&path, OLD).expect("a file");
    assert!(matches!(write::apply(&target, &created), Err(WriteError::Changed { .. })));
    assert!(matches!(write::put(&target, Some(b"x"), None, FileMode::Keep), Err(WriteError::Changed { .. })));
    assert_eq!(fs::read_to_string(&path).expect("a file"), OLD);
    assert_eq!(names(dir.path()), ["settings.json"]);
}

/// A program without a lock replaces the file at every moment of a write and of a removal.
#[test]
fn a_file_that_another_program_renames_into_place_stays() {
    const ROUNDS: u32 = 4000;
    const THEIRS: &str = "{\"theirs\":true}\n";
    let (dir, path) = folder_with(OLD);
    let (target, temp) = (target(&path), dir.path().join("theirs.tmp"));
    for round in 0..ROUNDS {
        fs::write(&path, OLD).expect("a file");
        fs::write(&temp, THEIRS).expect("a file");
        let new = (round % 2 == 0).then_some(b"{\"ours\":true}\n".as_slice());
        let together = std::sync::Barrier::new(2);
        let written = std::thread::scope(|scope| {
            let ours = scope.spawn(|| {
                together.wait();
                write::put(&target, Some(OLD.as_bytes()), new, FileMode::Keep)
            });
            together.wait();
            (0..round % 500 * 20).for_each(|_| std::hint::spin_loop());
            fs::rename(&temp, &path).expect("renamed");
            ours.join().expect("it ends")
        });
        assert!(matches!(written, Ok(()) | Err(WriteError::Changed { .. })), "round {round}: {written:?}");
        assert_eq!(fs::read_to_string(&path).expect("a file"), THEIRS, "round {round}: {written:?}");
        assert_eq!(names(dir.path()), ["settings.json"], "round {round}");
    }
}

#[test]
fn a_file_can_be_removed() {
    let (dir, path) = folder_with(OLD);
    write::put(&target(&path), Some(OLD.as_bytes()), None, FileMode::Keep).expect("removed");
    assert_eq!(names(dir.path()), [] as [&str; 0]);
}

#[test]
fn nothing_to_do_touches_nothing() {
    let (_dir, path) = folder_with("{\"env\":{\"K\":\"v\"}}");
    let before = fs::metadata(&path).expect("a file");
    edit(&path, Edit::set_env("K", "v")).expect("nothing to do");
    let after = fs::metadata(&path).expect("a file");
    assert_eq!((after.ino(), after.mtime_nsec()), (before.ino(), before.mtime_nsec()));
}

#[test]
fn many_writers_lose_no_edit() {
    let (dir, path) = folder_with(OLD);
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let path = &path;
            scope.spawn(move || {
                for round in 0..10 {
                    let key = format!("K{writer}_{round}");
                    loop {
                        match edit(path, Edit::set_env(&key, "v")) {
                            Ok(()) => break,
                            Err(WriteError::Changed { .. }) => {}
                            Err(error) => panic!("{error}"),
                        }
                    }
                }
            });
        }
    });
    let document = Document::parse(&fs::read(&path).expect("a file")).expect("valid");
    assert_eq!(document.env().len(), 80);
    assert_eq!(names(dir.path()), ["settings.json"]);
}

/// In a child: tries to write, and prints the result.
fn write_and_tell(path: &Path) {
    let new = format!("{{\"filler\":\"{}\"}}", "x".repeat(100_000));
    let told = match EditableFile::resolve(path).and_then(|target| {
        let old = target.read()?;
        write::put(&target, old.as_deref(), Some(new.as_bytes()), FileMode::Keep)
    }) {
        Ok(()) => "written".to_owned(),
        Err(error) => error.to_string(),
    };
    println!("TOLD {told}");
}

#[test]
fn a_full_disk_leaves_the_old_file() {
    const NAME: &str = "writes::a_full_disk_leaves_the_old_file";
    if let Some(path) = child::asked_for("write") {
        return write_and_tell(&path);
    }
    let (dir, path) = folder_with(OLD);
    // like a disk that is full after 8 blocks; the signal that comes with it is ignored
    let small = "trap '' XFSZ; ulimit -f 8; exec \"$@\"";
    let told = child::answer(child::in_shell(small, NAME, "write", &path), "TOLD");
    assert!(told.starts_with("no space left to write "), "{told}");
    assert_eq!(fs::read_to_string(&path).expect("a file"), OLD);
    assert_eq!(names(dir.path()), ["settings.json"]);
}

#[needs(mounts)]
#[test]
fn a_full_file_system_leaves_the_old_file() {
    const NAME: &str = "writes::a_full_file_system_leaves_the_old_file";
    if let Some(path) = child::asked_for("write") {
        return write_and_tell(&path);
    }
    let (dir, path) = folder_with(OLD);
    let mount = format!(
        "mount -t tmpfs -o size=32k tmpfs '{0}' && printf '{{}}' >'{0}/settings.json' && \"$@\"; cat '{0}/settings.json'; ls -A '{0}'",
        dir.path().display()
    );
    let mut command = std::process::Command::new("unshare");
    command.args(["-rm", "sh", "-c", &mount, "sh"]).arg(std::env::current_exe().expect("a path"));
    child::part_of(&mut command, NAME, "write", &path);
    let output = command.output().expect("unshare");
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.contains("TOLD no space left to write "), "{output}");
    assert!(output.ends_with("{}settings.json\n"), "{output}");
}

#[test]
fn a_read_only_folder_leaves_the_old_file() {
    const NAME: &str = "writes::a_read_only_folder_leaves_the_old_file";
    if let Some(path) = child::asked_for("write") {
        return write_and_tell(&path);
    }
    let (dir, path) = folder_with(OLD);
    let told = as_nobody(dir.path(), NAME, &path, || chmod(dir.path(), 0o555));
    assert!(told.starts_with("no permission to write in "), "{told}");
    assert_eq!(fs::read_to_string(&path).expect("a file"), OLD);
    chmod(dir.path(), 0o755);
}

#[needs(chown)]
#[test]
fn a_file_of_someone_else_keeps_its_owner() {
    const NAME: &str = "writes::a_file_of_someone_else_keeps_its_owner";
    if let Some(path) = child::asked_for("write") {
        return write_and_tell(&path);
    }
    let (dir, path) = folder_with(OLD);
    let told = as_nobody(dir.path(), NAME, &path, || {
        chmod(&path, 0o644);
        chmod(dir.path(), 0o777);
    });
    assert!(told.ends_with("belongs to another user or group, which a rewrite would change"), "{told}");
    assert_eq!(fs::read_to_string(&path).expect("a file"), OLD);
}

/// The output of a child without special privileges: root is demoted first.
fn as_nobody(dir: &Path, name: &str, path: &Path, prepare: impl FnOnce()) -> String {
    use std::os::unix::process::CommandExt;
    let root = is_root(dir);
    let elsewhere = TempDir::new().expect("a folder");
    chmod(elsewhere.path(), 0o755);
    let exe = elsewhere.path().join("tests");
    // not by this process: a child that another test forks in the meantime would hold the copy open for
    // writing, and a file that is open for writing cannot be run
    let copied =
        std::process::Command::new("cp").arg(std::env::current_exe().expect("a path")).arg(&exe).status();
    assert!(copied.expect("cp starts").success());
    chmod(&exe, 0o755);
    prepare();
    let mut command = std::process::Command::new(exe);
    if root {
        command.uid(65534).gid(65534).current_dir("/");
    }
    child::part_of(&mut command, name, "write", path);
    child::answer(command, "TOLD")
}

#[test]
fn a_writer_killed_at_any_moment_leaves_the_old_file_or_the_new_one() {
    const NAME: &str = "writes::a_writer_killed_at_any_moment_leaves_the_old_file_or_the_new_one";
    const KILLS: u32 = 400;
    let texts = ["a", "b"].map(|c| format!("{{\"{c}\":\"{}\"}}\n", c.repeat(200_000)));
    if let Some(path) = child::asked_for("rewrite") {
        let target = target(&path);
        println!("{}", child::ROUND);
        loop {
            let now = target.read().expect("readable").expect("there");
            let other = texts.iter().find(|text| text.as_bytes() != now).expect("one of two");
            write::put(&target, Some(&now), Some(other.as_bytes()), FileMode::Keep).expect("written");
            println!("{}", child::ROUND);
        }
    }

    let (dir, path) = folder_with(&texts[0]);
    chmod(&path, 0o640);
    let (mut changed, mut interrupted) = (0, 0);
    let mut before = texts[0].clone();
    let command = || child::command(NAME, "rewrite", &path);
    let mut killer = child::Killer::of(command());
    let mut kills = 0;
    // on a busy machine more of them come before the write or after it
    while kills < KILLS || changed.min(interrupted) <= KILLS / 10 && kills < 4 * KILLS {
        kills += 1;
        if kills % KILLS == 0 {
            killer = child::Killer::of(command());
        }
        killer.kill_one(command());
        let now = fs::read_to_string(&path).expect("there is always a file");
        assert!(texts.contains(&now), "neither old nor new: {} bytes", now.len());
        assert_eq!(mode(&path), 0o640);
        changed += u32::from(now != before);
        interrupted += u32::from(names(dir.path()).len() > 1);
        before = now;
    }
    assert!(
        changed > KILLS / 10 && interrupted > KILLS / 10,
        "{changed} and {interrupted}: the kills missed"
    );

    edit(&path, Edit::set_env("K", "v")).expect("the next writer is not hindered");
    assert_eq!(names(dir.path()), ["settings.json"], "and sweeps up");
}
