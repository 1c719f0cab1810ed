//! Environment files that cannot be written: nothing is left behind.

use crate::{Answer, Rig};
use cf_aig_harness::{Ran, needs};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};

/// With this environment file the hook prints one line that contains these words, and the session is
/// unharmed: Claude gets no false information.
fn complains(rig: &Rig, words: &str) {
    let answer = rig.hook();
    let line = answer.line();
    assert!(line.starts_with("Bash programs are not routed: ") && line.contains(words), "{line}");
    assert_eq!(answer.context, None);
}

/// The names in a folder.
fn names(folder: &Path) -> Vec<String> {
    let entries =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().to_string_lossy().into_owned());
    let mut names: Vec<_> = entries.collect();
    names.sort();
    names
}

/// A folder that contains nothing but the environment file.
fn folder(rig: &mut Rig) -> std::path::PathBuf {
    let folder = rig.sandbox.home().join("session-env");
    fs::create_dir(&folder).unwrap();
    rig.sandbox.set("CLAUDE_ENV_FILE", folder.join("hook-0.sh").to_string_lossy());
    folder
}

#[test]
fn a_missing_environment_file_is_reported_in_one_line() {
    let mut rig = Rig::new();
    rig.sandbox.unset("CLAUDE_ENV_FILE");
    complains(&rig, "Claude Code gave no environment file");
    rig.sandbox.set("CLAUDE_ENV_FILE", "");
    complains(&rig, "Claude Code gave no environment file");
}

#[test]
fn a_missing_folder_is_not_made() {
    let mut rig = Rig::new();
    let missing = rig.sandbox.home().join("missing");
    rig.sandbox.set("CLAUDE_ENV_FILE", missing.join("hook-0.sh").to_string_lossy());
    complains(&rig, "the folder of the environment file does not exist");
    assert!(!missing.exists());
}

#[test]
fn a_directory_a_link_and_a_pipe_are_left_as_they_are() {
    let mut rig = Rig::new();
    let folder = folder(&mut rig);
    let file = folder.join("hook-0.sh");
    let target = folder.join("target");

    fs::create_dir(&file).unwrap();
    complains(&rig, "the environment file is a directory");
    fs::remove_dir(&file).unwrap();

    fs::write(&target, "precious").unwrap();
    symlink(&target, &file).unwrap();
    complains(&rig, "the environment file is a symbolic link");
    fs::remove_file(&file).unwrap();
    assert_eq!(fs::read_to_string(&target).unwrap(), "precious");

    symlink(folder.join("nothing"), &file).unwrap();
    complains(&rig, "the environment file is a symbolic link");
    fs::remove_file(&file).unwrap();

    assert!(Command::new("mkfifo").arg(&file).status().unwrap().success());
    complains(&rig, "not a regular file");
    assert_eq!(names(&folder), ["hook-0.sh", "target"]);
}

#[test]
fn a_file_far_too_large_is_left_as_it_is() {
    let mut rig = Rig::new();
    let folder = folder(&mut rig);
    let file = fs::File::create(folder.join("hook-0.sh")).unwrap();
    file.set_len(5 << 20).unwrap();
    complains(&rig, "the environment file is larger than 4 MiB");
    assert_eq!(file.metadata().unwrap().len(), 5 << 20);
}

#[test]
fn an_unconfigured_session_ignores_a_broken_environment_file() {
    for name in ["directory", "link", "pipe", "missing folder"] {
        let mut rig = Rig::new();
        let file = folder(&mut rig).join("hook-0.sh");
        match name {
            "directory" => fs::create_dir(&file).unwrap(),
            "link" => symlink("/dev/null", &file).unwrap(),
            "pipe" => assert!(Command::new("mkfifo").arg(&file).status().unwrap().success()),
            _ => fs::remove_dir(file.parent().unwrap()).unwrap(),
        }
        rig.sandbox.set("CF_AIG_ROUTING", "off");
        assert!(rig.hook().is_silent(), "{name}");
        rig.sandbox.unset("CF_AIG_ROUTING").unset("CLOUDFLARE_ACCOUNT_ID").unset("CF_AIG_GATEWAY_ORIGIN");
        rig.sandbox.unset("CF_AIG_GATEWAY_ID");
        assert!(rig.hook().is_silent(), "{name}");
    }
}

/// Runs the hook after `prepare` has changed the file systems, in its own mount namespace, so that root
/// meets the same obstacles as others.
fn in_mounts(rig: &Rig, prepare: &str) -> Ran {
    let probe = |args: &[&str]| {
        let quiet = Command::new("unshare").args(args).arg("true").stderr(Stdio::null()).status();
        quiet.is_ok_and(|status| status.success())
    };
    let flags = ["-m", "-rm"].into_iter().find(|flags| probe(&[flags]));
    let flags = flags.expect("mount namespaces");
    let folder = Path::new(&rig.sandbox.vars()["CLAUDE_ENV_FILE"]).parent().unwrap().to_owned();
    let mut command = rig.sandbox.command("unshare");
    let script = format!("set -e; cd \"$1\"; {prepare}\ncd /; shift; exec \"$@\"");
    command
        .args([flags, "sh", "-c", &script, "sh"])
        .arg(folder)
        .arg(rig.sandbox.cf_aig())
        .arg("session-start");
    cf_aig_harness::sandbox::feed(command, b"{}")
}

#[needs(mounts)]
#[test]
fn a_read_only_file_system_is_reported_in_one_line() {
    let mut rig = Rig::new();
    let folder = folder(&mut rig);
    let prepare = "mount --bind . .; mount -o remount,bind,ro \"$PWD\";";
    for before in [None, Some("export MINE=1\n")] {
        if let Some(text) = before {
            fs::write(folder.join("hook-0.sh"), text).unwrap();
        }
        let ran = in_mounts(&rig, prepare);
        let answer = Answer::of(ran);
        assert_eq!(
            answer.line(),
            "Bash programs are not routed: the file system of the environment file is read-only"
        );
        assert_eq!(fs::read_to_string(folder.join("hook-0.sh")).ok().as_deref(), before);
    }
}

#[needs(mounts)]
#[test]
fn a_full_disk_is_one_line_and_the_file_stays_whole() {
    let mut rig = Rig::new();
    folder(&mut rig);
    let full = "mount -t tmpfs -o size=8k none .; cd \"$PWD\"; echo 'export MINE=1' >hook-0.sh; \
                head -c 8192 /dev/zero >fill 2>/dev/null || :;";
    let ran = in_mounts(&rig, full);
    assert_eq!(Answer::of(ran).line(), "Bash programs are not routed: the disk is full");
    let then_look =
        format!("{full} \"$2\" session-start </dev/null >/dev/null; cat hook-0.sh; ls -A; exit 0;");
    let left = in_mounts(&rig, &then_look);
    assert_eq!(left.stdout, "export MINE=1\nfill\nhook-0.sh\n", "{left:?}");
}

/// Runs the hook as a user whom permissions stop: root has to give up its right to override them.
fn without_privileges(rig: &Rig) -> Ran {
    let root = Command::new("id").arg("-u").output().is_ok_and(|id| id.stdout == b"0\n");
    if !root {
        return rig.sandbox.hook("startup");
    }
    let bounded = ["--bounding-set", "-dac_override,-dac_read_search"];
    let mut command = rig.sandbox.command("setpriv");
    command.args(bounded).arg(rig.sandbox.cf_aig()).arg("session-start");
    cf_aig_harness::sandbox::feed(command, b"{}")
}

#[needs(privileges)]
#[test]
fn permissions_are_respected() {
    let mut rig = Rig::new();
    let folder = folder(&mut rig);
    let file = folder.join("hook-0.sh");
    fs::write(&file, "export MINE=1\n").unwrap();
    let chmod = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let said = "Bash programs are not routed: the environment file is not writable";

    chmod(&file, 0o444);
    let ran = without_privileges(&rig);
    assert_eq!(Answer::of(ran).line(), said);
    assert_eq!(fs::read_to_string(&file).unwrap(), "export MINE=1\n", "renaming over it would have worked");

    fs::remove_file(&file).unwrap();
    chmod(&folder, 0o555);
    assert_eq!(Answer::of(without_privileges(&rig)).line(), said);
    assert_eq!(names(&folder), [""; 0]);
    chmod(&folder, 0o755);
}

#[needs(mounts)]
#[test]
fn a_block_that_cannot_be_removed_is_reported() {
    let mut rig = Rig::new();
    folder(&mut rig);
    rig.hook();
    rig.sandbox.set("CF_AIG_ROUTING", "off");
    let prepare = "mount --bind . .; mount -o remount,bind,ro \"$PWD\";";
    let ran = in_mounts(&rig, prepare);
    assert_eq!(
        Answer::of(ran).line(),
        "Bash programs are still routed: the file system of the environment file is read-only"
    );
}

#[test]
fn an_unwritable_state_folder_does_not_stop_the_hook() {
    let mut rig = Rig::new();
    let data = rig.sandbox.write("home/file", "").join("data").display().to_string();
    rig.sandbox.set("CLAUDE_PLUGIN_DATA", data).set("CF_AIG_ROUTING", "tools");
    let first = rig.hook();
    assert_eq!((rig.hook(), rig.env_file().contains("ANTHROPIC_BASE_URL")), (first, true));
    rig.sandbox.unset("CLAUDE_PLUGIN_DATA").unset("HOME");
    assert!(rig.hook().context.is_some());
}

#[test]
fn the_end_of_the_session_removes_only_the_block() {
    let mut rig = Rig::new();
    let file = rig.sandbox.home().join(".claude/session-env/5e55-10n/sessionstart-hook-0.sh");
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(&file, "export MINE=1\n").unwrap();
    rig.sandbox.set("CLAUDE_ENV_FILE", file.to_string_lossy());
    rig.hook();
    assert!(fs::read_to_string(&file).unwrap().contains("ANTHROPIC_BASE_URL"));
    let end = |rig: &Rig, id: &str| {
        let ran = rig.sandbox.run_with(["session-end"], format!(r#"{{"session_id":"{id}"}}"#).as_bytes());
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (0, "", ""));
    };
    for other in ["another", "../5e55-10n", "", "x/../5e55-10n"] {
        end(&rig, other);
        assert!(fs::read_to_string(&file).unwrap().contains("ANTHROPIC_BASE_URL"), "{other}");
    }
    end(&rig, "5e55-10n");
    assert_eq!(fs::read_to_string(&file).unwrap(), "export MINE=1\n");
}

#[test]
fn the_end_of_a_session_starts_no_build() {
    let rig = Rig::new();
    let mut launcher = Command::new("sh");
    launcher.arg(rig.sandbox.plugin().join("helper/cf-aig")).arg("session-end").env_clear();
    let data = rig.sandbox.home().join("data");
    let ran = launcher.env("PATH", "/usr/bin:/bin").env("CLAUDE_PLUGIN_DATA", &data).output().unwrap();
    assert!(ran.status.success() && ran.stdout.is_empty() && ran.stderr.is_empty(), "{ran:?}");
    assert!(!data.exists());
}
