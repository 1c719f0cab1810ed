#!/bin/sh
# cf-aig: written by `cf-aig setup --web`, removed by `cf-aig off`.
# This repository's SessionStart hook for cloud sessions of Claude Code, which do not install a
# repository's plugins. It routes Bash programs through Cloudflare AI Gateway. Claude's own requests
# are not routed, because the host decides where they go. Outside cloud sessions it does nothing.
# Values come from the variables of the cloud environment: CLOUDFLARE_ACCOUNT_ID, CF_AIG_GATEWAY_ID
# (default: default), CF_AIG_TOKEN, CF_AIG_AUTH (own-key, stored-key or unified-billing).

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
*[!A-Za-z0-9_-]*) say 'not routed: CF_AIG_GATEWAY_ID is not a gateway id' ;;
esac
case $token in
*[![:graph:]]*) say 'not routed: CF_AIG_TOKEN contains a space or a line break' ;;
esac
base=${CF_AIG_GATEWAY_ORIGIN:-https://gateway.ai.cloudflare.com}
base=${base%/}/v1/$account/$gateway/anthropic

# Quotes for a shell: in single quotes, with a quote inside as '\''.
quoted() {
  printf "'"
  printf '%s' "$1" | sed "s/'/'\\\\''/g"
  printf "'"
}

# Keeps the environment's own header lines, except blank ones and those that are set below.
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
subscription) say 'not routed: programs in a cloud session cannot use a claude.ai login; set CF_AIG_AUTH' ;;
stored-key | unified-billing)
  [ -n "$token" ] || say 'not routed: this CF_AIG_AUTH needs the gateway token, but CF_AIG_TOKEN is not set'
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
} >"$CLAUDE_ENV_FILE" 2>/dev/null || say 'not routed: the environment file is not writable'
say 'Bash programs in this cloud session use AI Gateway; the host decides where Claude'"'"'s own requests go'
