//! Writes a Pulumi program in TypeScript.

use super::language::Language::Pulumi;
use super::program::Program;
use super::schema::{GATEWAY, ROUTE, camel};
use crate::base::quote::posix;
use crate::base::text::visible;

pub(super) fn text(program: &Program) -> String {
    let name = Pulumi.quote(program.gateway.as_str());
    let account = match &program.account {
        Some(id) => format!("config.get(\"accountId\") ?? {}", Pulumi.quote(id.as_str())),
        None => "config.require(\"accountId\")".to_owned(),
    };
    let arguments = [("accountId", "accountId"), ("aiGatewayId", &name)];
    let mut out = program.remarks("//");
    out.push_str(&preparations(program));
    out.push_str(&format!(
        r#"
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const accountId = {account};

const gateway = new cloudflare.{}({name}, {});
"#,
        GATEWAY.pulumi,
        Pulumi.object_with(&arguments, &program.arguments)
    ));
    for route in &program.routes {
        let arguments = [("accountId", "accountId"), ("gatewayId", "gateway.aiGatewayId")];
        let body = Pulumi.object_with(&arguments, &route.arguments);
        out.push_str(&format!("\nnew cloudflare.{}(\"{}\", {body});\n", ROUTE.pulumi, route.label));
    }
    let url = |base: &String| (Pulumi.quote(base), format!("baseUrl({})", Pulumi.quote(base)));
    out.push_str(&format!(
        r#"
const baseUrl = (provider: string) =>
  pulumi.interpolate`https://gateway.ai.cloudflare.com/v1/${{accountId}}/${{gateway.aiGatewayId}}/${{provider}}`;

/** ANTHROPIC_BASE_URL of Claude Code. */
export const anthropicBaseUrl = baseUrl("anthropic");

/** The base URLs of the providers behind the gateway. */
export const baseUrls = {};
"#,
        Pulumi.object(&program.bases.iter().map(url).collect::<Vec<_>>())
    ));
    out.push_str(&program.by_hand("//"));
    out
}

/// The commands to run before the first `pulumi up`.
fn preparations(program: &Program) -> String {
    let mut out = "//\n//   npm install @pulumi/pulumi @pulumi/cloudflare@^6.22.1\n//\n\
         // The token is read from CLOUDFLARE_API_TOKEN; it needs AI Gateway Read and AI Gateway Write.\n"
        .to_owned();
    for secret in program.secrets() {
        let name = camel(&secret.name);
        let key = if secret.is_map { format!("--path '{name}[\"NAME\"]'") } else { name };
        out.push_str(&format!("//   pulumi config set --secret {key}    # {}\n", secret.at));
    }
    if let Some(id) = program.import_id() {
        out.push_str("//\n// Import existing resources once, before the first `pulumi up`, with:\n");
        out.push_str(&format!("//   pulumi import {} {} '{id}'\n", GATEWAY.token, program.gateway));
        for route in &program.routes {
            // an id comes from Cloudflare; anything else is quoted so that nothing is executed
            let id = posix(&visible(&format!("{id}/{}", route.id)));
            out.push_str(&format!("//   pulumi import {} {} {id}\n", ROUTE.token, route.label));
        }
    }
    out
}
