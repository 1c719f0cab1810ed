//! `cf-aig gateway list` and `cf-aig gateway show`.

use super::shared::{SETTING, named, one_line};
use crate::base::error::Result;
use crate::base::redact;
use crate::base::text::visible;
use crate::cloudflare::Api;
use crate::facts::gateway::resources::{Gateway, Object};
use crate::facts::gateway::settings::{self, SETTINGS};
use crate::services::context::Context;
use crate::ui::{Column, Screen, TextBlock, print_report, table};
use serde_json::json;

/// Which gateways to list.
#[derive(Debug, clap::Args)]
pub(crate) struct GatewayListArgs {
    /// List only gateways whose id contains this
    search: Option<String>,
    /// Print JSON: {"schema", "gateways": [as the API returns them]}
    #[arg(long)]
    json: bool,
}

/// Which gateway to show.
#[derive(Debug, clap::Args)]
pub(crate) struct GatewayShowArgs {
    /// Gateway id [default: the configured one]
    pub(super) id: Option<String>,
    /// Print JSON: {"schema", "gateway": as the API returns it, "base_url", "notes"}
    #[arg(long)]
    json: bool,
}

pub(super) fn list(args: &GatewayListArgs, context: &Context) -> Result<()> {
    let api = Api::connect(context)?;
    let gateways = api.gateways(args.search.as_deref())?;
    let document = json!({"schema": 1, "gateways": gateways.iter().map(redacted).collect::<Vec<_>>()});
    let flag = |flag: Option<bool>| if flag == Some(true) { "on" } else { "off" }.to_owned();
    let off = |value: Option<String>| value.unwrap_or_else(|| "off".to_owned());
    let columns = [
        Column::left("ID"),
        Column::left("AUTH").dropped(4),
        Column::left("LOGS").dropped(5),
        Column::left("CACHE").dropped(3),
        Column::left("RATE LIMIT").dropped(2),
        Column::left("SPEND LIMIT").dropped(1).cut(16),
    ];
    let rows = gateways.iter().map(|gateway| {
        let cache = gateway.cache_ttl().filter(|ttl| *ttl > 0).map(|ttl| format!("{ttl} s"));
        let rate = gateway.rate_limit().map(|(limit, seconds)| format!("{limit} in {seconds} s"));
        let spend: Vec<String> = gateway.spend_limits().in_force().map(|rule| rule.words()).collect();
        [
            visible(gateway.id()),
            flag(gateway.authentication()),
            flag(gateway.collect_logs()),
            off(cache),
            off(rate),
            if spend.is_empty() { "none".to_owned() } else { visible(&spend.join(", ")) },
        ]
    });
    print_report(args.json, &document, || match (gateways.is_empty(), &args.search) {
        (true, Some(search)) => format!("no gateway matches {}\n", visible(search)),
        (true, None) => "no gateways; create one with `cf-aig gateway create NAME`\n".to_owned(),
        (false, _) => table(columns, rows),
    })
}

pub(super) fn show(args: &GatewayShowArgs, context: &Context) -> Result<()> {
    let gateway_id = named(context, args.id.as_deref())?;
    let api = Api::connect(context)?;
    let gateway = api.gateway(&gateway_id)?;
    let url = base_url(context, &api, gateway_id.as_str());
    let notes = settings::notes(&gateway);
    let report = json!({"schema": 1, "gateway": redacted(&gateway), "base_url": url, "notes": notes});
    print_report(args.json, &report, || {
        let mut out = TextBlock::new().on(Screen::stdout());
        out.row("gateway", &gateway_id).row("base URL", &url).column(SETTING);
        let value = |key: &str| Some(gateway.field(key)).filter(|value| !value.is_null());
        for (setting, value) in SETTINGS.iter().filter_map(|setting| Some((setting, value(setting.key)?))) {
            let shown = one_line(setting.key, value);
            out.row(&format!("  {}", setting.key), format_args!("{shown:<12} {}", setting.does));
        }
        let is_unknown = |key: &str| settings::find(key).is_none() && key != "id";
        for (key, value) in gateway.0.iter().filter(|(key, value)| is_unknown(key) && !value.is_null()) {
            out.row(&format!("  {}", visible(key)), one_line(key, value));
        }
        out.column(TextBlock::COLUMN).rows("note", &notes);
        out
    })
}

/// The gateway without tokens of other services.
pub(super) fn redacted(gateway: &Gateway) -> Object {
    gateway.0.iter().map(|(key, value)| (key.clone(), redact::json(key, value))).collect()
}

/// Where Claude Code would send its requests.
pub(super) fn base_url(context: &Context, api: &Api, gateway_id: &str) -> String {
    let origin = context.config.url.as_ref().map(|url| url.value.origin().to_string());
    let origin = origin.unwrap_or_else(|| crate::facts::gateway::url::Origin::cloudflare().to_string());
    format!("{origin}/v1/{}/{gateway_id}/anthropic", api.account())
}
