//! Writes a Pulumi program in TypeScript.

use super::language::Language::Pulumi;
use super::program::Program;
use super::schema::{GATEWAY, ROUTE, camel};
use crate::base::quote::posix;
use crate::base::text::visible;
use crate::ui::TextBlock;

impl Program {
    /// As a Pulumi program in TypeScript.
    pub fn pulumi(&self) -> String {
        let name = Pulumi.quote(self.gateway.as_str());
        let account = match &self.account {
            Some(id) => format!("config.get(\"accountId\") ?? {}", Pulumi.quote(id.as_str())),
            None => "config.require(\"accountId\")".to_owned(),
        };
        let arguments = [("accountId", "accountId"), ("aiGatewayId", &name)];
        let mut out = TextBlock::new();
        self.remarks("//", &mut out);
        preparations(self, &mut out);
        out.lines(format!(
            r#"
import * as cloudflare from "@pulumi/cloudflare";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const accountId = {account};

const gateway = new cloudflare.{}({name}, {});
"#,
            GATEWAY.pulumi,
            Pulumi.object_with(&arguments, &self.arguments)
        ));
        for route in &self.routes {
            let arguments = [("accountId", "accountId"), ("gatewayId", "gateway.aiGatewayId")];
            let body = Pulumi.object_with(&arguments, &route.arguments);
            out.gap().line(format_args!("new cloudflare.{}(\"{}\", {body});", ROUTE.pulumi, route.label));
        }
        let url = |base: &String| (Pulumi.quote(base), format!("baseUrl({})", Pulumi.quote(base)));
        out.lines(format!(
        r#"
const baseUrl = (provider: string) =>
  pulumi.interpolate`https://gateway.ai.cloudflare.com/v1/${{accountId}}/${{gateway.aiGatewayId}}/${{provider}}`;

/** ANTHROPIC_BASE_URL of Claude Code. */
export const anthropicBaseUrl = baseUrl("anthropic");

/** The base URLs of the providers behind the gateway. */
export const baseUrls = {};
"#,
        Pulumi.object(&self.bases.iter().map(url).collect::<Vec<_>>())
    ));
        self.by_hand("//", &mut out);
        out.into()
    }
}

/// The commands to run before the first `pulumi up`.
fn preparations(program: &Program, out: &mut TextBlock) {
    out.line("//").line("//   npm install @pulumi/pulumi @pulumi/cloudflare@^6.22.1").line("//");
    out.line(
        "// The token is read from CLOUDFLARE_API_TOKEN; it needs AI Gateway Read and AI Gateway Write.",
    );
    for secret in program.secrets() {
        let name = camel(&secret.name);
        let key = if secret.is_map { format!("--path '{name}[\"NAME\"]'") } else { name };
        out.line(format_args!("//   pulumi config set --secret {key}    # {}", secret.at));
    }
    let Some(id) = program.import_id() else { return };
    out.line("//").line("// Import existing resources once, before the first `pulumi up`, with:");
    out.line(format_args!("//   pulumi import {} {} '{id}'", GATEWAY.token, program.gateway));
    for route in &program.routes {
        // an id comes from Cloudflare; anything else is quoted so that nothing is executed
        let id = posix(&visible(&format!("{id}/{}", route.id)));
        out.line(format_args!("//   pulumi import {} {} {id}", ROUTE.token, route.label));
    }
}
