// Every call that Cloudflare's SDK offers for AI Gateway, against the emulator: it succeeds, or it is
// named below as one that is not emulated. A call that a new SDK brings fails the count.
import Cloudflare from "cloudflare";
import assert from "node:assert/strict";

const { ORIGIN, ACCOUNT, TOKEN, GATEWAY, LOG } = process.env;
const client = new Cloudflare({ apiToken: TOKEN, baseURL: `${ORIGIN}/client/v4`, maxRetries: 0 });
const account_id = ACCOUNT;
const gateway_id = GATEWAY;

const NOT_EMULATED = [
  "datasets.create", "datasets.update", "datasets.list", "datasets.delete", "datasets.get",
  "evaluations.create", "evaluations.list", "evaluations.delete", "evaluations.get",
  "evaluationTypes.list", "billing.invoicePreview", "billing.topup.create", "billing.topup.status",
  "billing.topup.config.create", "billing.topup.config.delete", "billing.topup.config.get",
  "billing.spendingLimit.create", "billing.spendingLimit.delete", "billing.spendingLimit.get",
];

/** Names of the calls below a resource, `logs.list` style. */
function offered(resource, prefix = "") {
  const names = [];
  for (let proto = Object.getPrototypeOf(resource); proto && proto !== Object.prototype; proto = Object.getPrototypeOf(proto)) {
    for (const name of Object.getOwnPropertyNames(proto)) {
      if (name !== "constructor" && typeof resource[name] === "function") names.push(prefix + name);
    }
  }
  for (const [name, value] of Object.entries(resource)) {
    if (name.startsWith("_") || typeof value !== "object" || value === null) continue;
    names.push(...offered(value, `${prefix}${name}.`));
  }
  return names;
}

const called = new Set();
/** The calls, by name; what is called is noted. */
const api = new Proxy({}, {
  get: (_, name) => (...args) => {
    called.add(name);
    const path = name.split(".");
    const method = path.pop();
    const resource = path.reduce((at, part) => at[part], client.aiGateway);
    return resource[method](...args);
  },
});

const settings = {
  cache_invalidate_on_update: false, cache_ttl: 0, collect_logs: true,
  rate_limiting_interval: 60, rate_limiting_limit: 100, rate_limiting_technique: "sliding",
};
const made = await api["create"]({ account_id, id: "from-the-sdk", authentication: true, ...settings });
assert.equal(made.id, "from-the-sdk");
assert.equal(made.rate_limiting_technique, "sliding");
const changed = await api["update"]("from-the-sdk", {
  account_id, ...settings, cache_ttl: 300, zdr: true,
  spend_limits: { enabled: true, rules: [{ limit: 50, limitType: "cost", window: 86400 }] },
});
assert.equal(changed.cache_ttl, 300);
assert.equal(changed.spend_limits.rules[0].limit, 50);
assert.equal((await api["get"]("from-the-sdk", { account_id })).zdr, true);
const gateways = [];
for await (const gateway of api["list"]({ account_id, per_page: 1 })) gateways.push(gateway.id);
assert.deepEqual(gateways.sort(), [GATEWAY, "from-the-sdk"].sort());
assert.match(await api["urls.get"]("anthropic", { account_id, gateway_id }), /\/anthropic$/);

const provider = await api["customProviders.create"]({
  account_id, name: "Z.ai", slug: "zai", base_url: "https://api.z.ai", enable: true,
});
assert.equal((await api["customProviders.get"](provider.id, { account_id })).slug, "zai");
const providers = [];
for await (const found of api["customProviders.list"]({ account_id, enable: true })) providers.push(found.slug);
assert.deepEqual(providers, ["zai"]);
assert.equal((await api["customProviders.delete"](provider.id, { account_id })).slug, "zai");

const key = await api["providerConfigs.create"](gateway_id, {
  account_id, alias: "default", default_config: true, provider_slug: "anthropic", secret: "sk-ant-example",
});
assert.equal(key.provider_slug, "anthropic");
const keys = [];
for await (const found of api["providerConfigs.list"](gateway_id, { account_id })) keys.push(found.alias);
assert.deepEqual(keys, ["default"]);

const elements = [
  { id: "start", type: "start", outputs: { next: { elementId: "m" } } },
  { id: "m", type: "model",
    properties: { provider: "anthropic", model: "claude-haiku-4-5", retries: 0, timeout: 60000 },
    outputs: { success: { elementId: "end" }, fallback: { elementId: "end" } } },
  { id: "end", type: "end", outputs: {} },
];
const route = await api["dynamicRouting.create"](gateway_id, { account_id, name: "sdk", elements });
const of = { account_id, gateway_id };
assert.equal(route.version.active, "true");
const version = await api["dynamicRouting.createVersion"](route.id, { ...of, elements });
assert.equal(version.elements.length, 3);
const versions = await api["dynamicRouting.listVersions"](route.id, of);
assert.equal(versions.data.versions.length, 2);
const { version_id } = versions.data.versions[0];
assert.equal((await api["dynamicRouting.getVersion"](version_id, { ...of, id: route.id })).version_id, version_id);
assert.equal((await api["dynamicRouting.createDeployment"](route.id, { ...of, version_id })).id, route.id);
assert.equal((await api["dynamicRouting.listDeployments"](route.id, of)).data.deployments.length, 2);
assert.equal((await api["dynamicRouting.update"](route.id, { ...of, name: "renamed" })).route.name, "renamed");
assert.equal((await api["dynamicRouting.get"](route.id, of)).name, "renamed");
assert.equal((await api["dynamicRouting.list"](gateway_id, { account_id })).data.routes.length, 1);
assert.equal((await api["dynamicRouting.delete"](route.id, of)).id, route.id);

const logs = [];
for await (const entry of api["logs.list"](gateway_id, { account_id, order_by: "created_at", order_by_direction: "desc" })) {
  logs.push(entry.id);
}
assert.deepEqual(logs, [LOG]);
assert.equal((await api["logs.get"](LOG, of)).provider, "anthropic");
assert.ok((await api["logs.request"](LOG, of)).model);
assert.ok(await api["logs.response"](LOG, of));
await api["logs.edit"](LOG, { ...of, feedback: 1 });
assert.equal((await api["logs.delete"](gateway_id, { account_id, limit: 10 })).success, true);

assert.equal(typeof (await api["billing.creditBalance"]({ account_id })).balance, "number");
assert.ok((await api["billing.usageHistory"]({ account_id, value_grouping_window: "day" })).history);
assert.ok((await api["billing.invoiceHistory"]({ account_id, type: "all" })).invoices);
assert.equal((await api["delete"]("from-the-sdk", { account_id })).id, "from-the-sdk");

const known = [...called, ...NOT_EMULATED].sort();
assert.deepEqual(offered(client.aiGateway).sort(), known, "the SDK offers what is called here or named as not emulated");
console.log(`${called.size} calls`);
