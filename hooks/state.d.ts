/** What stood in the environment before the mod replaced it; it outlives a reload of the mod's code. */
export type CloudflareReplaced = ReadonlyArray<readonly [name: string, before: string | null]>

declare module 'claude-code' {
  interface PluginState {
    cloudflare: { replaced: CloudflareReplaced }
  }
}
