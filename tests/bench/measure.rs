//! Times whole processes: interleaved, so that what else the machine does hits all of them alike.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// A process to start again and again.
pub(crate) struct Job {
    pub(crate) name: &'static str,
    command: Command,
    input: &'static [u8],
}

/// What its runs took.
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

    /// One run: how long it took, and its largest resident set in MB.
    // wait4 reaps it: only that tells a single child's memory
    #[allow(clippy::zombie_processes)]
    pub(crate) fn run(&mut self) -> (Duration, f64) {
        self.command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        let start = Instant::now();
        let mut child = self.command.spawn().unwrap_or_else(|e| panic!("{}: {e}", self.name));
        if let Some(mut pipe) = child.stdin.take() {
            let _ = pipe.write_all(self.input);
        }
        let peak = wait(child.id());
        (start.elapsed(), peak)
    }
}

/// Runs each job `count` times, in turn.
pub(crate) fn interleaved(jobs: &mut [Job], count: usize) -> Vec<Times> {
    let mut taken: Vec<Vec<(Duration, f64)>> = jobs.iter().map(|_| Vec::new()).collect();
    for round in 0..count + 5 {
        for (job, taken) in jobs.iter_mut().zip(&mut taken) {
            let run = job.run();
            // the first rounds warm the caches
            if round >= 5 {
                taken.push(run);
            }
        }
    }
    let times = taken.into_iter().map(|mut runs| {
        runs.sort_by_key(|(time, _)| *time);
        let peak_mb = runs.iter().map(|(_, peak)| *peak).fold(0.0, f64::max);
        Times { median: runs[runs.len() / 2].0, peak_mb }
    });
    times.collect()
}

/// Waits for a child of this process; its largest resident set in MB.
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

/// True when this program is on PATH.
pub(crate) fn is_there(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|dir| dir.join(program).is_file())
}
