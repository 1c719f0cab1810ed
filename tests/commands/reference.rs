//! The command line's self-description: help, completions, the manual, the table of providers.

use crate::sandbox;
use crate::shells::Cage;
use cf_aig::cli::Cli;
use cf_aig_harness::terminal::Terminal;
use cf_aig_harness::{Ran, in_each, needs};
use clap::CommandFactory;
use std::fs;
use std::time::Duration;

/// The names of all commands.
fn commands() -> Vec<String> {
    let mut cli = Cli::command();
    cli.build();
    let names = cli.get_subcommands().map(|command| command.get_name().to_owned());
    names.filter(|name| name != "help").collect()
}

/// A change of the interface shows up as a change of this file.
#[test]
fn every_help_text_is_as_recorded() {
    let sandbox = sandbox();
    let mut text = sandbox.run(["--help"]).stdout;
    for name in commands() {
        let ran = sandbox.run([&name, "--help"]);
        assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
        assert_eq!(sandbox.run(["help", &name]).stdout, ran.stdout);
        text.push_str(&format!("\n==> cf-aig {name} --help\n\n{}", ran.stdout));
    }
    text.push_str(&format!("\n==> cf-aig providers\n\n{}", sandbox.run(["providers"]).stdout));
    insta::assert_snapshot!("cli", text);
}

#[test]
fn a_wrong_call_is_a_usage_error_that_leads_on() {
    let sandbox = sandbox();
    let calls: &[&[&str]] =
        &[&["no-such-command"], &["status", "--no-such-flag"], &["completions", "cmd.exe"], &["--auth"]];
    for args in calls {
        let ran = sandbox.run(*args);
        assert_eq!((ran.code, ran.stdout.as_str()), (2, ""), "{args:?}");
        assert!(ran.stderr.contains("--help"), "{}", ran.stderr);
    }
    let near = sandbox.run(["stauts"]);
    assert!(near.stderr.contains("status"), "{}", near.stderr);
}

#[test]
fn without_a_command_it_shows_the_status() {
    let sandbox = sandbox();
    let (bare, status) = (sandbox.run([""; 0]), sandbox.run(["status"]));
    assert_eq!((bare.code, &bare.stdout, &bare.stderr), (status.code, &status.stdout, &status.stderr));
    assert!(bare.stdout.contains("gateway"), "{bare:?}");
}

#[test]
fn hooks_are_not_in_the_help() {
    let help = sandbox().run(["--help"]).stdout;
    assert!(help.find("status").unwrap() < help.find("conformance").unwrap(), "{help}");
    assert!(!help.contains("session-"), "{help}");
}

#[test]
fn the_table_of_providers_names_a_variable_where_it_leads() {
    let sandbox = sandbox();
    let table = sandbox.run(["providers"]).stdout;
    let row = |path: &str| table.lines().find(|l| l.split_whitespace().next() == Some(path)).unwrap();
    assert!(row("openrouter/v1").ends_with("OPENROUTER_BASE_URL"), "{table}");
    assert!(!row("openrouter").contains("OPENROUTER_BASE_URL"), "{table}");
    let json = sandbox.run(["providers", "--json"]).json();
    for provider in json["providers"].as_array().unwrap() {
        for base in provider["bases"].as_array().unwrap() {
            let row = row(base["path"].as_str().unwrap());
            assert!(
                row.contains(base["speaks"].as_str().unwrap())
                    && row.contains(base["evidence"].as_str().unwrap())
            );
        }
        for sdk in provider["sdk"].as_array().unwrap() {
            assert!(row(sdk["path"].as_str().unwrap()).contains(sdk["variable"].as_str().unwrap()));
        }
    }
    let at = |line: &str| line.find("documented").or(line.find("library only")).or(line.find("not verified"));
    let columns: std::collections::BTreeSet<_> = table.lines().filter_map(at).collect();
    assert_eq!(columns.len(), 1, "one column under another:\n{table}");
    let for_claude = sandbox.run(["providers", "--claude-code", "--json"]).json();
    let slugs: Vec<_> =
        for_claude["providers"].as_array().unwrap().iter().map(|p| p["slug"].as_str().unwrap()).collect();
    assert_eq!(slugs, ["anthropic", "openrouter", "aws-bedrock", "grok", "deepseek"]);
}

const LIMIT: Duration = Duration::from_secs(60);

#[in_each(bash, zsh, fish, pwsh)]
fn completions_load_and_complete_in_a_real_shell(shell: &str) {
    // bash calls the registered function; zsh is tested by typing, below
    let in_bash = ". ./script; f=$(complete -p cf-aig); f=${f##*-F }; f=${f%% *}; \
        COMP_WORDS=(cf-aig val); COMP_CWORD=1; \"$f\" cf-aig val cf-aig; printf '%s\\n' \"${COMPREPLY[@]}\"";
    let in_zsh = "autoload -U compinit; compinit -D; . ./script; print ${_comps[cf-aig]} validate";
    let in_powershell = "Get-Content -Raw ./script | Invoke-Expression; \
        (TabExpansion2 'cf-aig val' 10).CompletionMatches.CompletionText";
    let (name, args): (&str, &[&str]) = match shell {
        "bash" => ("bash", &["--norc", "-c", in_bash]),
        "zsh" => ("zsh", &["-f", "-c", in_zsh]),
        "fish" => ("fish", &["--no-config", "-c", "source ./script; complete -C 'cf-aig val'"]),
        _ => ("powershell", &["-NoProfile", "-NonInteractive", "-c", in_powershell]),
    };
    let script = sandbox().run(["completions", name]);
    assert_eq!((script.code, script.stderr.as_str()), (0, ""));
    let cage = Cage::new();
    cage.write("script", &script.stdout);
    let ran: Ran = cage.command(shell).args(args).output().unwrap().into();
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert!(ran.stdout.contains("validate"), "{ran:?}");
    assert_eq!(cage.strangers(), [""; 0]);
}

#[needs(zsh)]
#[test]
fn zsh_completes_what_is_typed() {
    let cage = Cage::new();
    cage.write("script", &sandbox().run(["completions", "zsh"]).stdout);
    let mut command = cage.command("zsh");
    command.args(["-f", "-i"]).env("TERM", "xterm").env("PS1", "ready> ");
    let mut zsh = Terminal::start(&command);
    zsh.wait_for("ready>", LIMIT);
    zsh.type_keys("autoload -U compinit; compinit -D; . ./script; clear; echo loaded\r");
    zsh.wait_until("the completions", LIMIT, |screen| screen.starts_with("loaded"));
    zsh.type_keys("cf-aig val\t");
    zsh.wait_for("cf-aig validate", LIMIT);
    zsh.type_keys("--fo\t");
    zsh.wait_for("cf-aig validate --for-claude-code", LIMIT);
}

#[test]
fn the_manual_is_one_that_man_can_show() {
    let sandbox = sandbox();
    let page = sandbox.run(["man"]);
    assert_eq!((page.code, page.stderr.as_str()), (0, ""));
    let folder = sandbox.home().join("man");
    let made = sandbox.run(["man", "--out-dir", &folder.to_string_lossy()]);
    assert_eq!((made.code, made.stdout.as_str(), made.stderr.as_str()), (0, "", ""));
    assert_eq!(fs::read_to_string(folder.join("cf-aig.1")).unwrap(), page.stdout);
    for name in commands().into_iter().filter(|name| !name.starts_with("session-")) {
        assert!(folder.join(format!("cf-aig-{name}.1")).is_file(), "{name}");
        assert!(page.stdout.contains(&name.replace('-', "\\-")), "{name}");
    }
}

#[needs(manual)]
#[test]
fn man_renders_every_page() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let ran = sandbox().run(["man", "--out-dir", &folder.to_string_lossy()]);
    assert_eq!(ran.code, 0, "{ran:?}");
    let cage = Cage::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let mut command = cage.command("man");
        let ran: Ran = command.args(["--warnings", "-E", "UTF-8", "-l"]).arg(&path).output().unwrap().into();
        assert_eq!(ran.stderr, "", "{}", path.display());
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        assert!(ran.stdout.contains("SYNOPSIS") && ran.stdout.contains(&name), "{}", ran.stdout);
    }
}

/// The words of the `cf-aig` call in one line of examples, as a shell would split them, without other shell
/// syntax and without the remark after two spaces.
fn example_call(line: &str) -> Option<Vec<String>> {
    let call = &line[line.find("cf-aig ")?..];
    let ends = ["  ", " | ", " < ", " > ", " 2>&1", ")\""];
    let end = ends.iter().filter_map(|end| call.find(end)).min().unwrap_or(call.len());
    let (mut words, mut quote) = (vec![String::new()], None);
    for c in call[..end].chars() {
        match (c, quote) {
            ('\'' | '"', None) => quote = Some(c),
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.push(String::new()),
            (c, _) => words.last_mut().expect("it starts with one").push(c),
        }
    }
    Some(words.into_iter().filter(|word| !word.is_empty()).collect())
}

#[test]
fn every_help_ends_with_examples_that_can_be_typed() {
    let mut cli = Cli::command();
    cli.build();
    for command in cli.get_subcommands() {
        let name = command.get_name();
        if !["help", "session-start", "session-end", "session-env", "man"].contains(&name) {
            check_examples(command, name, false);
        }
    }
}

/// A group of commands has examples itself, or each of its commands has.
fn check_examples(command: &clap::Command, name: &str, group_has_some: bool) {
    let after = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let long = after.lines().find(|line| line.chars().count() > 100);
    assert_eq!(long, None, "{name}: it is wrapped a second time");
    let calls: Vec<_> = match after.split_once("Examples:\n") {
        Some((_, examples)) => examples.lines().filter_map(example_call).collect(),
        None => Vec::new(),
    };
    assert!(!calls.is_empty() || group_has_some || command.has_subcommands(), "{name} has no examples");
    for call in &calls {
        let parsed = Cli::command().try_get_matches_from(call);
        assert!(parsed.is_ok(), "{call:?}: {}", parsed.err().map(|e| e.to_string()).unwrap_or_default());
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        check_examples(inner, &format!("{name} {}", inner.get_name()), !calls.is_empty());
    }
}
