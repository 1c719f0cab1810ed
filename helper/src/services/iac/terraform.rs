//! Writes a program in Terraform's language, formatted like `terraform fmt`.

use super::language::Language::Terraform;
use super::program::Program;
use super::schema::{GATEWAY, ROUTE};
use crate::ui::TextBlock;

impl Program {
    /// As Terraform.
    pub fn terraform(&self) -> String {
        let mut out = TextBlock::new();
        self.remarks("#", &mut out);
        head(self, &mut out);
        let kind = GATEWAY.terraform;
        let gateway = format!("{kind}.{}", self.label());
        let arguments = [("account_id", "var.account_id"), ("id", &Terraform.quote(self.gateway.as_str()))];
        let body = Terraform.object_with(&arguments, &self.arguments);
        out.gap().line(format_args!("resource \"{kind}\" \"{}\" {body}", self.label()));
        let kind = ROUTE.terraform;
        for route in &self.routes {
            let arguments = [("account_id", "var.account_id"), ("gateway_id", &format!("{gateway}.id"))];
            let body = Terraform.object_with(&arguments, &route.arguments);
            out.gap().line(format_args!("resource \"{kind}\" \"{}\" {body}", route.label));
        }
        if let Some(id) = self.import_id() {
            let mut import = |to: &str, id: &str| {
                out.lines(format!("\nimport {{\n  to = {to}\n  id = {}\n}}\n", Terraform.quote(id)));
            };
            import(&gateway, &id);
            for route in &self.routes {
                import(&format!("{kind}.{}", route.label), &format!("{id}/{}", route.id));
            }
        }
        out.lines(outputs(self, &gateway));
        self.by_hand("#", &mut out);
        out.into()
    }
}

/// Versions, the provider and the variables.
fn head(program: &Program, out: &mut TextBlock) {
    // import blocks require this version
    let terraform = if program.import { "  required_version = \">= 1.5.0\"\n\n" } else { "" };
    let account = program.account.as_ref();
    let account = account.map(|id| format!("  default     = {}\n", Terraform.quote(id.as_str())));
    let account = account.unwrap_or_default();
    out.lines(format!(
        r#"
terraform {{
{terraform}  required_providers {{
    cloudflare = {{
      source  = "cloudflare/cloudflare"
      version = ">= 5.22.0, < 6.0.0"
    }}
  }}
}}

# The token is read from CLOUDFLARE_API_TOKEN; it needs AI Gateway Read and AI Gateway Write.
provider "cloudflare" {{}}

variable "account_id" {{
  type        = string
  description = "The Cloudflare account"
{account}}}
"#
    ));
    for secret in program.secrets() {
        out.lines(format!(
            r#"
variable "{}" {{
  type        = {}
  description = {}
  sensitive   = true
}}
"#,
            secret.name,
            if secret.is_map { "map(string)" } else { "string" },
            Terraform.quote(&format!("{} of the gateway", secret.at)),
        ));
    }
}

/// The URLs. The code is for everyone, so it ignores this machine's origin.
fn outputs(program: &Program, gateway: &str) -> String {
    let url = |base: &String| {
        (Terraform.quote(base), format!("\"${{local.gateway_url}}/{}\"", Terraform.escaped(base)))
    };
    let bases = Terraform.object(&program.bases.iter().map(url).collect::<Vec<_>>()).replace('\n', "\n  ");
    format!(
        r#"
locals {{
  gateway_url = "https://gateway.ai.cloudflare.com/v1/${{var.account_id}}/${{{gateway}.id}}"
}}

output "anthropic_base_url" {{
  description = "ANTHROPIC_BASE_URL of Claude Code"
  value       = "${{local.gateway_url}}/anthropic"
}}

output "base_urls" {{
  description = "The base URLs of the providers behind the gateway"
  value = {bases}
}}
"#
    )
}
