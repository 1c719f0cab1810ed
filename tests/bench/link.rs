//! The same over a link with 50 ms round trip: a TUN device in its own namespace that returns packets 25 ms
//! later with source and destination swapped, so that a client behind it reaches a server in front of it.
//! Needs root, `ip` and `mount`; prints a message if they are missing.

use super::measure::{Job, interleaved, is_there};
use super::{INPUT, configured, curl, hook, row};
use cf_aig_emulator::{ANTHROPIC_KEY, API_TOKEN, Config, Emulator, Tls};
use cf_aig_harness::Sandbox;
use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::Command;
use std::sync::mpsc;
use std::time::{Duration, Instant};

pub(crate) const INSIDE: &str = "--inside-the-link";
const ROUND_TRIP: Duration = Duration::from_millis(50);
/// This end of the link, and the apparent source of packets.
const HERE: &str = "10.99.0.1";
const THERE: &str = "10.99.0.2";
/// The apparent address of the API.
const API: &str = "10.99.0.3";

/// Starts this program again in its own namespaces.
pub(crate) fn outside(helper: &Path) {
    let able =
        ["unshare", "ip", "mount", "curl"].iter().all(|p| is_there(p)) && Path::new("/dev/net/tun").exists();
    let exe = std::env::current_exe().expect("this program's path");
    let run = || Command::new("unshare").args(["--net", "--mount"]).arg(exe).arg(INSIDE).arg(helper).status();
    if !able || !run().is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: the link with 50 ms needs root, unshare, ip, mount, curl and /dev/net/tun");
    }
}

/// In the namespaces: sets up the link and the emulator behind it under Cloudflare's name, and measures.
pub(crate) fn inside(helper: &Path) {
    start_link().expect("a link");
    let emulator =
        Emulator::start(Config { tls: Some(Tls::Good), ..Config::default() }).expect("the emulator starts");
    forward(&emulator).expect("a port on the link");
    let mut sandbox = configured(helper);
    let (ca, hosts) = (sandbox.home().join("ca.pem"), sandbox.home().join("hosts"));
    std::fs::write(&ca, emulator.ca_pem().unwrap_or_default()).expect("the CA is written");
    std::fs::write(&hosts, format!("{THERE} gateway.ai.cloudflare.com\n{API} api.cloudflare.com\n"))
        .expect("a hosts file");
    sh(&format!("mount --bind '{}' /etc/hosts", hosts.display()));
    sandbox.set("SSL_CERT_FILE", ca.to_string_lossy()).set("CLAUDE_PLUGIN_DATA", "/dev/null/none");
    let path = emulator
        .base_url("anthropic")
        .replace(&emulator.gateway_origin(), "https://gateway.ai.cloudflare.com");
    let url = format!("{path}/v1/messages");
    let mut jobs = vec![
        Job::new("hook with its probe", hook(&sandbox, helper), INPUT),
        Job::new("curl, the same request", curl(&sandbox, &url, &ca), b""),
    ];
    let times = interleaved(&mut jobs, 20);
    assert!(
        emulator.requests().iter().any(|r| r.header("user-agent").is_some_and(|a| a.starts_with("cf-aig/")))
    );
    let trips = times[0].ms() / (ROUND_TRIP.as_secs_f64() * 1e3);
    row(
        "hook with its probe, 50 ms link",
        &format!("{:.1} ms", times[0].ms()),
        &format!("{:.1} ms, curl for the same request", times[1].ms()),
        &format!("{trips:.2} round trips"),
        "at most 3.3",
    );
    doctor(&mut sandbox, helper, &url, &ca);
}

/// The doctor's total time, in round trips beyond those of its request.
fn doctor(sandbox: &mut Sandbox, helper: &Path, url: &str, ca: &Path) {
    let look = |sandbox: &Sandbox| {
        let mut command = sandbox.command(helper);
        command.args(["doctor", "--json"]);
        command
    };
    sandbox.set("ANTHROPIC_API_KEY", ANTHROPIC_KEY);
    let alone = look(sandbox);
    sandbox.set("CLOUDFLARE_API_TOKEN", API_TOKEN);
    let mut jobs = vec![
        Job::new("doctor", look(sandbox), b""),
        Job::new("doctor, no API token", alone, b""),
        Job::new("curl, the same request", curl(sandbox, url, ca), b""),
    ];
    let seen = sandbox.run(["doctor", "--json"]).json();
    assert_eq!(seen["summary"]["fail"], 0, "{seen:#}");
    assert_eq!(seen["summary"]["warn"], 0, "{seen:#}");
    let times = interleaved(&mut jobs, 20);
    for at in [0, 1] {
        let beyond = (times[at].ms() - times[2].ms()) / (ROUND_TRIP.as_secs_f64() * 1e3);
        row(
            &format!("{}, 50 ms link", jobs[at].name),
            &format!("{:.1} ms", times[at].ms()),
            &format!("{:.1} ms, curl for the request that it sends", times[2].ms()),
            &format!("{beyond:.2} more round trips"),
            "at most 6",
        );
    }
}

fn sh(script: &str) {
    let status = Command::new("sh").args(["-c", script]).status();
    assert!(status.is_ok_and(|s| s.success()), "{script}");
}

/// Brings up loopback and the device, and forwards its packets.
fn start_link() -> io::Result<()> {
    let device = File::options().read(true).write(true).open("/dev/net/tun")?;
    attach(&device)?;
    sh(&format!(
        "ip link set lo up && ip addr add {HERE}/24 dev link0 && ip link set link0 up && mount --make-rprivate /"
    ));
    let (mut inbound, mut outbound) = (device.try_clone()?, device);
    let (queue, packets) = mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut buffer = [0; 65536];
        while let Ok(length @ 20..) = inbound.read(&mut buffer) {
            let mut packet = buffer[..length].to_vec();
            // only IPv4; swapping the two addresses leaves every checksum valid
            if packet[0] >> 4 == 4 {
                let (source, destination) = packet[12..20].split_at_mut(4);
                source.swap_with_slice(destination);
                let _ = queue.send((Instant::now() + ROUND_TRIP / 2, packet));
            }
        }
    });
    std::thread::spawn(move || {
        let mut waiting = VecDeque::new();
        while let Ok(next) = packets.recv() {
            waiting.push_back(next);
            while let Some((due, packet)) = waiting.pop_front() {
                std::thread::sleep(due.saturating_duration_since(Instant::now()));
                let _ = outbound.write(&packet);
            }
        }
    });
    Ok(())
}

/// Turns the open file into the device `link0`: bare IP packets without a driver header.
#[allow(unsafe_code)]
fn attach(device: &File) -> io::Result<()> {
    const TUNSETIFF: libc::Ioctl = 0x4004_54ca;
    // SAFETY: an all-zero ifreq is valid, and the ioctl only reads and writes that ifreq.
    let result = unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, from) in request.ifr_name.iter_mut().zip(b"link0") {
            *to = *from as libc::c_char;
        }
        request.ifr_ifru.ifru_flags = (libc::IFF_TUN | libc::IFF_NO_PI) as libc::c_short;
        libc::ioctl(device.as_raw_fd(), TUNSETIFF, &raw mut request)
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Passes connections to port 443 of this end on to the emulator, which listens only on loopback. Packets
/// return from their destination, so the other end's address shows the intended host.
fn forward(emulator: &Emulator) -> io::Result<()> {
    let listener = TcpListener::bind((HERE, 443))?;
    let authority = |origin: String| origin.trim_start_matches("https://").to_owned();
    let (gateway, api) = (authority(emulator.gateway_origin()), authority(emulator.api_origin()));
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let is_api = client.peer_addr().is_ok_and(|peer| peer.ip().to_string() == API);
            let Ok(server) = TcpStream::connect(if is_api { &api } else { &gateway }) else { continue };
            let _ = client.set_nodelay(true).and_then(|()| server.set_nodelay(true));
            pipe(client.try_clone(), server.try_clone());
            pipe(Ok(server), Ok(client));
        }
    });
    Ok(())
}

fn pipe(from: io::Result<TcpStream>, to: io::Result<TcpStream>) {
    std::thread::spawn(move || {
        if let (Ok(mut from), Ok(mut to)) = (from, to) {
            let _ = io::copy(&mut from, &mut to);
            let _ = to.shutdown(std::net::Shutdown::Write);
        }
    });
}
