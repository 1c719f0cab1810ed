// The mod: routes the session by setting the session's own environment, and undoes it.
// Glue only. What to set, and whether to, is decided in helper/src/services/session.rs.
//
// Why a gateway token never reaches another host when settings files change:
//
// Claude Code applies the `env` of its settings files again whenever it takes up a change, over what
// this mod set. It reads the headers of a request first and the base URL last. So the token leaks only
// if a change moves ANTHROPIC_BASE_URL while the token is in the environment, or while a request that
// has read it is still being built. Three rules exclude that:
//
// 1. `route` holds no token while a settings file names another base URL, on disk or as the client has
//    read it: the helper refuses. So a change that the client makes by itself (/model, a permission),
//    which raises no event, finds nothing to move the URL to.
// 2. The client awaits `classic.ConfigChange` before it takes up a change that somebody else made. That
//    hook waits until requests under way are built, takes the token out, and only then returns. The token
//    comes back after the change, by rule 1.
// 3. Each request of the conversation and of subagents passes `turn.step`, which waits for a change to
//    be taken up and repairs whatever else moved before the request is built. This also keeps the payer.
//
// What remains: a file that changed less than a second ago, so that its event is still to come, while the
// client takes up a change of its own and starts a request outside the conversation in that moment.

// In the order of setting: the URL first. Taken back in reverse order: while a credential of ours is
// set, the URL must stay.
const NAMES = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS']

// The plugin's: a helper of another version is not used.
const VERSION = '0.1.0'

// The helper's binary, once it was seen.
let program

// Said where there is neither a binary nor a shell for the launcher: Windows without npm and Git Bash.
const ABSENT = 'its helper is not here. Claude Code installs it with npm: install Node.js and start a new session.'

// Where the token can be.
const HOLD_SECRETS = ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS']

const SETTINGS = ['user_settings', 'project_settings', 'local_settings', 'policy_settings']

// Milliseconds from the answer to a change until the client has applied it. Rule 1 holds either way:
// the helper reads the files as they are on disk.
const APPLIED_WITHIN = 250

// Milliseconds that a change waits for requests under way; each needs a few to be built.
const BUILT_WITHIN = 100
const BUILT_AT_LAST = 5000

// Milliseconds until a gateway that was left because it did not answer is asked again.
const ASKED_AGAIN = 15000

// Who refused a request. Of the client's own refusals nothing is said.
const SPEAKERS = {
  'sandbox-proxy': "The sandbox's proxy said no",
  'corporate-proxy': 'A proxy on the way said no',
  'tls-interceptor': 'Something intercepts TLS',
  'waf': 'A firewall rule said no',
  'cloudflare-edge': "Cloudflare's edge said no",
  'ai-gateway': 'AI Gateway said no',
  'gateway-policy': 'A rule of the gateway said no',
  'provider': 'The provider said no',
  'nobody': 'No answer came',
}

// Previous values, as [name, value or null]; empty while not routed. A reload of this code loses
// it, and /clear loses the copy that the session keeps: each is restored from the other.
let replaced = []

// What the mod set, by name; undefined for what it removed.
let ours = new Map()

// Resolves when the settings change that is being taken up has been dealt with.
let change

// How many requests have read the environment and may not have read all of it yet.
let building = 0

// The user was told that a settings file keeps this session from the gateway.
let isHeld = false

// Asks whether a gateway that was left answers again; undefined while none was.
let waiting

// Changes of the environment happen one after the other.
let queue = Promise.resolve()

export function register(on, options) {
  on('session.start', async ($, e, next) => {
    replaced = (await $.state.get({ plugin: 'cloudflare', key: 'replaced' })).value ?? []
    if (await say($, options)) untilBuilt($, options)
    // beside the session, which does not wait for the network; nobody reads it in `claude -p`
    if (e.isInteractive) void report($, options)
    return next(e)
  }).catch(($, e, next) => ($.ui.log('This session is half routed: ' + next.error.message), next(e)))

  // The session gets another id then, and the gateway's log names sessions.
  on('session.end', { reason: ['clear', 'resume'] }, async ($, e, next) => {
    if (replaced.length > 0) onceRenamed($, options, e.sessionId)
    return next(e)
  }).catch(($, e, next) => next(e))

  // The client applies the change when this returns. Other hooks come first: they may take their time.
  on('classic.ConfigChange', { source: SETTINGS }, async ($, e, next) => {
    const answer = await next(e)
    await beforeChange($, options)
    return answer
  }).catch(async ($, e, next) => {
    await alone(() => withhold($))
    return next(e)
  })

  on('turn.step', async function* ($, e, next) {
    await beforeRequest($, options)
    building += 1
    let counted = true
    const built = () => {
      if (counted) building -= 1
      counted = false
    }
    try {
      for await (const chunk of next(e)) {
        built()
        yield chunk
      }
    } finally {
      built()
    }
  }).catch(async function* ($, e, next) {
    yield* next(e)
  })

  // The client's own message is on the screen; this adds who said no, and the next step.
  on('classic.StopFailure', async ($, e, next) => {
    const answer = await next(e)
    if (replaced.length > 0 && e.last_assistant_message) await failed($, options, e.last_assistant_message)
    return answer
  }).catch(($, e, next) => next(e))

  // Claude Code has run the skill's own command by then: in PowerShell, where there is no Git Bash, it prints nothing.
  on('skill.prompt', { skill: ['cloudflare:cloudflare', 'cloudflare:ai-gateway'] }, async ($, e, next) => {
    const answer = await next(e)
    program ??= await binary($)
    if (!program?.[0].endsWith('.exe')) return answer
    return { text: await forWindows($, options, answer.text) }
  }).catch(($, e, next) => next(e))

  on('command.run', { command: 'cloudflare:cloudflare' }, async ($, e, next) => {
    switch (e.args.trim()) {
      case 'status': return { text: await shown($, options, ['status'], 5000) }
      case 'costs': return { text: await shown($, options, ['costs'], 20000) }
      case 'last': return { text: await last($, options) }
      case 'on': return { text: await alone(() => enter($, options)) }
      case 'off': return { text: await alone(() => leave($)) }
      case 'doctor': return { text: await shown($, options, ['doctor', '--quiet', '--timeout', '8'], 9000) }
    }
    return next(e)
  }).catch(($, e, next) => (next.called ? next(e) : { text: 'That failed: ' + next.error.message }))
}

// Routes the session, all of it or nothing. `text` is for the user; `retry` says that the helper is being built.
async function route($, options, flags = []) {
  const { files, hasKeyHelper } = await settings($)
  replaced = replaced.map(([name, before]) => [name, files[name] ?? before])
  const originals = new Map(replaced)
  const stays = originals.size > 0 ? 'This session stays routed as it was: ' : 'This session is not routed: '
  const args = ['session-env', '--json', '--session', await $.session.id(), ...flags]
  // the helper is to see the environment without our changes, and what the client read
  const around = Object.fromEntries(replaced.map(([name, before]) => [name, before ?? '']))
  if ('ANTHROPIC_BASE_URL' in files) around.CF_AIG_SETTINGS_BASE_URL = files.ANTHROPIC_BASE_URL
  if (hasKeyHelper) around.CF_AIG_SETTINGS_KEY_HELPER = '1'
  const asked = helper($, options, args, around).then((ran) => understood(JSON.parse(ran.stdout)))
  const lost = {}
  const [now, answer] = await Promise.all([environment($), asked.catch((error) => void (lost.isAbsent = error.message === ABSENT))])
  if (!answer) {
    // never with what the helper said: half an answer may be half a token
    if (originals.size > 0) await restoreMoved($, now)
    if (lost.isAbsent) return { text: stays + ABSENT }
    return { text: stays + 'the helper gave no answer. /cloudflare status asks it again.' }
  }
  const { env, unset, message, reason, retry, held, silent } = answer
  if (silent) untilItAnswers($, options)
  if (env.ANTHROPIC_BASE_URL === undefined) {
    const was = originals.size > 0 && !retry
    if (was) await takeBack($)
    if (held || silent) await $.env.set('CF_AIG_OFF', 'held')
    return { retry, held, text: was || flags.includes('--on') ? 'Not routed: ' + reason : message }
  }
  const isOurs = (name) => name in env || unset.includes(name)
  const done = []
  const next = new Map()
  try {
    for (const name of NAMES.filter((name) => isOurs(name) || originals.has(name))) {
      await set($, name, isOurs(name) ? env[name] : originals.get(name))
      done.push([name, now.get(name)])
      if (isOurs(name)) next.set(name, env[name])
      if (isOurs(name) && !originals.has(name)) originals.set(name, now.get(name))
    }
    ours = next
    await remember($, [...originals])
  } catch (error) {
    await restore($, done)
    return {
      text: stays + 'Claude Code does not let a plugin do it here (' + error.message +
        '). Instead: /cloudflare setup (a settings file), or cf-aig run -- claude.',
    }
  }
  if ((await $.env.get('CF_AIG_OFF')) === 'held') await $.env.set('CF_AIG_OFF', undefined)
  return { text: message }
}

// The settings files as the client has read them, all merged: `env`, and whether a command prints the key.
async function settings($) {
  const { env, apiKeyHelper } = await $.settings.read()
  const entries = Object.entries(env ?? {}).filter(([name]) => NAMES.includes(name))
  return { files: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])), hasKeyHelper: !!apiKeyHelper }
}

// The current values, as name to value or null.
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

// Rule 2: takes the token out before the client applies a settings change, and routes anew after it.
async function beforeChange($, options) {
  if ((await $.env.get('CF_AIG_OFF')) === '1') return
  let done
  const mine = (change = { over: new Promise((resolve) => (done = resolve)) })
  // a request under way keeps the token that it was given: the URL cannot move before this returns
  for (let left = BUILT_AT_LAST; building > 0 && left > 0; left -= BUILT_WITHIN) await $.clock.sleep(BUILT_WITHIN)
  await alone(() => withhold($))
  if (replaced.length > 0) await $.clock.sleep(BUILT_WITHIN)
  $.clock.after(APPLIED_WITHIN, async () => {
    try {
      // a later change does this again
      if (change === mine) await say($, options)
    } finally {
      if (change === mine) change = undefined
      done()
    }
  })
}

// Rule 3: nothing is sent while a change is taken up, or with what a change left behind.
async function beforeRequest($, options) {
  while (change) await change.over
  if (replaced.length === 0) return
  const now = await environment($)
  if ([...ours].every(([name, value]) => (now.get(name) ?? undefined) === value)) return
  await alone(() => withhold($))
  await say($, options)
}

// Takes the token out. The URL and a removed key stay: who pays must not change.
async function withhold($) {
  const before = new Map(replaced)
  for (const name of HOLD_SECRETS) {
    if (ours.get(name) === undefined) continue
    await set($, name, name === 'ANTHROPIC_AUTH_TOKEN' ? undefined : before.get(name))
  }
}

// Without an answer of the helper, the session stays as it was; but not with a token beside another URL.
async function restoreMoved($, now) {
  if (now.get('ANTHROPIC_BASE_URL') !== ours.get('ANTHROPIC_BASE_URL')) return takeBack($)
  for (const name of NAMES.filter((name) => ours.has(name))) await set($, name, ours.get(name))
}

// One after the other.
function alone(work) {
  return (queue = queue.then(work, work))
}

// Brings the session back, and with it the programs that Bash commands start: the hook's block heeds CF_AIG_OFF.
async function enter($, options) {
  const { text, held } = await route($, options, ['--on'])
  isHeld = held === true
  if (replaced.length > 0) await $.env.set('CF_AIG_OFF', undefined)
  return text
}

// Takes both out. What comes back is what the settings files say now, else what was there before.
async function leave($) {
  const { files } = await settings($)
  replaced = replaced.map(([name, before]) => [name, files[name] ?? before])
  await takeBack($)
  await $.env.set('CF_AIG_OFF', '1')
  return 'Off: this session goes to ' + hostOf(await get($, 'ANTHROPIC_BASE_URL')) + '. /cloudflare on brings it back.'
}

// Only the host: the rest of a URL may be a credential.
function hostOf(url) {
  if (!url) return 'Anthropic directly'
  return URL.canParse(url) ? new URL(url).host : 'what ANTHROPIC_BASE_URL names'
}

// One line about the gateway, or about a route that is new. Errors are ignored: the session runs without it.
async function report($, options) {
  try {
    if (replaced.length === 0) return
    const around = Object.fromEntries(replaced.map(([name, before]) => [name, before ?? '']))
    const args = ['session-env', '--json', '--report', '--session', await $.session.id()]
    const { message } = JSON.parse((await helper($, options, args, around)).stdout)
    if (message) $.ui.log(message)
  } catch {}
}

// What to do about a failed turn, which printed this. Silent where the evidence does not settle it: a guess
// would be a second opinion beside the client's own message.
async function failed($, options, printed) {
  const { stdout } = await helper($, options, ['diagnose', '--json', '-'], {}, 3000, printed)
  const [finding] = JSON.parse(stdout).findings
  const who = finding && SPEAKERS[finding.speaker]
  if (who && finding.confidence !== 'possible' && options?.explain_errors !== false) {
    $.ui.log(who + '. ' + finding.meaning + ' Next: ' + finding.fix)
  }
  if (finding?.speaker === 'nobody') await onceBuilt($, () => say($, options, ['--failed']))
}

// Under `on_unreachable = direct` the helper gives no route while the gateway does not answer, and the session
// leaves it, or takes it again. Never while a request is built: it would read a part of either way.
async function onceBuilt($, work) {
  while (change) await change.over
  let done
  const mine = (change = { over: new Promise((resolve) => (done = resolve)) })
  try {
    for (let left = BUILT_AT_LAST; building > 0 && left > 0; left -= BUILT_WITHIN) await $.clock.sleep(BUILT_WITHIN)
    if (building === 0) await work()
  } finally {
    if (change === mine) change = undefined
    done()
  }
}

// Takes the gateway again when it answers, unless the user has switched it off meanwhile.
function untilItAnswers($, options) {
  const stop = () => {
    waiting?.cancel()
    waiting = undefined
  }
  waiting ??= $.clock.every(ASKED_AGAIN, async () => {
    if (replaced.length > 0 || (await $.env.get('CF_AIG_OFF')) === '1') return stop()
    const args = ['session-env', '--json', '--quiet', '--session', await $.session.id()]
    if (JSON.parse((await helper($, options, args, {})).stdout).silent) return
    stop()
    await onceBuilt($, async () => {
      const { text } = await alone(() => route($, options, ['--say']))
      if (text) $.ui.log(text)
    })
  })
}

// A skill as it reads where there may be no sh: with the report that the launcher could not bring, and with
// what to write in place of the launcher.
async function forWindows($, options, text) {
  const missing = /(The doctor's report, made a moment ago:)\s*(?=## )/
  if (missing.test(text)) {
    const printed = await outputOf($, options, ['doctor', '--json', '--timeout', '8'], 9000)
    text = text.replace(missing, (_, title) => title + '\n\n' + printed + '\n\n')
  }
  return text + '\n\nIn PowerShell, write `& "' + program[0] + '"` in place of `sh "…/helper/cf-aig"`.'
}

// The session's newest requests as the gateway's log has them.
async function last($, options) {
  const args = ['logs', 'list', '--link', '--limit', '5', 'meta.session:' + (await $.session.id())]
  return (await shown($, options, args, 9000, 118)) || "The gateway's log has no request of this session yet; it lags a few seconds."
}

// What the helper prints, broken at a width that fits most terminals. The client reads the text as Markdown, which
// would take underscores, asterisks and columns out of it: a code block keeps them.
async function shown($, options, args, timeoutMs, columns = 74) {
  const text = await outputOf($, options, args, timeoutMs, { CF_AIG_COLUMNS: String(columns) })
  return text && '\n\n```text\n' + text.replaceAll('```', "'''").trimEnd() + '\n```'
}

async function outputOf($, options, args, timeoutMs, more = {}) {
  const { stdout, stderr } = await helper($, options, args, more, timeoutMs)
  return stdout || stderr
}

async function takeBack($) {
  await restore($, replaced)
  ours = new Map()
  await remember($, [])
}

// Stops at the first name that cannot be put back: with a credential of ours in place, the URL must stay.
async function restore($, list) {
  const ordered = NAMES.flatMap((name) => list.filter(([listed]) => listed === name))
  for (const [name, before] of ordered.reverse()) await set($, name, before)
}

async function remember($, list) {
  await $.state.set({ plugin: 'cloudflare', key: 'replaced' }, list)
  replaced = list
}

// Runs the helper with the plugin's options, which only hooks get by themselves.
async function helper($, options, args, more, timeoutMs = 5000, stdin = undefined) {
  const env = { ...more }
  for (const [key, value] of Object.entries(options ?? {})) {
    if (key !== 'explain_errors' && value !== '' && value != null) env['CLAUDE_PLUGIN_OPTION_' + key.toUpperCase()] = String(value)
  }
  const run = (command) => $.process.run([...command, ...args], { env, timeoutMs, ...(stdin !== undefined && { stdin }) })
  program ??= await binary($)
  try {
    if (program) return await run(program)
  } catch (error) {
    if (!CANNOT_START.test(error.message)) throw error
  }
  try {
    // it also starts a binary that has lost its executable bit
    return await run(['sh', $.plugin.root + '/helper/cf-aig'])
  } catch (error) {
    throw CANNOT_START.test(error.message) ? new Error(ABSENT) : error
  }
}

// How the client says that a program is not there or cannot be run.
const CANNOT_START = /not found|ENOENT|EACCES|permission denied/i

// The helper's binary: in the package that npm installed beside the plugin, else where the launcher puts
// it. It is started without the launcher, because Windows has no sh to run that.
async function binary($) {
  const list = (folder) => $.fs.list(folder).catch(() => [])
  const scope = $.plugin.root + '/node_modules/@cf-aig'
  const folders = (await list(scope)).map(({ name }) => scope + '/' + name + '/' + VERSION)
  for (const folder of [...folders, ...brought($.plugin.root)]) {
    const file = (await list(folder)).find((file) => file.name === 'cf-aig' || file.name === 'cf-aig.exe')
    if (file) return [folder + '/' + file.name]
  }
  // one's own build, where there may be no sh; it may be older than the plugin
  const own = $.plugin.root + '/target/release'
  if (!(await list(own)).some((file) => file.name === 'cf-aig.exe')) return
  const { stdout } = await $.process.run([own + '/cf-aig.exe', '--version'])
  if (stdout.trim() === 'cf-aig ' + VERSION) return [own + '/cf-aig.exe']
}

// Where the launcher puts the binary: in the data folder, which lies beside the cache that an installed plugin is in.
function brought(root) {
  const parts = root.split(/[\\/]/)
  const [cache, market, name] = parts.slice(-4)
  if (cache !== 'cache' || name !== 'cloudflare') return []
  return [[...parts.slice(0, -4), 'data', name + '-' + market, 'bin', VERSION].join('/')]
}

// While the helper is being built (once, after the installation), asks again every few seconds.
function untilBuilt($, options) {
  let left = 120
  const timer = $.clock.every(5000, async () => {
    if ((await say($, options)) && --left > 0) return
    timer.cancel()
    await report($, options)
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
function say($, options, flags = []) {
  return alone(async () => {
    const wasHeld = isHeld
    const { text, retry, held } = await route($, options, [isHeld ? '--say' : '--quiet', ...flags])
    isHeld = held === true
    if (text && !(wasHeld && isHeld)) $.ui.log(text)
    return retry
  })
}

// The client reads the names that a mod touches from its source, so each is written out.
async function set($, name, value) {
  const to = value ?? undefined
  const answer = await put($, name, to)
  if (answer?.deny) throw new Error(answer.deny)
  // 2.1.287 hands no refusal on that another mod answers with: only the environment tells
  if (((await get($, name)) || undefined) !== (to || undefined)) throw new Error(name + ' cannot be set')
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
