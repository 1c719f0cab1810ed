//! Times whole processes: interleaved, so that other load affects all of them equally.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A process to start repeatedly.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    command: Command,
    input: &'static [u8],
}

/// The results of its runs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Times {
    median: Duration,
    /// The largest resident set of any run, in MB (10^6 bytes).
    pub(crate) peak_mb: f64,
}

impl Times {
    pub(crate) fn ms(&self) -> f64 {
        self.median.as_secs_f64() * 1e3
    }
}

impl Job {
    pub(crate) fn new(name: &'static str, command: Command, input: &'static [u8]) -> Self {
        Self { name, command, input }
    }

    /// The output of one run.
    pub(crate) fn output(&self) -> Vec<u8> {
        let mut command = Command::new(self.command.get_program());
        command.args(self.command.get_args()).env_clear();
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.stdin(Stdio::null()).output().unwrap_or_else(|e| panic!("{}: {e}", self.name)).stdout
    }

    /// One run: its duration.
    fn run(&mut self) -> Duration {
        self.command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let mut child = self.command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        if let Some(mut pipe) = child.stdin.take() {
            let _ = pipe.write_all(self.input);
        }
        let _ = child.wait();
        start.elapsed()
    }

    /// One run from a small process: its duration, and its largest resident set in MB. Linux counts memory
    /// from before exec, which is this benchmark with its emulators.
    pub(crate) fn run_apart(&self) -> (Duration, f64) {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command.arg(APART).arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        if let Some(dir) = self.command.get_current_dir() {
            command.current_dir(dir);
        }
        let start = Instant::now();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("it starts");
        if let Some(mut pipe) = child.stdin.take() {
            let _ = pipe.write_all(self.input);
        }
        let said = child.wait_with_output().expect("it ends");
        let peak = String::from_utf8_lossy(&said.stdout).trim().parse();
        (start.elapsed(), peak.unwrap_or_else(|_| panic!("{}: no figure", self.name)))
    }
}

/// The first argument of this program when it should run another and print its memory use.
pub(crate) const APART: &str = "--apart";

/// Runs a command and prints its largest resident set in MB (10^6 bytes).
// wait4 reaps it, because only that reports a single child's memory
#[allow(clippy::zombie_processes)]
pub(crate) fn apart(program: &str, args: &[String]) {
    let mut command = Command::new(program);
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().unwrap_or_else(|e| panic!("{program}: {e}"));
    println!("{:.3}", wait(child.id()));
}

/// Runs each job `count` times, in turn.
pub(crate) fn interleaved(jobs: &mut [Job], count: usize) -> Vec<Times> {
    let mut taken: Vec<Vec<Duration>> = jobs.iter().map(|_| Vec::new()).collect();
    for round in 0..count + 5 {
        for (job, taken) in jobs.iter_mut().zip(&mut taken) {
            let run = job.run();
            // the first rounds warm up caches
            if round >= 5 {
                taken.push(run);
            }
        }
    }
    let times = taken.into_iter().zip(jobs.iter()).map(|(mut runs, job)| {
        runs.sort();
        let peak_mb = (0..3).map(|_| job.run_apart().1).fold(0.0, f64::max);
        Times { median: runs[runs.len() / 2], peak_mb }
    });
    times.collect()
}

/// Waits for a child of this process; returns its largest resident set in MB.
#[allow(unsafe_code)]
fn wait(pid: u32) -> f64 {
    // SAFETY: wait4 writes into two locals that outlive the call.
    unsafe {
        let mut status = 0;
        let mut usage: libc::rusage = std::mem::zeroed();
        libc::wait4(pid.cast_signed(), &raw mut status, 0, &raw mut usage);
        usage.ru_maxrss as f64 * 1024.0 / 1e6
    }
}

/// True if this program is on PATH.
pub(crate) fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}
