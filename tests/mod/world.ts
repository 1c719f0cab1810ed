// A fake client: an environment that may refuse names, and a helper whose output the test sets.

import { mock } from 'claude-code/testing'

export const GATEWAY = 'https://gateway.ai.cloudflare.com/v1/a/g/anthropic'
export const TOKEN = 'cf-aig-authorization: Bearer token'

export type Answer = { env: Record<string, string>; unset: string[]; message?: string; reason?: string; retry?: boolean; held?: boolean; silent?: boolean }

export const ROUTED: Answer = {
  env: { ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN },
  unset: [],
  message: 'routed',
}
/** The route of a mode that pays with the gateway token. */
export const PAID_BY_TOKEN: Answer = {
  env: { ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_AUTH_TOKEN: 'token' },
  unset: ['ANTHROPIC_API_KEY'],
}

export class World {
  env: Record<string, string | undefined> = { ANTHROPIC_API_KEY: 'key' }
  /** Every change of the environment, in order. */
  changes: string[] = []
  /** What `$.env.set` returns for these names instead of setting them. */
  refused: Record<string, () => unknown> = {}
  /** The helper's output. */
  prints: string = say(ROUTED)
  /** The helper's output, depending on its arguments. */
  answer?: (argv: string[]) => string
  /** What the helper reports of a session that was just routed. */
  report: string = say({ env: {}, unset: [] })
  /** How the helper was called. */
  calls: { argv: string[]; env: Record<string, string>; stdin?: string }[] = []
  /** Programs that are not there or cannot be run. */
  cannotStart = /^$/
  /** What the user was told. */
  told: string[] = []
  /** The folders there are, as the end of a path to names of files and folders. */
  folders: Record<string, string[]> = {}
  id = 'one'
  /** `env` of the settings files, as the client has read them. */
  files: Record<string, string> = {}
  /** What stood in the environment when a request was sent. */
  sent: Record<string, string | undefined>[] = []
  /** What happens between the moment of a reading and its arrival. */
  reading?: (name: string) => Promise<void>
  /** While this is pending, a request has read its headers and not yet its URL. */
  building?: Promise<void>
  clock: any

  /** Answers in the client's place. */
  stub(on: any) {
    on('env.get', async (_: any, e: any) => {
      const value = this.env[e.name]
      await this.reading?.(e.name)
      return { value }
    })
    on('env.set', (_: any, e: any) => {
      const refuse = this.refused[e.name]
      if (refuse) return refuse()
      this.env[e.name] = e.value
      this.changes.push(e.value === undefined ? '-' + e.name : e.name)
      return { value: {} }
    })
    on('fs.list', (_: any, e: any) => {
      const names = Object.entries(this.folders).find(([folder]) => e.path.endsWith(folder))?.[1]
      if (!names) return { deny: 'ENOENT' }
      const entry = (name: string) => ({ name, kind: name.startsWith('cf-aig') ? 'file' : 'dir', size: 0, mtimeMs: 0, isLink: false })
      return { value: names.map(entry) }
    })
    on('process.run', (_: any, e: any) => {
      const argv: string[] = e.argv
      if (this.cannotStart.test(argv[0])) return { deny: `Command '${argv[0]}' not found or is in an unsafe location` }
      if (argv.includes('--version')) return { value: { exitCode: 0, stdout: 'cf-aig 0.1.0\n', stderr: '' } }
      if (argv.includes('--report')) return { value: { exitCode: 0, stdout: this.report, stderr: '' } }
      this.calls.push({ argv, env: e.init.env, stdin: e.init.stdin })
      if (this.prints === 'HANGS') return { deny: 'timed out' }
      return { value: { exitCode: 0, stdout: this.answer?.(argv) ?? this.prints, stderr: '' } }
    })
    on('settings.read', () => ({ value: { env: { ...this.files } } }))
    on('classic.ConfigChange', () => ({}))
    on('classic.StopFailure', () => ({}))
    const sent = this.sent
    const env = () => ({ ...this.env })
    const built = () => this.building
    on('turn.step', async function* (_: any, e: any) {
      const { ANTHROPIC_BASE_URL: _url, ...headers } = env()
      await built()
      sent.push({ ...headers, ANTHROPIC_BASE_URL: env().ANTHROPIC_BASE_URL })
      yield { kind: 'text', index: 0, text: 'hello' }
      return { turnId: e.turnId, index: e.index, answer: 'hello', toolUses: [], stopReason: 'end_turn', usage: null }
    })
    on('session.id', () => ({ value: this.id }))
    on('ui.log', (_: any, e: any) => (this.told.push(e.text), { value: undefined }))
    on('session.start', () => ({ cwd: '/work' }))
    on('session.end', (_: any, e: any) => ({ sessionId: e.sessionId }))
    this.clock = mock.clock(on)
    on('skill.prompt', (_: any, e: any) => ({ text: e.text }))
    on('command.run', () => ({ text: 'the skill' }))
    return this
  }
}

export function say(answer: Answer): string {
  return JSON.stringify({ schema: 1, routing: 'session', ...answer })
}

export function start($: any) {
  return $.session.start({ surface: 'terminal', isInteractive: true, cwd: '/work' })
}

/** `/clear`: the same process, and a moment later another session. */
export async function clear($: any, world: World) {
  await $.session.end({ reason: 'clear', sessionId: 'one' })
  await world.clock.advance(100)
  world.id = 'two'
  await world.clock.advance(100)
}

export async function command($: any, args: string): Promise<string> {
  return (await $.command.run({ command: 'cloudflare:cloudflare', args })).text
}

/** A request of the conversation, to its end. */
export async function request($: any) {
  const step = $.turn.step({ turnId: 't', index: 0, model: 'm', messageCount: 1 })
  for await (const _ of step) {
    // the result does not matter
  }
}

/**
 * A settings file that changes: the client asks, and when it got its answer it applies the variables of
 * the files, as it does with the real ones. Gives the environment that stood while it did.
 */
export async function change($: any, world: World, files: Record<string, string>) {
  const asked = $.classic.ConfigChange({ source: 'user_settings', file_path: '/home/me/.claude/settings.json' })
  await world.clock.advance(200)
  await asked
  const stood = { ...world.env }
  world.files = files
  Object.assign(world.env, files)
  return stood
}

/** The moment after which the mod deals with it. */
export async function settle(world: World) {
  await world.clock.advance(300)
}
