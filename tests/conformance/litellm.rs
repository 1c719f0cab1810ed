//! An independent gateway: LiteLLM's proxy from PyPI, in front of the echo.
//!
//! `CF_AIG_LITELLM` is its program, in the version that `.ci/run` installs; the snapshot contains its
//! results, by the ids of the checks.

use crate::{free_address, outcomes, sandbox};
use cf_aig_harness::{Sandbox, namespace, needs};
use insta::assert_snapshot;
use std::io::{BufRead, BufReader};
use std::process::{Child, Stdio};

#[needs(CF_AIG_LITELLM)]
#[test]
fn litellm_keeps_the_expected_part_of_the_contract() {
    let program = std::env::var_os("CF_AIG_LITELLM").expect("CF_AIG_LITELLM");
    namespace::isolated(|| {
        let (address, upstream, mut place) = (free_address(), free_address(), sandbox());
        let _gateway = Gateway::start(&place, &program, &address, &upstream);
        place.set("ANTHROPIC_API_KEY", "sk-nobody-asks");
        let url = format!("http://{address}");
        let ran = place.run(["conformance", &url, &format!("--echo={upstream}"), "--json"]);
        // it loses a ping that it reads together with the event before, so this depends on the machine's pace
        let steady = |line: &&str| !line.starts_with("stream-pings");
        let outcomes = outcomes(&ran).lines().filter(steady).collect::<Vec<_>>().join("\n");
        assert_snapshot!(outcomes, @"
        path-join           works
        anthropic-version   works
        anthropic-beta      works
        open-headers        degraded
        body-bytes          degraded
        system-array        works
        cache-control       works
        thinking            broken
        beta-fields         broken
        unknown-fields      broken
        large-body          works
        waf                 works
        stream-incremental  degraded
        stream-events       works
        usage               works
        stream-type         works
        compression         works
        error-body          broken
        error-status        broken
        retry-after         degraded
        limit-headers       degraded
        count-tokens        degraded
        models              works
        hello               works
        ");
        assert_eq!(ran.code, 1, "{ran:?}");
    });
}

/// The running proxy; stopped with the test.
struct Gateway(Child);

impl Gateway {
    /// Starts it and waits until it reports that it listens.
    fn start(place: &Sandbox, program: &std::ffi::OsStr, address: &str, upstream: &str) -> Self {
        let config = format!(
            "model_list:\n  - model_name: claude-haiku-4-5\n    litellm_params:\n      model: anthropic/claude-haiku-4-5\n      \
             api_base: http://{upstream}\n      api_key: sk-ant-behind\n"
        );
        let config = place.write("litellm.yaml", &config);
        let (host, port) = address.split_once(':').expect("host and port");
        let mut command = place.command(program);
        command
            .arg("--config")
            .arg(config)
            .args(["--host", host, "--port", port, "--telemetry", "False"])
            .env("LITELLM_LOCAL_MODEL_COST_MAP", "True")
            .env("NO_PROXY", "*")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("LiteLLM starts");
        let mut lines = BufReader::new(child.stderr.take().expect("a pipe")).lines().map_while(Result::ok);
        let mut said = String::new();
        let listens = lines.by_ref().any(|line| {
            said.push_str(&line);
            said.push('\n');
            line.contains("Uvicorn running on")
        });
        let gateway = Self(child);
        assert!(listens, "LiteLLM ended:\n{said}");
        // a full pipe must not block it
        std::thread::spawn(move || lines.for_each(drop));
        gateway
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
