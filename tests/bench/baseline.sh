#!/bin/sh
# What a user would write instead of the helper's SessionStart hook: the same job, with jq.
# Reads the hook's JSON, checks the ids, replaces its own block in $CLAUDE_ENV_FILE, answers with JSON.
set -eu
input=$(cat)
session=$(printf '%s' "$input" | jq -r '.session_id // empty')
project=$(printf '%s' "$input" | jq -r '.cwd // empty' | sed 's|.*/||')
account=$CLOUDFLARE_ACCOUNT_ID gateway=$CF_AIG_GATEWAY_ID
printf '%s' "$account" | grep -Eq '^[0-9a-f]{32}$' || { echo '{"systemMessage":"account id"}'; exit 0; }
printf '%s' "$gateway" | grep -Eq '^[a-z0-9-]{1,64}$' || { echo '{"systemMessage":"gateway id"}'; exit 0; }
url=https://gateway.ai.cloudflare.com/v1/$account/$gateway/anthropic
metadata=$(jq -cn --arg session "$session" --arg project "$project" '{session: $session, project: $project}')
temp=$(mktemp "$CLAUDE_ENV_FILE.XXXXXX")
[ ! -f "$CLAUDE_ENV_FILE" ] || sed '/^# >>> routed >>>$/,/^# <<< routed <<<$/d' "$CLAUDE_ENV_FILE" >"$temp"
cat >>"$temp" <<EOF
# >>> routed >>>
export ANTHROPIC_BASE_URL='$url'
export ANTHROPIC_CUSTOM_HEADERS='cf-aig-authorization: Bearer $CF_AIG_TOKEN
cf-aig-metadata: $metadata'
# <<< routed <<<
EOF
chmod 600 "$temp"
mv "$temp" "$CLAUDE_ENV_FILE"
jq -cn --arg url "$url" '{hookSpecificOutput: {hookEventName: "SessionStart", additionalContext: ("routed to " + $url)}}'
