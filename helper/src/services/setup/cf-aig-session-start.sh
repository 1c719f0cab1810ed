#!/bin/sh
# cf-aig: written by `cf-aig setup --web`, taken away by `cf-aig off`.
# SessionStart hook of this repository for cloud sessions of Claude Code, which install no plugins.
# It routes the programs that Bash commands start through Cloudflare AI Gateway. Claude's own
# requests are not routed there: the host decides where they go. Elsewhere it does nothing.
# Values come from the variables of the cloud environment: CLOUDFLARE_ACCOUNT_ID, CF_AIG_GATEWAY_ID
# (default: default), CF_AIG_TOKEN, CF_AIG_AUTH (own-key, stored-key, unified-billing, subscription).

[ "${CLAUDE_CODE_REMOTE:-}" = true ] || exit 0
if command -v cf-aig >/dev/null 2>&1; then
  exec cf-aig session-start
fi
[ -n "${CLAUDE_ENV_FILE:-}" ] && [ -n "${CLOUDFLARE_ACCOUNT_ID:-}" ] || exit 0
LC_ALL=C
export LC_ALL

say() {
  printf '{"systemMessage":"cloudflare: %s"}\n' "$1"
  exit 0
}

account=$CLOUDFLARE_ACCOUNT_ID
gateway=${CF_AIG_GATEWAY_ID:-default}
token=${CF_AIG_TOKEN:-}
case $account in
*[!0-9a-f]*) say 'not routed: CLOUDFLARE_ACCOUNT_ID is not 32 hex digits' ;;
esac
[ "${#account}" -eq 32 ] || say 'not routed: CLOUDFLARE_ACCOUNT_ID is not 32 hex digits'
case $gateway in
*[!A-Za-z0-9_-]*) say 'not routed: CF_AIG_GATEWAY_ID is no gateway id' ;;
esac
case $token in
*[![:graph:]]*) say 'not routed: CF_AIG_TOKEN holds a blank or a line break' ;;
esac
base=${CF_AIG_GATEWAY_ORIGIN:-https://gateway.ai.cloudflare.com}
base=${base%/}/v1/$account/$gateway/anthropic

# For a shell: in single quotes, a quote inside as '\''.
quoted() {
  printf "'"
  printf '%s' "$1" | sed "s/'/'\\\\''/g"
  printf "'"
}

# Header lines of the environment's own stay, but for blank ones and what is said anew.
said='cf-aig-no-wholesale'
[ -z "$token" ] || said='cf-aig-\(no-wholesale\|authorization\)'
headers=$(printf '%s\n' "${ANTHROPIC_CUSTOM_HEADERS:-}" | grep -iv "^[[:blank:]]*${said}[[:blank:]]*:" | grep '[^[:blank:]]')
add() {
  headers="${headers:+$headers
}$1"
}

unset_names=
auth_token=
case ${CF_AIG_AUTH:-own-key} in
own-key)
  [ -z "$token" ] || add "cf-aig-authorization: Bearer $token"
  ;;
subscription) say 'not routed: programs of a cloud session cannot use a claude.ai login; set CF_AIG_AUTH' ;;
stored-key | unified-billing)
  [ -n "$token" ] || say 'not routed: CF_AIG_AUTH pays through the gateway token, and CF_AIG_TOKEN is not set'
  auth_token=$token
  unset_names=ANTHROPIC_API_KEY
  [ "$CF_AIG_AUTH" = unified-billing ] || add 'cf-aig-no-wholesale: true'
  ;;
*) say 'not routed: CF_AIG_AUTH must be one of own-key, stored-key, unified-billing' ;;
esac

umask 077
{
  printf 'export ANTHROPIC_BASE_URL=%s\n' "$(quoted "$base")"
  [ -z "$headers" ] || printf 'export ANTHROPIC_CUSTOM_HEADERS=%s\n' "$(quoted "$headers")"
  [ -z "$auth_token" ] || printf 'export ANTHROPIC_AUTH_TOKEN=%s\n' "$(quoted "$auth_token")"
  [ -z "$unset_names" ] || printf 'unset %s\n' "$unset_names"
} >"$CLAUDE_ENV_FILE" 2>/dev/null || say 'not routed: the environment file cannot be written'
say 'in this cloud session the programs that Bash commands start use AI Gateway; where Claude'"'"'s own requests go, the host decides'
