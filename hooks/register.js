// The mod: sets the session's own environment to what the helper says, and takes it back.
// Glue only. What to set, and whether to, is decided in helper/src/services/session.rs.

// In the order of setting. The URL comes first, and is taken back last: no credential may stand
// while the URL names another host.
const NAMES = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS']

// The plugin's: a helper of another version is not used.
const VERSION = '0.1.0'

// The packaged binary, once it was seen.
let program

// What stood there before, as [name, value or null]; empty while not routed. A reload of this code loses
// it, and /clear loses the copy that the session keeps: each is restored from the other.
let replaced = []

export function register(on, options) {
  on('session.start', async ($, e, next) => {
    replaced = (await $.state.get({ plugin: 'cloudflare', key: 'replaced' })).value ?? []
    if (await say($, options)) untilBuilt($, options)
    return next(e)
  }).catch(($, e, next) => ($.ui.log('This session is half routed: ' + next.error.message), next(e)))

  // The session gets another id then, and the gateway's log names sessions.
  on('session.end', { reason: ['clear', 'resume'] }, async ($, e, next) => {
    if (replaced.length > 0) onceRenamed($, options, e.sessionId)
    return next(e)
  }).catch(($, e, next) => next(e))

  on('command.run', { command: 'cloudflare:cloudflare' }, async ($, e, next) => {
    switch (e.args.trim()) {
      case 'status': return { text: await shown($, options, ['status'], 5000) }
      case 'costs': return { text: await shown($, options, ['costs'], 20000) }
      case 'on': return { text: await enter($, options) }
      case 'off': return { text: await leave($) }
      case 'doctor': return { text: await shown($, options, ['doctor', '--timeout', '8'], 9000) }
    }
    return next(e)
  }).catch(($, e, next) => (next.called ? next(e) : { text: 'That failed: ' + next.error.message }))
}

// Routes the session, all of it or nothing. `text` is for the user; `retry` says that the helper is being built.
async function route($, options, flags = []) {
  const originals = new Map(replaced)
  const failed = originals.size > 0 ? 'This session stays routed as it was: ' : 'This session is not routed: '
  const args = ['session-env', '--json', '--session', await $.session.id(), ...flags]
  // the helper is to see what stood there without us
  const around = Object.fromEntries(replaced.map(([name, before]) => [name, before ?? '']))
  const asked = helper($, options, args, around).then((ran) => understood(JSON.parse(ran.stdout)))
  const [now, answer] = await Promise.all([environment($), asked.catch(() => undefined)])
  if (!answer) {
    // never with what the helper said: half an answer may be half a token
    return { text: failed + 'the helper gave no answer. /cloudflare status asks it again.' }
  }
  const { env, unset, message, reason, retry } = answer
  if (env.ANTHROPIC_BASE_URL === undefined) {
    const was = originals.size > 0 && !retry
    if (was) await takeBack($)
    return { retry, text: was || flags.length > 0 ? 'Not routed: ' + reason : undefined }
  }
  const ours = (name) => name in env || unset.includes(name)
  const done = []
  try {
    for (const name of NAMES.filter((name) => ours(name) || originals.has(name))) {
      await set($, name, ours(name) ? env[name] : originals.get(name))
      done.push([name, now.get(name)])
      if (ours(name) && !originals.has(name)) originals.set(name, now.get(name))
    }
    await remember($, [...originals])
  } catch (error) {
    await restore($, done)
    return {
      text: failed + 'Claude Code does not let a plugin do it here (' + error.message +
        '). Instead: /cloudflare setup (a settings file), or cf-aig run -- claude.',
    }
  }
  return { text: message }
}

// What the variables hold now, as name to value or null.
async function environment($) {
  return new Map(await Promise.all(NAMES.map(async (name) => [name, (await get($, name)) ?? null])))
}

// Refuses an answer that this mod could carry out in part only.
function understood(answer) {
  const names = Object.keys(answer.env).concat(answer.unset)
  const values = Object.values(answer.env)
  if (names.some((name) => !NAMES.includes(name)) || values.some((value) => typeof value !== 'string')) throw new Error()
  return answer
}

// Brings the session back, and with it the programs that Bash commands start: the hook's block heeds CF_AIG_OFF.
async function enter($, options) {
  const { text } = await route($, options, ['--on'])
  if (replaced.length > 0) await $.env.set('CF_AIG_OFF', undefined)
  return text
}

// Takes both out.
async function leave($) {
  await takeBack($)
  await $.env.set('CF_AIG_OFF', '1')
  return 'Off: this session goes to ' + hostOf(await get($, 'ANTHROPIC_BASE_URL')) + '. /cloudflare on brings it back.'
}

// The host alone: the rest of a URL may be a credential.
function hostOf(url) {
  if (!url) return 'Anthropic directly'
  return URL.canParse(url) ? new URL(url).host : 'what ANTHROPIC_BASE_URL names'
}

// What the helper prints.
async function shown($, options, args, timeoutMs) {
  const { stdout, stderr } = await helper($, options, args, {}, timeoutMs)
  return stdout || stderr
}

async function takeBack($) {
  await restore($, replaced)
  await remember($, [])
}

// Stops at the first name that cannot be put back: with a credential of ours in place, the URL must stay.
async function restore($, list) {
  for (const [name, before] of [...list].reverse()) await set($, name, before)
}

async function remember($, list) {
  await $.state.set({ plugin: 'cloudflare', key: 'replaced' }, list)
  replaced = list
}

// Runs the helper with the plugin's options, which only hooks get by themselves.
async function helper($, options, args, more, timeoutMs = 5000) {
  const env = { ...more }
  for (const [key, value] of Object.entries(options ?? {})) {
    if (value !== '' && value != null) env['CLAUDE_PLUGIN_OPTION_' + key.toUpperCase()] = String(value)
  }
  program ??= await packaged($)
  return $.process.run([...(program ?? ['sh', $.plugin.root + '/helper/cf-aig']), ...args], { env, timeoutMs })
}

// The helper's binary in the package that npm installed beside the plugin. It is started without the
// launcher, because Windows has no sh to run that.
async function packaged($) {
  const list = (folder) => $.fs.list(folder).catch(() => [])
  const scope = $.plugin.root + '/node_modules/@cf-aig'
  for (const { name } of await list(scope)) {
    const folder = scope + '/' + name + '/' + VERSION
    const binary = (await list(folder)).find((file) => file.name === 'cf-aig' || file.name === 'cf-aig.exe')
    if (binary) return [folder + '/' + binary.name]
  }
}

// While the helper is being built (once, after the installation), asks again every few seconds.
function untilBuilt($, options) {
  let left = 120
  const timer = $.clock.every(5000, async () => {
    if (!(await say($, options)) || --left === 0) timer.cancel()
  })
}

// Routes anew once the session has another id than this, which takes a moment.
function onceRenamed($, options, old) {
  let left = 50
  const timer = $.clock.every(100, async () => {
    if (--left > 0 && (await $.session.id()) === old) return
    timer.cancel()
    await say($, options)
  })
}

// Routes, tells the user what there is to tell, and says whether to ask again.
async function say($, options) {
  const { text, retry } = await route($, options)
  if (text) $.ui.log(text)
  return retry
}

// The client reads the names that a mod touches from its source, so each is written out.
async function set($, name, value) {
  const to = value ?? undefined
  const answer = await put($, name, to)
  if (answer?.deny) throw new Error(answer.deny)
}
function put($, name, to) {
  switch (name) {
    case 'ANTHROPIC_BASE_URL': return $.env.set('ANTHROPIC_BASE_URL', to)
    case 'ANTHROPIC_API_KEY': return $.env.set('ANTHROPIC_API_KEY', to)
    case 'ANTHROPIC_AUTH_TOKEN': return $.env.set('ANTHROPIC_AUTH_TOKEN', to)
    case 'ANTHROPIC_CUSTOM_HEADERS': return $.env.set('ANTHROPIC_CUSTOM_HEADERS', to)
  }
}
function get($, name) {
  switch (name) {
    case 'ANTHROPIC_BASE_URL': return $.env.get('ANTHROPIC_BASE_URL')
    case 'ANTHROPIC_API_KEY': return $.env.get('ANTHROPIC_API_KEY')
    case 'ANTHROPIC_AUTH_TOKEN': return $.env.get('ANTHROPIC_AUTH_TOKEN')
    case 'ANTHROPIC_CUSTOM_HEADERS': return $.env.get('ANTHROPIC_CUSTOM_HEADERS')
  }
}
