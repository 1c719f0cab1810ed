// Settings files that change during a routed session.

import { describe, expect, test } from 'claude-code/testing'
import { change, command, GATEWAY, PAID_BY_TOKEN, request, ROUTED, say, settle, start, TOKEN, World } from './world'

const ELSEWHERE = 'https://proxy.example'
const HELD = { env: {}, unset: [], held: true, reason: 'a settings file sets ANTHROPIC_BASE_URL to proxy.example' }

describe('a settings change', () => {
  test('is not applied while the token is in the environment', async ($, on) => {
    const world = new World().stub(on)
    world.env.ANTHROPIC_CUSTOM_HEADERS = 'X-Team: shop'
    await start($)
    const stood = await change($, world, { ANTHROPIC_BASE_URL: ELSEWHERE })
    expect(stood.ANTHROPIC_CUSTOM_HEADERS).toBe('X-Team: shop')
    expect(stood.ANTHROPIC_BASE_URL).toBe(GATEWAY)
  })

  test('is not applied while the token is in the environment, also when a file says that the session is off', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.env.CF_AIG_OFF = '1'
    const stood = await change($, world, { ANTHROPIC_BASE_URL: ELSEWHERE })
    expect(stood.ANTHROPIC_CUSTOM_HEADERS).toBeUndefined()
  })

  test('leaves the payer alone while the token is out', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say(PAID_BY_TOKEN)
    await start($)
    const stood = await change($, world, {})
    expect(stood.ANTHROPIC_AUTH_TOKEN).toBeUndefined()
    expect(stood.ANTHROPIC_API_KEY).toBeUndefined()
  })

  test('that moves nothing is followed by the same route, without a word', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    await change($, world, {})
    await settle(world)
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN })
  })

  test('that names another URL ends the route, with the reason', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.prints = say(HELD)
    await change($, world, { ANTHROPIC_BASE_URL: ELSEWHERE })
    await settle(world)
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: ELSEWHERE, ANTHROPIC_CUSTOM_HEADERS: undefined, CF_AIG_OFF: 'held' })
    expect(world.told.at(-1)).toBe('Not routed: ' + HELD.reason)
  })

  test('that takes the URL away again is followed by the route, and the user is told', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.prints = say(HELD)
    await change($, world, { ANTHROPIC_BASE_URL: ELSEWHERE })
    await settle(world)
    world.prints = say(ROUTED)
    await change($, world, {})
    await settle(world)
    expect(world.env).toMatchObject({ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN, CF_AIG_OFF: undefined })
    expect(world.calls.at(-1)?.argv).toContain('--say')
    expect(world.told.at(-1)).toBe('routed')
  })

  test('is told to the helper as the client read it', async ($, on) => {
    const world = new World().stub(on)
    world.files = { ANTHROPIC_BASE_URL: ELSEWHERE }
    await start($)
    expect(world.calls[0].env.CF_AIG_SETTINGS_BASE_URL).toBe(ELSEWHERE)
  })

  test('holds requests until the session is routed again', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    await change($, world, {})
    const asked = request($)
    await world.clock.advance(100)
    expect(world.sent).toEqual([])
    await settle(world)
    await asked
    expect(world.sent).toMatchObject([{ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN }])
  })

  test('during which the environment cannot be set holds no request for ever', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.refused = { ANTHROPIC_CUSTOM_HEADERS: () => ({ deny: 'not now' }) }
    await change($, world, {})
    world.refused = {}
    await settle(world)
    await request($)
    expect(world.sent).toMatchObject([{ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN }])
  })

  test('that begins while a request is checked holds that request', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    let asked: Promise<unknown> | undefined
    world.reading = async (name) => {
      if (asked || name !== 'ANTHROPIC_CUSTOM_HEADERS') return
      asked = $.classic.ConfigChange({ source: 'user_settings', file_path: '/home/me/.claude/settings.json' })
      for (let tick = 0; tick < 10000 && world.env[name] === TOKEN; tick++) await undefined
    }
    const sending = request($)
    await world.clock.advance(200)
    await asked
    await settle(world)
    await sending
    expect(world.sent).toMatchObject([{ ANTHROPIC_BASE_URL: GATEWAY, ANTHROPIC_CUSTOM_HEADERS: TOKEN }])
  })

  test('decides what off gives back', async ($, on) => {
    const world = new World().stub(on)
    world.env.ANTHROPIC_CUSTOM_HEADERS = 'X-Team: old'
    await start($)
    await change($, world, { ANTHROPIC_CUSTOM_HEADERS: 'X-Team: new' })
    await settle(world)
    await command($, 'off')
    expect(world.env.ANTHROPIC_CUSTOM_HEADERS).toBe('X-Team: new')
  })

  test('does not bring back a session that was switched off', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    await command($, 'off')
    await change($, world, {})
    await settle(world)
    expect(world.env.ANTHROPIC_BASE_URL).toBeUndefined()
    expect(world.calls.length).toBe(1)
  })
})

describe('a route that cannot be set completely', () => {
  test('is undone before a request is built', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say(PAID_BY_TOKEN)
    let sending: Promise<unknown> | undefined
    world.refused = {
      ANTHROPIC_API_KEY: () => {
        sending ??= request($)
        return { deny: 'not now' }
      },
    }
    await start($)
    await sending
    const { ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN } = world.sent[0]
    expect([ANTHROPIC_BASE_URL, ANTHROPIC_AUTH_TOKEN]).toEqual([undefined, undefined])
  })
})

describe('a change that raised no event', () => {
  test('is repaired before the next request', async ($, on) => {
    const world = new World().stub(on)
    world.prints = say(PAID_BY_TOKEN)
    await start($)
    world.env.ANTHROPIC_API_KEY = 'a key of a settings file'
    await request($)
    expect(world.sent).toMatchObject([{ ANTHROPIC_API_KEY: undefined, ANTHROPIC_AUTH_TOKEN: 'token' }])
  })

  test('leaves no token beside another URL when the helper fails', async ($, on) => {
    const world = new World().stub(on)
    await start($)
    world.env.ANTHROPIC_BASE_URL = ELSEWHERE
    world.files = { ANTHROPIC_BASE_URL: ELSEWHERE }
    world.prints = 'HANGS'
    await request($)
    expect(world.sent).toMatchObject([{ ANTHROPIC_BASE_URL: ELSEWHERE, ANTHROPIC_CUSTOM_HEADERS: undefined }])
  })
})
