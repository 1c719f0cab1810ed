//! Private networks: a test that starts the real client runs where only loopback exists.
//!
//! A test calls [`isolated`] with its body. Outside, that starts the test binary again for this one test in
//! a new network namespace; inside, it runs the body. If the system does not allow namespaces, the body
//! runs directly, and only its environment keeps the client on loopback.

use std::ffi::CString;
use std::process::Command;

const INSIDE: &str = "CF_AIG_TEST_NAMESPACE";
const NAMES: &str = "CF_AIG_TEST_NAMES";

/// Runs `body` where only loopback exists. Panics if it fails there.
pub fn isolated<F: FnOnce()>(body: F) {
    isolated_as(std::any::type_name::<F>(), body);
}

/// The same for a helper between the test and this: `full` is the type name of the test's own closure,
/// `crate::module::test::{{closure}}`, which without the crate is the test's name.
pub fn isolated_as<F: FnOnce()>(full: &str, body: F) {
    inside(full, &[], body);
}

/// The same with name resolution only through 127.0.0.1:53, which a test may bind. If the system does not
/// allow that, [`has_own_names`] is false and the body still runs.
pub fn isolated_with_own_names<F: FnOnce()>(body: F) {
    let full = std::any::type_name::<F>();
    let folder = tempfile::tempdir().expect("a folder");
    let files = [
        ("/etc/resolv.conf", "nameserver 127.0.0.1\n"),
        ("/etc/nsswitch.conf", "hosts: files dns\n"),
        ("/etc/hosts", "127.0.0.1 localhost\n"),
    ];
    let there = files.into_iter().filter(|(path, _)| std::path::Path::new(path).exists());
    let mounts: Vec<_> = there
        .map(|(path, text)| {
            let own = folder.path().join(path.replace('/', "-"));
            std::fs::write(&own, text).expect("a file");
            let c_string = |text: &str| CString::new(text).expect("a path without a zero byte");
            (c_string(&own.to_string_lossy()), c_string(path))
        })
        .collect();
    inside(full, &mounts, body);
}

/// True inside [`isolated_with_own_names`], if that worked.
pub fn has_own_names() -> bool {
    std::env::var_os(NAMES).is_some()
}

/// Files that replace others: from, to.
type Mounts = [(CString, CString)];

fn inside<F: FnOnce()>(full: &str, mounts: &Mounts, body: F) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let name = full.trim_end_matches("::{{closure}}").split_once("::").map_or(full, |(_, rest)| rest);
    let program = std::env::current_exe().expect("the test binary's path");
    let mut command = Command::new(program);
    command.args([name, "--exact", "--nocapture", "--test-threads=1"]).env(INSIDE, "1");
    if !mounts.is_empty() {
        command.env(NAMES, "1");
    }
    if !enter(&mut command, mounts) {
        return body();
    }
    match command.output() {
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stdout);
            let ran = text.contains("1 passed");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success() && ran, "in its namespace, {name}:\n{text}\n{errors}");
            // what was counted in there is shown out here
            errors.lines().filter(|line| line.starts_with("COUNTED")).for_each(crate::print_uncaptured);
        }
        Err(_) if !mounts.is_empty() => inside(full, &[], body),
        Err(_) => body(),
    }
}

/// Runs a command on this process's terminal where only loopback exists, or directly if the system does not
/// allow that.
pub fn run_isolated(command: &mut Command) -> std::io::Result<std::process::ExitStatus> {
    let mut again = Command::new(command.get_program());
    again.args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => again.env(name, value),
            None => again.env_remove(name),
        };
    }
    if enter(command, &[])
        && let Ok(status) = command.status()
    {
        return Ok(status);
    }
    again.status()
}

/// Makes the command start in a network namespace that has only loopback. False if that is impossible.
#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn enter(command: &mut Command, mounts: &Mounts) -> bool {
    use std::os::unix::process::CommandExt;
    let mounts = mounts.to_vec();
    // SAFETY: the closure runs between fork and exec and only makes system calls.
    unsafe {
        command.pre_exec(move || {
            let (uid, gid) = (libc::getuid(), libc::getgid());
            let mut flags = libc::CLONE_NEWNET;
            if uid != 0 {
                flags |= libc::CLONE_NEWUSER;
            }
            if !mounts.is_empty() {
                flags |= libc::CLONE_NEWNS;
            }
            if libc::unshare(flags) != 0 {
                return Err(std::io::Error::last_os_error());
            }
            if uid != 0 {
                write_file(c"/proc/self/setgroups", b"deny");
                write_file(c"/proc/self/uid_map", &map_line(uid));
                write_file(c"/proc/self/gid_map", &map_line(gid));
            }
            // a process that may no longer be root may still bind port 53
            write_file(c"/proc/sys/net/ipv4/ip_unprivileged_port_start", b"0");
            bind_mounts(&mounts)?;
            loopback_up()
        });
    }
    true
}

#[cfg(not(target_os = "linux"))]
fn enter(_: &mut Command, _: &Mounts) -> bool {
    false
}

/// `id id 1`, padded with spaces: no allocation is allowed between fork and exec.
#[cfg(target_os = "linux")]
fn map_line(id: u32) -> [u8; 32] {
    let mut line = [b' '; 32];
    let mut digits = [0; 10];
    let mut rest = id;
    let mut count = 0;
    while rest > 0 || count == 0 {
        digits[count] = b'0' + (rest % 10) as u8;
        rest /= 10;
        count += 1;
    }
    for at in 0..count {
        let digit = digits[count - 1 - at];
        line[at] = digit;
        line[count + 1 + at] = digit;
    }
    line[2 * count + 2] = b'1';
    line[31] = b'\n';
    line
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn write_file(path: &std::ffi::CStr, text: &[u8]) {
    // SAFETY: plain system calls on a descriptor of our own.
    unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY);
        if file >= 0 {
            libc::write(file, text.as_ptr().cast(), text.len());
            libc::close(file);
        }
    }
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn bind_mounts(mounts: &Mounts) -> std::io::Result<()> {
    use std::ptr::null;
    let done = |result: libc::c_int| match result {
        0 => Ok(()),
        _ => Err(std::io::Error::last_os_error()),
    };
    if mounts.is_empty() {
        return Ok(());
    }
    // SAFETY: system calls on strings that outlive them; the mounts are visible only in this namespace.
    unsafe {
        done(libc::mount(null(), c"/".as_ptr(), null(), libc::MS_REC | libc::MS_PRIVATE, null()))?;
        for (from, to) in mounts {
            done(libc::mount(from.as_ptr(), to.as_ptr(), null(), libc::MS_BIND, null()))?;
        }
    }
    Ok(())
}

#[cfg(target_os = "linux")]
#[allow(unsafe_code)]
fn loopback_up() -> std::io::Result<()> {
    // SAFETY: an all-zero ifreq is valid; the socket and the request live through both calls.
    unsafe {
        let socket = libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0);
        let mut request: libc::ifreq = std::mem::zeroed();
        request.ifr_name[0] = b'l' as libc::c_char;
        request.ifr_name[1] = b'o' as libc::c_char;
        request.ifr_ifru.ifru_flags = (libc::IFF_UP | libc::IFF_RUNNING) as libc::c_short;
        let result = libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &request);
        let error = std::io::Error::last_os_error();
        libc::close(socket);
        if result == 0 { Ok(()) } else { Err(error) }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #[test]
    fn an_id_is_mapped_to_itself() {
        assert_eq!(std::str::from_utf8(&super::map_line(1000)).unwrap().trim(), "1000 1000 1");
        assert_eq!(std::str::from_utf8(&super::map_line(0)).unwrap().trim(), "0 0 1");
    }

    #[test]
    fn only_loopback_exists_inside() {
        super::isolated(|| {
            assert!(std::net::TcpListener::bind("127.0.0.1:0").is_ok());
            let outside = std::net::UdpSocket::bind("0.0.0.0:0").and_then(|s| s.connect("192.0.2.1:9"));
            if std::fs::read_to_string("/proc/net/dev").is_ok_and(|t| t.lines().count() == 3) {
                assert!(outside.is_err());
            }
        });
    }

    #[test]
    fn names_are_resolved_only_through_loopback() {
        super::isolated_with_own_names(|| {
            if super::has_own_names() {
                let file = std::fs::read_to_string("/etc/resolv.conf").unwrap();
                assert_eq!(file, "nameserver 127.0.0.1\n");
                assert!(std::net::UdpSocket::bind(("127.0.0.1", 53)).is_ok());
            }
        });
    }
}
