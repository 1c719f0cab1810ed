//! The keys whose type Claude Code checks, by type.

use super::shape::{Member, Shape, may, must};

/// The type of the value of a top-level key; `None` for a key that accepts anything, or is not known.
pub(super) fn shape(key: &str) -> Option<Shape> {
    let is_in = |names: &str| names.split(' ').any(|name| name == key);
    match () {
        () if is_in(FLAGS) => Some(Shape::Flag),
        () if is_in(TEXTS) => Some(Shape::Text),
        () if is_in(FLAGS_OR_NULL) => Some(Shape::OrNull(&Shape::Flag)),
        () if is_in(LISTS_OF_TEXT) => Some(Shape::Texts),
        () => OTHERS.iter().find(|member| member.name == key).map(|member| member.shape),
    }
}

/// Keys that are `true` or `false`.
const FLAGS: &str = "\
    respectGitignore wslInheritsWindowsSettings includeCoAuthoredBy includeGitInstructions disableAllHooks \
    disableReplyCheck workflowKeywordTriggerEnabled bashEditDiffEnabled respondToBashCommands \
    allowAllClaudeAiMcps allowClaudeInChromeWithManagedMcp allowNestedModelAccessUnderForceLogin \
    forceRemoteSettingsRefresh spinnerTipsEnabled clawdFileProgressEnabled syntaxHighlightingDisabled \
    terminalTitleFromRename alwaysThinkingEnabled fastMode promptSuggestionEnabled emojiCompletionEnabled \
    awaySummaryEnabled showClearContextOnPlanAccept prefersReducedMotion doneMeansMerged \
    totalTokensReminderAfterUserTurn autoMemoryEnabled autoDreamEnabled showThinkingSummaries verbose \
    autoCompactEnabled precomputeCompactionEnabled idleCompaction switchModelsOnFlag autoScrollEnabled \
    wheelScrollAccelerationEnabled showTurnDuration showMessageTimestamps terminalProgressBarEnabled \
    todoFeatureEnabled inputNeededNotifEnabled agentPushNotifEnabled";
/// The same, if `null` counts as absent.
const FLAGS_OR_NULL: &str = "\
    syncClaudeAiSkills syncClaudeAiPlugins enforceAvailableModels enableAllProjectMcpServers \
    disableClaudeAiConnectors disableBundledSkills disableDirectMcpSkills disableAgentView \
    disableRemoteControl disableWorkflows disableArtifact enableArtifact enableWorkflows \
    disableSkillShellExecution disableWindowsBashCommandSplit allowManagedHooksOnly \
    allowManagedPermissionRulesOnly allowManagedMcpServersOnly disableCommandPluginSources \
    disableSideloadFlags skipWebFetchPreflight fastModePerSessionOptIn responseComparisonEnabled \
    channelsEnabled skipDangerousModePermissionPrompt skipWorkflowUsageWarning autoContinueAtUsageLimit \
    fileCheckpointingEnabled remoteControlAtStartup isolatePeerMachines autoUploadSessions";
/// Keys that hold a string.
const TEXTS: &str = "\
    $schema apiKeyHelper proxyAuthHelper awsCredentialExport awsAuthRefresh gcpAuthRefresh processWrapper \
    attributionProject model modelCatalogUrl modelCatalogPublicKey prUrlTemplate otelHeadersHelper \
    outputStyle language advisorModel agent minimumVersion requiredMinimumVersion requiredMaximumVersion \
    downloadsMirrorUrl plansDirectory timeFormat timeZone autoMemoryDirectory claudeMd pluginTrustMessage";
/// Keys that hold an array of strings.
const LISTS_OF_TEXT: &str = "\
    fallbackModel availableModels allowedHttpHookUrls httpHookAllowedEnvVars pluginSuggestionMarketplaces \
    companyAnnouncements claudeMdExcludes";

/// The other keys.
const OTHERS: &[Member] = &[
    may("cleanupPeriodDays", Shape::Whole(1)),
    may("desktopSessionCleanupPeriodDays", Shape::Whole(0)),
    may("skillListingMaxDescChars", Shape::Whole(1)),
    may("skillListingBudgetFraction", Shape::Share { zero: false }),
    may("feedbackSurveyRate", Shape::Share { zero: true }),
    may("totalTokensReminderBudget", Shape::Whole(1)),
    may("workflowSizeGuideline", Shape::OneOf(&["unrestricted", "small", "medium", "large"])),
    may("defaultShell", Shape::OneOf(&["bash", "powershell"])),
    may("parentSettingsBehavior", Shape::OneOf(&["first-wins", "merge"])),
    may("managedSourcesBehavior", Shape::OneOf(&["first-wins", "merge"])),
    may("autoUpdatesChannel", Shape::OneOf(&["latest", "stable", "rc"])),
    may("tui", Shape::OneOf(&["default", "fullscreen"])),
    may("totalTokensReminder", Shape::OneOf(&["off", "infinite", "fixed", "countdown", "padded-countdown"])),
    may("daemonColdStart", Shape::OneOf(&["transient", "ask"])),
    may("modelOverrides", Shape::Map(&Shape::Text)),
    may("enabledMcpjsonServers", Shape::Texts),
    may("disabledMcpjsonServers", Shape::Texts),
    may("forceLoginOrgUUID", Shape::TextOrTexts),
    may("skillOverrides", Shape::Map(&Shape::OneOf(&["on", "name-only", "user-invocable-only", "off"]))),
    may("pluginConfigs", Shape::Map(&Shape::Object(&[may("options", Shape::Object(&[]))]))),
    may("enabledPlugins", Shape::Map(&Shape::FlagOrTexts)),
    may(
        "allowedChannelPlugins",
        Shape::Items(&Shape::Object(&[must("plugin", Shape::Text), must("marketplace", Shape::Text)])),
    ),
    may(
        "sshConfigs",
        Shape::Items(&Shape::Object(&[
            must("id", Shape::Text),
            must("name", Shape::Text),
            must("sshHost", Shape::Text),
        ])),
    ),
    may("attribution", Shape::FlagOr(&[may("commit", Shape::Text), may("pr", Shape::Text)])),
    may(
        "fileSuggestion",
        Shape::Object(&[must("type", Shape::OneOf(&["command"])), must("command", Shape::Text)]),
    ),
    may(
        "statusLine",
        Shape::Object(&[
            must("type", Shape::OneOf(&["command"])),
            must("command", Shape::Text),
            may("padding", Shape::Number),
        ]),
    ),
    may(
        "spinnerVerbs",
        Shape::Object(&[must("mode", Shape::OneOf(&["append", "replace"])), must("verbs", Shape::Texts)]),
    ),
    may(
        "permissions",
        Shape::Object(&[
            may("allow", Shape::List),
            may("deny", Shape::List),
            may("ask", Shape::List),
            may("additionalDirectories", Shape::Texts),
            may(
                "defaultMode",
                Shape::OneOf(&["acceptEdits", "auto", "bypassPermissions", "default", "dontAsk", "plan"]),
            ),
            may("disableBypassPermissionsMode", Shape::OneOf(&["disable"])),
            may("disableAutoMode", Shape::OneOf(&["disable"])),
        ]),
    ),
    may(
        "sandbox",
        Shape::Object(&[
            may("enabled", Shape::Flag),
            may("network", Shape::Object(&[may("allowedDomains", Shape::Texts)])),
        ]),
    ),
    may("worktree", Shape::Object(&[may("symlinkDirectories", Shape::Texts)])),
    may("breakReminder", Shape::Object(&[])),
    may("quietHours", Shape::Object(&[])),
    may("remote", Shape::Object(&[])),
    may("voice", Shape::Object(&[])),
    may("remoteTools", Shape::Object(&[])),
    may("feedbackDrafts", Shape::OrNull(&Shape::OneOf(&["notify", "quiet", "off"]))),
    may("disableAutoMode", Shape::OrNull(&Shape::OneOf(&["disable"]))),
    may("strictKnownMarketplaces", Shape::OrNull(&Shape::Items(&MARKETPLACE))),
    may("allowedMarketplaces", Shape::OrNull(&Shape::Items(&MARKETPLACE))),
    may("blockedMarketplaces", Shape::OrNull(&Shape::Items(&BLOCKED_MARKETPLACE))),
];

/// Where a marketplace is; what else each source needs is not checked here. The first one can only be blocked.
const BLOCKED_SOURCES: &[&str] = &[
    "pluginDirectory",
    "url",
    "github",
    "git",
    "npm",
    "file",
    "directory",
    "skills-dir",
    "hostPattern",
    "pathPattern",
    "settings",
];
const MARKETPLACE: Shape = Shape::Object(&[must("source", Shape::OneOf(BLOCKED_SOURCES.split_at(1).1))]);
const BLOCKED_MARKETPLACE: Shape = Shape::Object(&[must("source", Shape::OneOf(BLOCKED_SOURCES))]);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_stands_in_one_table_only() {
        let mut names: Vec<&str> =
            [FLAGS, FLAGS_OR_NULL, TEXTS, LISTS_OF_TEXT].iter().flat_map(|names| names.split(' ')).collect();
        names.extend(OTHERS.iter().map(|member| member.name));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.iter().all(|name| !name.is_empty()));
    }
}
