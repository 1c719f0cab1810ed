// /cloudflare status, doctor, on and off, and events of a running session.

import { describe, expect, test } from 'claude-code/testing'
import { type Answer, clear, command, GATEWAY, PAID_BY_TOKEN, request, ROUTED, say, start, TOKEN, World } from './world'

// The client would drop columns and underscores from plain text.
const block = (text: string) => '\n\n```text\n' + text + '\n```'

describe('off during a request', () => {
  test('moves the URL only once the request is built', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    let release = () => {}
    world.building = new Promise((resolve) => (release = resolve))
    const sending = request($)
    await world.clock.advance(0)
    const off = command($, 'off')
    await world.clock.advance(100)
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: undefined })
    world.building = undefined
    release()
    await sending
    await world.clock.advance(200)
    await off
    expect(world.sent).toMatchObject([{ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN }])
    expect(world.env.ANTHROPIC_BASE_URL).toBeUndefined()
  })
})

describe('/cloudflare', () => {
  test('off gives everything back and switches Bash programs off too', async ($, on) => {
    const world = new World().stub(on)
    world.env.ANTHROPIC_CUSTOM_HEADERS = 'X-Team: shop'
    world.prints = say({ ...PAID_BY_TOKEN, env: { ...PAID_BY_TOKEN.env, ...ROUTED.env } })
    await start($)
    expect(await command($, ' off ')).toBe('Off: this session goes to Anthropic directly. /cloudflare on routes it again.')
    expect(world.env).toEqual({ ANTHROPIC_API_KEY: 'key', ANTHROPIC_CUSTOM_HEADERS: 'X-Team: shop', CF_AIG_OFF: '1' })
  })

  for (const [url, host] of [['https://me:secret@proxy.example/v1?key=secret', 'proxy.example'], ['secret', 'the URL in ANTHROPIC_BASE_URL']]) {
    test(`off names the host that ${url} has, and no more of it`, async ($, on) => {
      const world = new World().stub(on)
      world.env.ANTHROPIC_BASE_URL = url
      await start($)
      expect(await command($, 'off')).toBe(`Off: this session goes to ${host}. /cloudflare on routes it again.`)
    })
  }

  test('on routes again, also a session that was switched off', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    await command($, 'off')
    expect(await command($, 'on')).toBe('routed')
    expect(world.calls.at(-1)?.argv).toContain('--on')
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: GATEWAY, CF_AIG_OFF: undefined })
  })

  test('on says why not', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: {}, unset: [], reason: 'no gateway is configured' })
    expect(await command($, 'on')).toBe('Not routed: no gateway is configured')
  })

  test('status shows what the helper prints', async ($, on) => {
    const world = new World().stub(on)
    world.prints = 'gateway     none configured\n'
    expect(await command($, 'status')).toBe(block('gateway     none configured'))
  })

  test('costs shows what the helper prints', async ($, on) => {
    const world = new World().stub(on)
    world.prints = 'AI Gateway `shop`: estimates, no bill\n'
    expect(await command($, 'costs')).toBe(block('AI Gateway `shop`: estimates, no bill'))
    expect(world.calls.at(-1)?.argv.slice(2)).toEqual(['costs'])
  })

  test('doctor shows what the helper prints, and gives it its time', async ($, on) => {
    const world = new World().stub(on)
    world.prints = 'ok    configuration.gateway\n'
    expect(await command($, ' doctor ')).toBe(block('ok    configuration.gateway'))
    expect(world.calls.at(-1)?.argv.slice(-4)).toEqual(['doctor', '--quiet', '--timeout', '8'])
  })

  test('last asks the log for the requests of this session', async ($, on) => {
    const world = new World().stub(on)
    world.prints = 'three requests\n'
    expect(await command($, 'last')).toBe(block('three requests'))
    expect(world.calls.at(-1)?.argv.slice(2)).toEqual(['logs', 'list', '--link', '--limit', '5', 'meta.session:one'])
  })

  test('last puts the link below the table, where it stays whole', async ($, on) => {
    const world = new World().stub(on)
    world.prints = 'two requests\nhttps://dash.example/logs\n'
    expect(await command($, 'last')).toBe(block('two requests') + '\n\nhttps://dash.example/logs')
  })

  for (const args of ['', 'costs of tea', 'doctor me', 'why is it slow?', 'off the record']) {
    test(`leaves "${args}" to the skill`, async ($, on) => {
      const world = new World().stub(on)
      expect(await command($, args)).toBe('the skill')
      expect(world.calls).toEqual([])
    })
  }
})

describe('a running session', () => {
  test('that gets another id is labelled anew', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    await clear($, world)
    expect(world.calls.length).toBe(2)
    expect(world.calls[1].argv).toContain('two')
  })

  test('that is not routed stays so after /clear', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    await command($, 'off')
    await clear($, world)
    expect(world.calls.length).toBe(1)
  })

  test('has the helper look at the surroundings as they were', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say(PAID_BY_TOKEN)
    await start($)
    await clear($, world)
    expect(world.calls[1].env).toEqual({ ANTHROPIC_BASE_URL: '', ANTHROPIC_AUTH_TOKEN: '', ANTHROPIC_API_KEY: 'key' })
  })

  test('that is routed otherwise from now on keeps nothing of the old way', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say(PAID_BY_TOKEN)
    await start($)
    world.prints = say(ROUTED)
    await command($, 'on')
    expect(world.env).toMatchObject({ ANTHROPIC_API_KEY: 'key', ANTHROPIC_AUTH_TOKEN: undefined })
    await command($, 'off')
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: undefined, ANTHROPIC_CUSTOM_HEADERS: undefined })
  })

  test('leaves the gateway when it is to be routed no more', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.prints = say({ env: {}, unset: [], reason: 'routing is off' })
    await clear($, world)
    expect(world.env.ANTHROPIC_BASE_URL).toBeUndefined()
    expect(world.told.at(-1)).toBe('Not routed: routing is off')
  })

  test('stays routed when the helper fails later', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.prints = 'HANGS'
    await clear($, world)
    expect(world.env.ANTHROPIC_BASE_URL).toBe(GATEWAY)
    expect(world.told.at(-1)).toMatch(/^This session stays routed as it was/)
  })

  test('that was reloaded can still be taken back', async ($, on) => {
    const world = new World().stub(on)
    world.env.ANTHROPIC_BASE_URL = 'https://proxy.example'
    await start($)
    await start($)
    await command($, 'off')
    expect(world.env.ANTHROPIC_BASE_URL).toBe('https://proxy.example')
  })
})

describe('a turn that failed', () => {
  const FAILED = { error: 'unknown', last_assistant_message: 'API Error: 402 {}' }

  test('is explained in one line, from what the client printed', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.prints = JSON.stringify({ findings: [{ speaker: 'ai-gateway', confidence: 'certain', meaning: 'No credits.', fix: 'add credits' }] })
    await $.classic.StopFailure(FAILED)
    expect(world.calls.at(-1)).toMatchObject({ stdin: 'API Error: 402 {}' })
    expect(world.calls.at(-1)?.argv.slice(2)).toEqual(['diagnose', '--json', '-'])
    expect(world.told.at(-1)).toBe('AI Gateway refused the request. No credits. Next: add credits')
  })

  test('stays without comment where the helper has none, or only a guess', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.prints = JSON.stringify({ findings: [{ speaker: 'provider', confidence: 'possible', meaning: 'm', fix: 'f' }] })
    await $.classic.StopFailure(FAILED)
    world.prints = JSON.stringify({ findings: [] })
    await $.classic.StopFailure(FAILED)
    world.prints = 'nonsense'
    await $.classic.StopFailure(FAILED)
    expect(world.told).toEqual(['routed'])
  })

  test('stays without comment when the option is off', { options: { explain_errors: false } }, async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.prints = JSON.stringify({ findings: [{ speaker: 'ai-gateway', confidence: 'certain', meaning: 'No credits.', fix: 'add credits' }] })
    await $.classic.StopFailure(FAILED)
    expect(world.told).toEqual(['routed'])
  })

  test('is not explained again right after the line about the gateway, but the next one is', async ($, on) => {
    const world = new World().stub(on)
    world.report = say({ env: {}, unset: [], message: 'No credits (402); add credits' })
    await start($)
    await world.clock.advance(0)
    world.prints = JSON.stringify({ findings: [{ speaker: 'ai-gateway', confidence: 'certain', meaning: 'No credits.', fix: 'add credits' }] })
    await $.classic.StopFailure(FAILED)
    expect(world.told.filter((text) => text.includes('No credits'))).toEqual(['No credits (402); add credits'])
    await $.classic.StopFailure(FAILED)
    expect(world.told.at(-1)).toBe('AI Gateway refused the request. No credits. Next: add credits')
  })

  test('stays without comment where the session is not routed', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say({ env: {}, unset: [], reason: 'routing is off' })
    await start($)
    await $.classic.StopFailure(FAILED)
    expect(world.calls.length).toBe(1)
  })
})

describe('a gateway that stops answering', () => {
  const NOBODY = JSON.stringify({ findings: [{ speaker: 'nobody', confidence: 'likely', meaning: 'Nothing listens.', fix: 'look' }] })
  const SILENT: Answer = { env: {}, unset: [], reason: 'nothing listens', silent: true }
  const FAILED = { error: 'unknown', last_assistant_message: 'API Error: Unable to connect to API (ECONNREFUSED)' }
  /** The helper diagnoses, and is asked for a route after that. */
  const answers = (world: World, route: Answer) => {
    world.answer = (argv) => (argv.includes('diagnose') ? NOBODY : say(route))
  }

  test('is left as the policy says, with every name as before, and taken again', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    answers(world, SILENT)
    await $.classic.StopFailure(FAILED)
    expect(world.env).toEqual({ ANTHROPIC_API_KEY: 'key', CF_AIG_OFF: 'held' })
    expect(world.told.slice(-2)).toEqual(['No response. Nothing listens. Next: look', 'Not routed: nothing listens'])
    await world.clock.advance(15000)
    expect(world.env.ANTHROPIC_BASE_URL).toBeUndefined()
    answers(world, ROUTED)
    await world.clock.advance(15000)
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN, CF_AIG_OFF: undefined })
    expect(world.told.at(-1)).toBe('routed')
    const calls = world.calls.length
    await world.clock.advance(60000)
    expect(world.calls.length).toBe(calls)
  })

  test('takes the token out before the URL', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.changes = []
    answers(world, SILENT)
    await $.classic.StopFailure(FAILED)
    expect(world.changes.filter((name) => name.startsWith('-'))).toEqual(['-ANTHROPIC_CUSTOM_HEADERS', '-ANTHROPIC_BASE_URL'])
  })

  test('stays where the policy is to warn', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    answers(world, ROUTED)
    await $.classic.StopFailure(FAILED)
    expect(world.env.ANTHROPIC_BASE_URL).toBe(GATEWAY)
  })

  test('is not taken again once the user has switched it off', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    answers(world, SILENT)
    await $.classic.StopFailure(FAILED)
    await command($, 'off')
    answers(world, ROUTED)
    await world.clock.advance(60000)
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: undefined, CF_AIG_OFF: '1' })
  })

  test('is left also where errors are not explained', { options: { explain_errors: false } }, async ($, on) => {
    const world = new World().stub(on)
    await start($)
    answers(world, SILENT)
    await $.classic.StopFailure(FAILED)
    expect(world.env.ANTHROPIC_BASE_URL).toBeUndefined()
    expect(world.told.at(-1)).toBe('Not routed: nothing listens')
  })
})

describe('a skill', () => {
  const read = (text: string) => ({ skill: 'cloudflare:cloudflare', text })
  const written = "The doctor's report, made a moment ago:\n\n\n\n## How to work\n"
  const scope = '/node_modules/@cf-aig'

  test('gets the report and the name of the binary where PowerShell ran its command', async ($, on) => {
    const world = new World().stub(on)
    world.folders = { [scope]: ['win32-x64'], [scope + '/win32-x64/0.1.0']: ['cf-aig.exe'] }
    world.prints = '{"schema":1,"summary":{"says":"costs $1 & more"}}'
    const { text } = await $.skill.prompt(read(written))
    expect(text).toContain('ago:\n\n{"schema":1,"summary":{"says":"costs $1 & more"}}\n\n## How to work')
    expect(text).toMatch(/write `& "[^"]*\/cf-aig\.exe"` in place of/)
    expect(world.calls[0].argv.slice(1)).toEqual(['doctor', '--json', '--timeout', '8'])
  })

  test('keeps the report that Git Bash brought', async ($, on) => {
    const world = new World().stub(on)
    world.folders = { [scope]: ['win32-x64'], [scope + '/win32-x64/0.1.0']: ['cf-aig.exe'] }
    const { text } = await $.skill.prompt(read(written.replace('\n\n\n', '\n\n{}\n')))
    expect(text).toContain('ago:\n\n{}\n\n## How to work')
    expect(world.calls).toEqual([])
  })

  test('stays as it is on other systems', async ($, on) => {
    const world = new World().stub(on)
    world.folders = { [scope]: ['linux-x64'], [scope + '/linux-x64/0.1.0']: ['cf-aig'] }
    expect((await $.skill.prompt(read(written))).text).toBe(written)
  })
})
