/** The environment's previous values; they survive a reload of the mod's code. */
export type CloudflareReplaced = ReadonlyArray<readonly [name: string, before: string | null]>

declare module 'claude-code' {
  interface PluginState {
    cloudflare: { replaced: CloudflareReplaced }
  }
}
