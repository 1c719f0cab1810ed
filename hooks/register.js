// The mod: sets the session's own environment to what the helper says, and takes it back.
// Glue only. What to set, and whether to, is decided in helper/src/session.rs.

// The client reads the names that a mod touches from its source, so each is written out.
function put($, name, value) {
  switch (name) {
    case 'ANTHROPIC_BASE_URL': return $.env.set('ANTHROPIC_BASE_URL', value)
    case 'ANTHROPIC_API_KEY': return $.env.set('ANTHROPIC_API_KEY', value)
    case 'ANTHROPIC_AUTH_TOKEN': return $.env.set('ANTHROPIC_AUTH_TOKEN', value)
    case 'ANTHROPIC_CUSTOM_HEADERS': return $.env.set('ANTHROPIC_CUSTOM_HEADERS', value)
  }
  throw new Error(name + ' is not a variable of this mod')
}
function read($, name) {
  switch (name) {
    case 'ANTHROPIC_BASE_URL': return $.env.get('ANTHROPIC_BASE_URL')
    case 'ANTHROPIC_API_KEY': return $.env.get('ANTHROPIC_API_KEY')
    case 'ANTHROPIC_AUTH_TOKEN': return $.env.get('ANTHROPIC_AUTH_TOKEN')
    case 'ANTHROPIC_CUSTOM_HEADERS': return $.env.get('ANTHROPIC_CUSTOM_HEADERS')
  }
}

// What stood there before, in the order in which it was replaced; empty while not routed.
let replaced = []

export function register(on, options) {
  on('session.start', async ($, e, next) => {
    const { ok, text } = await route($, options, e.cwd, [])
    if (text) $.ui.log(text)
    if (!ok) await wait($, options, e.cwd, text)
    return next(e)
  }).catch(($, e, next) => next(e))

  on('command.run', { command: 'cloudflare:cloudflare' }, async ($, e, next) => {
    const word = (e.args ?? '').trim()
    if (word === 'status') return { text: await helper($, options, ['status']).then((r) => r.stdout || r.stderr) }
    if (word === 'on') return { text: (await route($, options, undefined, ['--on'])).text ?? 'Routed already.' }
    if (word === 'off') return { text: await leave($, options) }
    return next(e)
  }).catch(($, e, next) => next(e))
}

// Runs the helper with the plugin's options, which only hooks get by themselves.
function helper($, options, args) {
  const env = {}
  for (const [key, value] of Object.entries(options ?? {})) {
    if (value !== '' && value != null) env['CLAUDE_PLUGIN_OPTION_' + key.toUpperCase()] = String(value)
  }
  return $.process.run(['sh', $.plugin.root + '/helper/cf-aig', ...args], { env, timeoutMs: 8000 })
}

// Routes the session, all of it or nothing. `text` is for the user.
async function route($, options, cwd, flags) {
  let answer
  try {
    const place = cwd ? ['--cwd', cwd] : []
    const session = ['--session', String(await $.session.id())]
    answer = JSON.parse((await helper($, options, ['session-env', '--json', ...session, ...place, ...flags])).stdout)
  } catch (error) {
    return { ok: false, text: 'This session is not routed: the helper did not answer (' + (error?.message ?? error) + ').' }
  }
  const wanted = Object.entries(answer.env).concat(answer.unset.map((name) => [name, undefined]))
  if (wanted.length === 0) {
    return { ok: false, text: flags.length > 0 ? 'Not routed: ' + answer.reason : undefined, reason: answer.reason }
  }
  const done = []
  try {
    // the URL comes first: no credential may be set for a URL that was refused
    for (const [name, value] of wanted) {
      const before = await read($, name)
      const refused = await put($, name, value)
      if (refused?.deny) throw new Error(refused.deny)
      done.push([name, before])
    }
  } catch (error) {
    await restore($, done)
    return {
      ok: false,
      text: 'This session is not routed: Claude Code does not let a plugin do it here (' + (error?.message ?? error) +
        '). What still works: cf-aig run -- claude',
    }
  }
  if (replaced.length === 0) replaced = done
  return { ok: true, text: answer.message }
}

// Puts back what was there: credentials first, the URL last, so that no gateway token leaves for another host.
async function restore($, done) {
  for (const [name, before] of [...done].reverse()) await put($, name, before)
}

async function leave($, options) {
  await restore($, replaced)
  replaced = []
  const { stdout } = await helper($, options, ['session-env', '--json', '--off'])
  const { reason } = JSON.parse(stdout)
  return reason ?? 'Off: this session goes to Anthropic directly. /cloudflare on brings it back.'
}

// While the helper is being built (once, after the installation), asks again every few seconds.
async function wait($, options, cwd, said) {
  if (said) return
  let tries = 0
  const timer = $.clock.every(5000, async () => {
    const { ok, text, reason } = await route($, options, cwd, [])
    if (ok && text) $.ui.log(text)
    if (ok || tries++ > 60 || !/built|building/.test(reason ?? '')) timer.cancel()
  })
}
