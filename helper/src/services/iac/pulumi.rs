//! Writes a Pulumi program in TypeScript.

use super::Program;
use super::layout::{list, push_indented};
use super::quote::ts;
use super::schema::{GATEWAY, ROUTE, camel};
use super::shape::{Fields, Term};
use super::terraform::comments;
use serde_json::Value;

/// The packages that define the argument types.
const PACKAGES: &str = "@pulumi/pulumi @pulumi/cloudflare@^6.22.1";

pub(super) fn text(program: &Program) -> String {
    let mut out = String::new();
    for line in program.remarks() {
        out.push_str(&format!("// {line}\n"));
    }
    out.push_str(&format!(
        "//\n//   npm install {PACKAGES}\n//\n\
         // The token is read from CLOUDFLARE_API_TOKEN; it needs AI Gateway Read and AI Gateway Write.\n"
    ));
    for secret in program.secrets() {
        let path = if secret.is_map { " --path" } else { "" };
        let at = if secret.is_map { "NAME" } else { "" };
        let name = camel(&secret.name);
        let key = if at.is_empty() { name } else { format!("'{name}[\"{at}\"]'") };
        out.push_str(&format!("//   pulumi config set --secret{path} {key}    # {}\n", secret.at));
    }
    imports(&mut out, program);
    out.push_str("\nimport * as cloudflare from \"@pulumi/cloudflare\";\nimport * as pulumi from \"@pulumi/pulumi\";\n\n");
    out.push_str("const config = new pulumi.Config();\n");
    out.push_str(&match &program.account {
        Some(id) => format!("const accountId = config.get(\"accountId\") ?? {};\n", ts(id.as_str())),
        None => "const accountId = config.require(\"accountId\");\n".to_owned(),
    });
    let mut gateway = Entries::default();
    gateway.push("accountId", "accountId".to_owned());
    gateway.push("aiGatewayId", ts(program.gateway.as_str()));
    gateway.fields(&program.arguments);
    let class = GATEWAY.pulumi;
    out.push_str(&format!(
        "\nconst gateway = new cloudflare.{class}({}, {});\n",
        ts(program.gateway.as_str()),
        gateway.braced()
    ));
    for route in &program.routes {
        let mut body = Entries::default();
        body.push("accountId", "accountId".to_owned());
        body.push("gatewayId", "gateway.aiGatewayId".to_owned());
        body.fields(&route.arguments);
        let class = ROUTE.pulumi;
        out.push_str(&format!("\nnew cloudflare.{class}({}, {});\n", ts(&route.label), body.braced()));
    }
    out.push_str(
        "\nconst baseUrl = (provider: string) =>\n  \
         pulumi.interpolate`https://gateway.ai.cloudflare.com/v1/${accountId}/${gateway.aiGatewayId}/${provider}`;\n\n\
         /** ANTHROPIC_BASE_URL of Claude Code. */\n\
         export const anthropicBaseUrl = baseUrl(\"anthropic\");\n\n\
         /** The base URLs of the providers behind the gateway. */\n",
    );
    let mut bases = Entries::default();
    for base in &program.bases {
        bases.push(&ts(base), format!("baseUrl({})", ts(base)));
    }
    out.push_str(&format!("export const baseUrls = {};\n", bases.braced()));
    comments(&mut out, &program.calls, "//");
    out
}

fn imports(out: &mut String, program: &Program) {
    let Some(id) = program.import_id() else { return };
    out.push_str("//\n// Import existing resources once, before the first `pulumi up`, with:\n");
    let token = GATEWAY.token;
    out.push_str(&format!("//   pulumi import {token} {} '{id}'\n", program.gateway));
    for route in &program.routes {
        // an id comes from Cloudflare; anything else is quoted so that nothing is executed
        let id = crate::base::quote::posix(&crate::base::text::visible(&format!("{id}/{}", route.id)));
        out.push_str(&format!("//   pulumi import {} {} {id}\n", ROUTE.token, route.label));
    }
}

/// The inside of an object.
#[derive(Default)]
struct Entries(Vec<(String, String)>);

impl Entries {
    fn push(&mut self, name: &str, value: String) {
        self.0.push((name.to_owned(), value));
    }

    fn fields(&mut self, fields: &Fields) {
        for (argument, term) in fields {
            self.push(&argument.pulumi(), value(term));
        }
    }

    fn named(&mut self, name: &str, value: String) {
        // unquoted, this name would set the object's prototype
        let quoted = ts(name);
        self.0.push((if name == "__proto__" { format!("[{quoted}]") } else { quoted }, value));
    }

    fn braced(&self) -> String {
        if self.0.is_empty() {
            return "{}".to_owned();
        }
        let mut out = "{\n".to_owned();
        for (name, value) in &self.0 {
            let entry = if name == value { format!("{name},") } else { format!("{name}: {value},") };
            push_indented(&mut out, &entry);
        }
        out.push('}');
        out
    }
}

fn value(term: &Term) -> String {
    match term {
        Term::Flag(flag) => flag.to_string(),
        Term::Number(number) => number.to_string(),
        Term::Text(text) => ts(text),
        Term::List(terms) => list(&terms.iter().map(value).collect::<Vec<_>>()),
        Term::Object(fields) => {
            let mut entries = Entries::default();
            entries.fields(fields);
            entries.braced()
        }
        Term::Named(terms) => {
            let mut entries = Entries::default();
            terms.iter().for_each(|(name, term)| entries.named(name, value(term)));
            entries.braced()
        }
        Term::Json(json) => format!("JSON.stringify({})", literal(json)),
        Term::Secret(secret) if secret.is_map => {
            format!("config.requireSecretObject<Record<string, string>>({})", ts(&camel(&secret.name)))
        }
        Term::Secret(secret) => format!("config.requireSecret({})", ts(&camel(&secret.name))),
    }
}

fn literal(json: &Value) -> String {
    match json {
        Value::Null | Value::Bool(_) | Value::Number(_) => json.to_string(),
        Value::String(text) => ts(text),
        Value::Array(items) => list(&items.iter().map(literal).collect::<Vec<_>>()),
        Value::Object(map) => {
            let mut entries = Entries::default();
            map.iter().for_each(|(name, item)| entries.named(name, literal(item)));
            entries.braced()
        }
    }
}
