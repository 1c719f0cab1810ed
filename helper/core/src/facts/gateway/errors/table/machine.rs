//! Errors on the machine itself: Bash, its sandbox, hooks, the client's own checks.

use super::prelude::*;

/// A hook's program does not exist or is not executable.
const NOT_RUN: &str = "\
    not found | no such file or directory | enoent | permission denied | eacces | exec format error | \
    cannot execute | is not recognized as | not recognized as an internal | cannot find the path | \
    cannot find the file | einval | unsafe location | status code 127 | status code 126 | exit code 127 | \
    exit code 126 | exited with code 127 | execvpe | windows subsystem for linux | wsl | bad interpreter | \
    spawn unknown | command failed";

rows! {
    OWN;
    AuthConflict {
        meaning: "Two credentials are set, and Claude Code sends one or both of them.",
        fix: "unset one: `cf-aig explain ANTHROPIC_AUTH_TOKEN` and `cf-aig explain ANTHROPIC_API_KEY` show where each credential is set; /logout removes a claude.ai login",
        alike: &[ProviderKeyRejected],
        doc: Some(docs::CC_CONNECT),
        [Any("auth conflict | authentication conflict | both a token | both anthropic_auth_token and | \
              both anthropic_api_key and | both `anthropic_ | both api key and | both claude.ai and | \
              both \"x-api-key\" | both apikeyhelper | anthropic_auth_token was set after the start | \
              takes precedence over your claude.ai | instead of your claude.ai | api key instead of | \
              overrides your claude.ai | overriding your claude.ai")] => Likely,
    }
    EnvironmentTooLarge {
        meaning: "The environment or the command line of Bash is larger than the system allows, so no Bash call starts; the session's environment file grew, usually because of a plugin's hook. The network is not involved.",
        fix: "delete the grown files under ~/.claude/session-env/ (what CLAUDE_ENV_FILE points to), then start a new session; update the plugin that writes them",
        [Any("e2big | argument list too long | exec argument limit | arg_max | environment is too large | \
              command line is too long | filename or extension is too long | input line is too long | \
              enametoolong")] => Likely,
        [
            Any("unexpected eof while looking for matching | syntax error: unexpected end of file | \
                 unterminated quoted string"),
            Any("bash | /sh | sh: | zsh"),
        ] => Likely,
    }
    BashSandboxBlocked {
        speaker: SandboxProxy,
        layer: Layer::Proxy,
        meaning: "Claude Code's own Bash sandbox does not allow this host or file; the session itself is not sandboxed.",
        fix: "add the host to sandbox.network.allowedDomains in the settings (gateway.ai.cloudflare.com for requests through the gateway), or run the command outside the sandbox",
        alike: &[HostNotAllowed],
        explains: &[ProxyRefusedHost],
        level: Client,
        loosely: telling("sandbox",
                         "block | denied | deny | not allowed | refused | fail | forbidden | not permitted"),
        [Header("x-proxy-error", "blocked-by-allowlist")] => Certain,
        [Any("blocked-by-allowlist | blocked by network allowlist | 403 user denied | blocked by sandbox | \
              sandbox network | sandbox_violations | sandbox violation | sandbox denied | \
              not in the sandbox | sandbox: deny | sandbox-exec | bwrap: | bubblewrap | \
              network access denied by sandbox | sandbox is required | sandbox failed | \
              failed to start sandbox | dangerouslydisablesandbox | disabled by sandbox")] => Likely,
    }
    StartupCheckRefused {
        speaker: Unknown,
        layer: Layer::Http,
        meaning: "Claude Code's startup check got an unusual response for api.anthropic.com, most often from a proxy.",
        fix: "check HTTPS_PROXY with `cf-aig explain HTTPS_PROXY` and ask for api.anthropic.com to be allowed; with the base URL in a settings file (`cf-aig setup`) the check is skipped",
        alike: &[ProxyRefusedHost, StartupCheckFailed],
        explains: &[StartupCheckFailed, ConnectionFailed],
        doc: Some(docs::CC_NETWORK),
        [Any("failed to connect to api.anthropic.com: request failed with status code | \
              failed to connect to api.anthropic.com: status code | \
              failed to connect to api.anthropic.com: http")] => Likely,
    }
    StartupCheckFailed {
        speaker: Nobody,
        layer: Layer::Tcp,
        meaning: "Claude Code's startup check cannot connect to api.anthropic.com: no network, a firewall, or HTTPS_PROXY with a wrong host or scheme (most proxies need http://, not https://).",
        fix: "check the proxy with `cf-aig explain HTTPS_PROXY`, then `curl -v https://api.anthropic.com`; with the base URL in a settings file (`cf-aig setup`) the check is skipped",
        alike: &[ConnectionLost, NameNotResolved, TlsUntrustedIssuer, ProxyRefusedHost],
        explains: &[ConnectionFailed],
        doc: Some(docs::CC_NETWORK),
        [Any("unable to connect to anthropic services | failed to connect to api.anthropic.com | \
              failed to connect to platform.claude.com | unable to connect to claude | \
              failed to connect to claude.ai | unable to reach api.anthropic.com")] => Likely,
    }
    StreamingRequired {
        layer: Layer::Streaming,
        meaning: "The client library refuses to send a request without streaming that may take longer than ten minutes; nothing was sent.",
        fix: "use streaming, or lower max_tokens: CLAUDE_CODE_MAX_OUTPUT_TOKENS",
        [Any("streaming is required for operations | streaming is strongly recommended | \
              nonstreaming timeout")] => Likely,
    }
    HookCommandMissing {
        meaning: "A hook's program does not exist or is not executable (on Windows: no Bash, or WSL's); the session continues without it.",
        fix: "reinstall the plugin: `claude plugin update cloudflare`; on Windows install Git for Windows, or set CLAUDE_CODE_GIT_BASH_PATH",
        level: Client,
        doc: Some(docs::CC_HOOKS),
        loosely: telling("hook", "fail | error | exit | not found | denied | timed out | cannot | unable"),
        [Any("hook"), Any(NOT_RUN), Any("error | fail | status code | exit")] => Likely,
        [Says("Error occurred while executing hook command")] => Likely,
        [Any("failed with non-blocking status code | hook error | hook failed | hook exited | \
              hook timed out | hooks failed | executable not found in $path | is in an unsafe location | \
              'sh' is not recognized | 'bash' is not recognized | sh: 无法 | 不是内部或外部命令 | \
              claude code on windows requires git-bash | execvpe(/bin/bash) failed | \
              windows subsystem for linux has no installed distributions")] => Likely,
    }
    ClientCrashedOnAnswer {
        speaker: Unknown,
        layer: Layer::Http,
        meaning: "The server responded with status 200 and a body that is not a Messages response, and the client failed while parsing it: something is missing from the message or the stream (answer-not-a-message).",
        fix: "run `cf-aig conformance` against the base URL: it shows what is wrong with the message or stream (`usage`, `content`, `type`); `cf-aig validate` checks whether the path supports Anthropic Messages at all",
        alike: &[AnswerNotAMessage, HtmlInsteadOfAnswer],
        doc: Some(docs::CC_PROTOCOL),
        [
            Printed,
            Any("undefined is not an object | null is not an object | cannot read properties of | \
                 cannot read property | is not iterable | is not a function | is not defined | \
                 evaluating ' | unexpected end of json input | unexpected eof | json parse error | \
                 json.parse | is not valid json | unexpected identifier | unexpected token | \
                 unterminated string | unexpected non-whitespace | expecting value: line | \
                 error decoding response body | missing field ` | invalid character"),
        ] => Likely,
        [
            Any("cannot read properties of undefined | undefined is not an object"),
            Any("usage | input_tokens | output_tokens | content | startswith | stream | message | delta | \
                 filter"),
        ] => Likely,
        [Any("no assistant message found | stream ended without receiving | unexpected event order | \
              stream has ended, this shouldn't happen | request ended without sending any chunks | \
              empty response from | jsondecodeerror | cannot unmarshal | failed to deserialize | \
              failed to decode response | jsonparseerror | ai_typevalidationerror | \
              responsevalidationerror | invalid json response")] => Likely,
    }
    ClientExited {
        meaning: "The program that started Claude Code reports its exit, but not the reason.",
        fix: "check its result line: `claude -p hi --debug-file log` and `cf-aig diagnose log`, or show_full_output: true in the GitHub Action",
        alike: &[NotLoggedIn],
        [Any("claude code process terminated | process exited with code | claude process exited | \
              claude exited with | error during execution | action failed with error: claude")] => Possible,
        [Near("claude -p | claude code | claude process", "exit code | exited with")] => Possible,
        [Any("claude code returned an error result | error_during_execution"), Failed] => Possible,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Configuration, speaker: ClaudeCode, level: Reported, ..ROW };
