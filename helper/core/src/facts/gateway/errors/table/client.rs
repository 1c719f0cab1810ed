//! Errors that Claude Code itself raises, before or instead of a request.

use super::prelude::*;

rows! {
    OWN;
    CustomHeadersInvalid {
        meaning: "ANTHROPIC_CUSTOM_HEADERS contains an invalid header name or value; nothing was sent.",
        fix: "run `cf-aig explain ANTHROPIC_CUSTOM_HEADERS` to see where it is set, and correct the header and character given in the message",
        alike: &[CredentialMalformed],
        [Says("Invalid ANTHROPIC_CUSTOM_HEADERS | parsed from ANTHROPIC_CUSTOM_HEADERS")] => Certain,
    }
    CredentialMalformed {
        meaning: "The key or token has a character that is not allowed in an HTTP header, usually a line break from copying; nothing was sent.",
        fix: "set the variable in the message again, on one line, without quotes",
        alike: &[CustomHeadersInvalid],
        [ClientError("invalid_credential_header")] => Certain,
        [Says("header value from ANTHROPIC_")] => Certain,
        [Says("Invalid auth token · Fix external auth token")] => Likely,
    }
    NotLoggedIn {
        meaning: "Claude Code has no credential; a base URL and custom headers do not count as one.",
        fix: "run `cf-aig setup`: it also sets the placeholder credential that the chosen auth mode needs",
        alike: &[ProviderCredentialMissing],
        [Says("Not logged in · Please run /login"), Unsent] => Certain,
        [Says("Not logged in"), Not(&Status(401)), Not(&Waited)] => Likely,
        [Says("Could not resolve authentication method")] => Certain,
        [
            Any("api_key client option must be set | api key must be set | the api_key client option | \
                 anthropic_api_key environment variable is missing | \
                 openai_api_key environment variable is missing | api key is missing. pass it using | \
                 ai_loadapikeyerror | please set an auth method | no api key found for | \
                 missing api key · run | not logged in to claude"),
            Failed,
            Not(&Status(401)),
            Not(&Status(403)),
        ] => Likely,
    }
    ApiKeyHelperFailed {
        meaning: "The script in the setting apiKeyHelper failed or printed no key, so Claude Code has no credential to send.",
        fix: "run the apiKeyHelper command by hand: it must exit with 0 and print only the key; `cf-aig explain` shows which settings file sets it",
        alike: &[NotLoggedIn, ProviderKeyRejected],
        explains: &[NotLoggedIn],
        level: Reported,
        loosely: telling("apikeyhelper | api key helper | credential helper",
                         "fail | error | exit | invalid | not return | timed out | empty"),
        [Any("apikeyhelper | api key helper"), Failed] => Likely,
    }
    SettingsMalformed {
        layer: Layer::Files,
        meaning: "A settings file has an error (not strict JSON, or a known key with a value of the wrong type), so Claude Code ignores the whole file, including its `env`.",
        fix: "open the settings file in the message (`cf-aig explain` lists them) and fix the error: comments, trailing commas, a value of the wrong type, an unmatched quote",
        doc: Some(docs::CC_SETTINGS),
        loosely: telling("settings | settings.json",
                         "invalid | error | malformed | ignored | skipped | unrecognized | failed | parse"),
        [Says("Invalid or malformed JSON | These settings did not load")] => Certain,
        [Any("files with errors are skipped | settings error | settings issue | invalid managed settings | \
              invalid settings | settings file has | settings.json is invalid | settings.json: invalid | \
              failed to parse settings | error parsing settings | settings validation | \
              failed to load settings | settings could not be | settings files have errors")] => Likely,
        [
            Any("settings.json | settings.local.json"),
            Any("invalid | malformed | unmatched | expected | unrecognized | parse | syntax | \
                 trailing comma | not valid | must be"),
        ] => Likely,
    }
    ModNotLoaded {
        meaning: "Claude Code does not run this plugin's hooks module, so the plugin does not route the session.",
        fix: "run `cf-aig setup`: routing through a settings file needs no module",
        alike: &[PluginNameTaken],
        doc: Some(docs::CC_MODS),
        [Says("hooks module not loaded")] => Likely,
    }
    PluginNameTaken {
        meaning: "Another plugin of the same name loads first, so this one's hooks do not run.",
        fix: "run `claude plugin list` and disable the other plugin named cloudflare",
        doc: Some(docs::CC_MODS),
        [Says("another plugin of that name loads first | Skipping duplicate hook registration for plugin")] => Certain,
    }
    ManagedSettingsHold {
        meaning: "This machine is managed: plugins may not change where Claude Code sends its requests.",
        fix: "run `cf-aig setup`, or ask the administrator to add the variables to managed settings",
        doc: Some(docs::CC_MODS),
        [Says("is not for plugins outside policy to change | env (managed)")] => Certain,
        [
            Any("managed settings | managed-settings.json | managed by your organization | \
                 managed by your administrator | blocked by your organization's | enterprise policy | \
                 allowmanagedhooksonly | strictknownmarketplaces | forceloginmethod | forceloginorg"),
            Failed,
        ] => Likely,
    }
    CloudSessionHolds {
        meaning: "This is a cloud session: the host sets the base URL, and neither plugin nor settings may change it.",
        fix: "route only Bash programs (`routing: tools`), or run Claude Code on your own machine",
        alike: &[HostNotAllowed],
        doc: Some(docs::CC_CLOUD),
        [Says("is unchanged: only the environment Claude Code starts with")] => Certain,
        [Says("may give it this value (host rule)")] => Likely,
    }
    BaseUrlInvalid {
        layer: Layer::Url,
        meaning: "ANTHROPIC_BASE_URL is not a URL; usually the scheme is missing.",
        fix: "run `cf-aig validate` on it",
        loosely: telling("url | uri", "pars | malformed | not a valid | invalid"),
        [Printed, Says("API Error: Invalid URL")] => Certain,
        [
            Any("invalid url | err_invalid_url | failed to parse url | cannot be parsed as a url | \
                 invalid uri | not a valid url | url is malformed | relative url without a base | \
                 unsupportedprotocol | request url is missing an 'http | unsupported protocol scheme | \
                 missing scheme | invalidschema | missingschema | no connection adapters | \
                 fetch() url is invalid | builder error | only absolute urls | unknown url type"),
            Failed,
        ] => Likely,
        [Any("://https: | ://http: | https//"), Failed] => Likely,
    }
    ClientTooOld {
        meaning: "This Claude Code version is too old for the plugin's manifest and does not load the plugin.",
        fix: "run `claude update`",
        doc: Some(docs::CC_MODS),
        [Says("Unrecognized key: \"options\"")] => Likely,
    }
    PolicyNotFetched {
        meaning: "With a base URL other than Anthropic's, Claude Code does not fetch server-managed settings; the request itself did not fail.",
        fix: "run `cf-aig explain` to see what else changes while requests are routed",
        level: Documented,
        [Says("not available with a custom ANTHROPIC_BASE_URL")] => Possible,
    }
}

/// Defaults of this table's rows.
const OWN: Row = Row { layer: Layer::Configuration, speaker: ClaudeCode, doc: Some(docs::CC_CONNECT), ..ROW };
