// Routing is all or nothing.

import { describe, expect, test } from 'claude-code/testing'
import { command, GATEWAY, PAID_BY_TOKEN, ROUTED, say, settle, start, TOKEN, World } from './world'

describe('session.start', () => {
  test('sets the URL before any credential, and says so', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    expect(world.changes).toEqual(['ANTHROPIC_BASE_URL', 'ANTHROPIC_CUSTOM_HEADERS'])
    expect(world.env.ANTHROPIC_BASE_URL).toBe(GATEWAY)
    expect(world.env.ANTHROPIC_CUSTOM_HEADERS).toBe(TOKEN)
    expect(world.told).toEqual(['routed'])
  })

  test('tells what the helper reports of the gateway, once', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: ROUTED.env, unset: [] })
    world.report = say({ env: {}, unset: [], message: 'the gateway refuses the token' })
    await start($)
    await settle(world)
    expect(world.told).toEqual(['the gateway refuses the token'])
  })

  for (const report of ['', 'null', '{']) {
    test(`says nothing when the report is ${report || 'empty'}`, async ($, on) => {
      const world = new World().stub(on)
      world.prints = say({ env: ROUTED.env, unset: [] })
      world.report = report
      await start($)
      await settle(world)
      expect(world.told).toEqual([])
    })
  }

  test('asks the helper about this session, with the options of the plugin', { options: { gateway_id: 'dev', auth: '' } }, async ($, on) => {
    const world = new World().stub(on)
    await start($)
    const [{ argv, env }] = world.calls
    expect(argv[0]).toBe('/bin/sh')
    expect(argv[1]).toMatch(/\/helper\/cf-aig$/)
    expect(argv.slice(2)).toEqual(['session-env', '--json', '--session', 'one', '--quiet'])
    expect(env).toEqual({ CLAUDE_PLUGIN_OPTION_GATEWAY_ID: 'dev' })
  })

  const scope = '/node_modules/@cf-aig'
  for (const [what, folders, program] of [
    ['the package beside the plugin', { [scope]: ['linux-x64'], [scope + '/linux-x64/0.1.0']: ['README', 'cf-aig'] }, '/linux-x64/0.1.0/cf-aig'],
    ['a package for Windows', { [scope]: ['win32-x64'], [scope + '/win32-x64/0.1.0']: ['cf-aig.exe'] }, '/win32-x64/0.1.0/cf-aig.exe'],
    ['its own build, where that is of this version', { '/target/release': ['cf-aig.exe'] }, '/target/release/cf-aig.exe'],
    ['the launcher, for a package of another version', { [scope]: ['linux-x64'], [scope + '/linux-x64/0.0.1']: ['cf-aig'] }, 'sh'],
  ] as const) {
    test(`starts ${what}`, async ($, on) => {
      const world = new World().stub(on)
      world.folders = folders as any
      await start($)
      expect(world.calls[0].argv.find((arg: string) => arg.endsWith(program))).toBe(world.calls[0].argv[0])
      expect(world.calls[0].argv).toContain('session-env')
    })
  }

  test('starts a package that has lost its executable bit by the launcher', async ($, on) => {
    const world = new World().stub(on)
    world.folders = { [scope]: ['linux-x64'], [scope + '/linux-x64/0.1.0']: ['cf-aig'] }
    world.cannotStart = /node_modules/
    await start($)
    expect(world.calls.map((call) => call.argv[0]).at(-1)).toBe('/bin/sh')
    expect(world.env.ANTHROPIC_BASE_URL).toBe(GATEWAY)
  })

  test('says what to install where there is neither a binary nor a shell', async ($, on) => {
    const world = new World().stub(on)
    world.cannotStart = /^\/bin\/sh$/
    await start($)
    expect(world.changes).toEqual([])
    expect(world.told[0]).toContain('helper is not installed. Claude Code installs it with npm')
    expect(await command($, 'status')).toContain('helper is not installed')
  })

  test('takes away what would pay otherwise', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say(PAID_BY_TOKEN)
    await start($)
    expect(world.env).toEqual({ ANTHROPIC_API_KEY: undefined, ANTHROPIC_AUTH_TOKEN: 'token', ANTHROPIC_BASE_URL: GATEWAY })
  })

  test('changes nothing and says nothing when there is nothing to route', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: {}, unset: [], reason: 'no gateway is configured' })
    await start($)
    expect(world.changes).toEqual([])
    expect(world.told).toEqual([])
  })

  for (const prints of ['', 'HANGS', 'null', '[]', '{"env":null}', '{"env":{"ANTHROPIC_BASE_URL":1},"unset":[]}', '{"env":{"ANTHROPIC_BASE_URL":"tok']) {
    test(`follows no helper that prints ${prints || 'nothing'}, and repeats nothing of it`, async ($, on) => {
      const world = new World().stub(on)
      world.prints = prints
      await start($)
      expect(world.changes).toEqual([])
      expect(world.told).toEqual(['This session is not routed: the helper did not respond. Run /cloudflare on to try again.'])
    })
  }

  test('follows no answer with a variable that it does not know', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: { ...ROUTED.env, NODE_OPTIONS: 'x' }, unset: [] })
    await start($)
    expect(world.changes).toEqual([])
  })

  test('sets no credential without a URL', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: { ANTHROPIC_AUTH_TOKEN: 'token' }, unset: ['ANTHROPIC_API_KEY'] })
    await start($)
    expect(world.changes).toEqual([])
  })

  test('asks again while the helper is being built, and then no more', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: {}, unset: [], retry: true, reason: 'building the helper' })
    await start($)
    await world.clock.advance(5000)
    expect(world.changes).toEqual([])
    world.prints = say(ROUTED)
    await world.clock.advance(5000)
    expect(world.env.ANTHROPIC_BASE_URL).toBe(GATEWAY)
    expect(world.told).toEqual(['routed'])
    await world.clock.advance(60_000)
    expect(world.calls.length).toBe(3)
  })

  test('does not ask for ever', { timeoutMs: 60_000 }, async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: {}, unset: [], retry: true, reason: 'building the helper' })
    await start($)
    await world.clock.advance(3_600_000)
    expect(world.calls.length).toBe(121)
  })
})

describe('a refusal', () => {
  const ways: [string, () => unknown][] = [
    ['an answer', () => ({ value: { deny: 'host rule' } })],
    ['an exception', () => ({ deny: 'managed' })],
  ]
  for (const [way, refuse] of ways) {
    test(`of the URL by ${way} leaves everything as it was`, async ($, on) => {
      const world = new World().stub(on)
      world.prints = say(PAID_BY_TOKEN)
      world.refused.ANTHROPIC_BASE_URL = refuse
      await start($)
      expect(world.changes).toEqual([])
      expect(world.told[0]).toMatch(/^This session is not routed: .*cf-aig setup/)
    })

    for (const name of ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']) {
      test(`of ${name} by ${way} takes back what was set before it, the URL last`, async ($, on) => {
        const world = new World().stub(on)
        world.prints = say(PAID_BY_TOKEN)
        world.refused[name] = refuse
        await start($)
        expect(world.env).toEqual({ ANTHROPIC_API_KEY: 'key', ANTHROPIC_BASE_URL: undefined })
        expect(world.changes.at(-1)).toBe('-ANTHROPIC_BASE_URL')
        expect(await command($, 'off')).toContain('goes to Anthropic directly')
      })
    }
  }

  test('to put a credential back keeps the URL: the token must not go elsewhere', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.refused.ANTHROPIC_CUSTOM_HEADERS = () => ({ deny: 'no' })
    expect(await command($, 'off')).toContain('That failed')
    expect(world.env.ANTHROPIC_BASE_URL).toBe(GATEWAY)
    delete world.refused.ANTHROPIC_CUSTOM_HEADERS
    expect(await command($, 'off')).toContain('goes to Anthropic directly')
    expect(world.env.ANTHROPIC_CUSTOM_HEADERS).toBeUndefined()
  })
})
