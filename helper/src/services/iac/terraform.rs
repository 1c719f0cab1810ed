//! Writes a program in Terraform's language, formatted like `terraform fmt`.

use super::layout::{list, push_indented};
use super::quote::{hcl, hcl_inner};
use super::schema::{GATEWAY, ROUTE};
use super::shape::{Fields, Term};
use super::{Call, Program};
use serde_json::Value;

/// The default origin. The code is for everyone, so it ignores this machine's origin.
const ORIGIN: &str = "https://gateway.ai.cloudflare.com";

pub(super) fn text(program: &Program) -> String {
    let label = program.label();
    let mut out = String::new();
    for line in program.remarks() {
        out.push_str(&format!("# {line}\n"));
    }
    let version = if program.late { "> 5.22.0, < 6.0.0" } else { ">= 5.22.0, < 6.0.0" };
    let mut terraform = Lines::default();
    if program.import {
        // import blocks require this version
        terraform.entry("required_version", hcl(">= 1.5.0"));
        terraform.gap();
    }
    let mut cloudflare = Lines::default();
    cloudflare.entry("source", hcl("cloudflare/cloudflare"));
    cloudflare.entry("version", hcl(version));
    let mut providers = Lines::default();
    providers.entry("cloudflare", cloudflare.braced());
    terraform.block("required_providers", &providers);
    block(&mut out, "terraform", &terraform);
    out.push_str(
        "\n# The token is read from CLOUDFLARE_API_TOKEN; it needs AI Gateway Read and AI Gateway Write.\n",
    );
    out.push_str("provider \"cloudflare\" {}\n");

    let mut account = Lines::default();
    account.entry("type", "string".to_owned());
    account.entry("description", hcl("The Cloudflare account"));
    if let Some(id) = &program.account {
        account.entry("default", hcl(id.as_str()));
    }
    block(&mut out, "variable \"account_id\"", &account);
    for secret in program.secrets() {
        let mut variable = Lines::default();
        variable.entry("type", if secret.is_map { "map(string)" } else { "string" }.to_owned());
        variable.entry("description", hcl(&format!("{} of the gateway", secret.at)));
        variable.entry("sensitive", "true".to_owned());
        block(&mut out, &format!("variable {}", hcl(&secret.name)), &variable);
    }

    let mut gateway = Lines::default();
    gateway.entry("account_id", "var.account_id".to_owned());
    gateway.entry("id", hcl(program.gateway.as_str()));
    gateway.fields(&program.arguments);
    block(&mut out, &resource(GATEWAY.terraform, &label), &gateway);
    for route in &program.routes {
        let mut body = Lines::default();
        body.entry("account_id", "var.account_id".to_owned());
        body.entry("gateway_id", format!("{}.{label}.id", GATEWAY.terraform));
        body.fields(&route.arguments);
        block(&mut out, &resource(ROUTE.terraform, &route.label), &body);
    }
    if let Some(id) = program.import_id() {
        import(&mut out, &format!("{}.{label}", GATEWAY.terraform), &id);
        for route in &program.routes {
            import(&mut out, &format!("{}.{}", ROUTE.terraform, route.label), &format!("{id}/{}", route.id));
        }
    }
    outputs(&mut out, program, &label);
    comments(&mut out, &program.calls, "#");
    out
}

fn outputs(out: &mut String, program: &Program, label: &str) {
    let mut locals = Lines::default();
    let id = format!("{}.{label}.id", GATEWAY.terraform);
    locals.entry("gateway_url", format!("\"{ORIGIN}/v1/${{var.account_id}}/${{{id}}}\""));
    block(out, "locals", &locals);
    let url = |base: &str| format!("\"${{local.gateway_url}}/{}\"", hcl_inner(base));
    let mut anthropic = Lines::default();
    anthropic.entry("description", hcl("ANTHROPIC_BASE_URL of Claude Code"));
    anthropic.entry("value", url("anthropic"));
    block(out, "output \"anthropic_base_url\"", &anthropic);
    let mut bases = Lines::default();
    for base in &program.bases {
        bases.entry(&hcl(base), url(base));
    }
    let mut all = Lines::default();
    all.entry("description", hcl("The base URLs of the providers behind the gateway"));
    all.entry("value", bases.braced());
    block(out, "output \"base_urls\"", &all);
}

fn resource(kind: &str, label: &str) -> String {
    format!("resource {} {}", hcl(kind), hcl(label))
}

fn import(out: &mut String, to: &str, id: &str) {
    let mut body = Lines::default();
    body.entry("to", to.to_owned());
    body.entry("id", hcl(id));
    block(out, "import", &body);
}

fn block(out: &mut String, head: &str, body: &Lines) {
    out.push_str(&format!("\n{head} {}\n", body.braced()));
}

/// API calls, as comments, for what no resource covers.
pub(super) fn comments(out: &mut String, calls: &[Call], mark: &str) {
    if calls.is_empty() {
        return;
    }
    out.push_str(&format!(
        "\n{mark} No resource covers the following yet. Make each API call once, with\n\
         {mark} CLOUDFLARE_ACCOUNT_ID, CLOUDFLARE_API_TOKEN and its own variable in the environment.\n"
    ));
    for call in calls {
        let given = call.secret.as_ref().map_or(String::new(), |name| format!(" ({name})"));
        out.push_str(&format!("{mark}\n{mark} {}{given}:\n", call.makes));
        for line in call.command.lines() {
            out.push_str(&format!("{mark}   {line}\n"));
        }
    }
}

/// The inside of a block or an object. Names of consecutive single lines are aligned.
#[derive(Default)]
struct Lines(Vec<Line>);

enum Line {
    Entry(String, String),
    Block(String, String),
    Gap,
}

impl Lines {
    fn entry(&mut self, name: &str, value: String) {
        self.0.push(Line::Entry(name.to_owned(), value));
    }

    fn block(&mut self, name: &str, body: &Lines) {
        self.0.push(Line::Block(name.to_owned(), body.braced()));
    }

    fn gap(&mut self) {
        self.0.push(Line::Gap);
    }

    fn fields(&mut self, fields: &Fields) {
        for (argument, term) in fields {
            self.entry(argument.terraform, value(term));
        }
    }

    fn braced(&self) -> String {
        if self.0.is_empty() {
            return "{}".to_owned();
        }
        let mut out = "{\n".to_owned();
        for (at, line) in self.0.iter().enumerate() {
            let text = match line {
                Line::Entry(name, value) => format!("{name:<width$} = {value}", width = self.width(at)),
                Line::Block(name, body) => format!("{name} {body}"),
                Line::Gap => String::new(),
            };
            push_indented(&mut out, &text);
        }
        out.push('}');
        out
    }

    /// The width of the names around this line.
    fn width(&self, at: usize) -> usize {
        let single = |line: &&Line| matches!(line, Line::Entry(_, value) if !value.contains('\n'));
        let name = |line: &Line| match line {
            Line::Entry(name, _) => name.chars().count(),
            _ => 0,
        };
        if !single(&&self.0[at]) {
            return 0;
        }
        let (before, after) = self.0.split_at(at);
        let run = before.iter().rev().take_while(single).chain(after.iter().take_while(single));
        run.map(name).max().unwrap_or_default()
    }
}

fn value(term: &Term) -> String {
    match term {
        Term::Flag(flag) => flag.to_string(),
        Term::Number(number) => number.to_string(),
        Term::Text(text) => hcl(text),
        Term::List(terms) => list(&terms.iter().map(value).collect::<Vec<_>>()),
        Term::Object(fields) => {
            let mut lines = Lines::default();
            lines.fields(fields);
            lines.braced()
        }
        Term::Named(terms) => named(terms.iter().map(|(name, term)| (name, value(term)))),
        Term::Json(json) => format!("jsonencode({})", literal(json)),
        Term::Secret(secret) => format!("var.{}", secret.name),
    }
}

fn literal(json: &Value) -> String {
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => json.to_string(),
        Value::String(text) => hcl(text),
        Value::Array(items) => list(&items.iter().map(literal).collect::<Vec<_>>()),
        Value::Object(map) => named(map.iter().map(|(name, item)| (name, literal(item)))),
    }
}

fn named<'a>(entries: impl Iterator<Item = (&'a String, String)>) -> String {
    let mut lines = Lines::default();
    entries.for_each(|(name, value)| lines.entry(&hcl(name), value));
    lines.braced()
}
