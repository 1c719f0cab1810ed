// The mod: routes the session by setting the session's own environment, and undoes it.
// Glue only: helper/src/services/session decides what to set, and whether to.
//
// How a gateway token is kept from other hosts when settings files change:
//
// Claude Code applies the `env` of its settings files again after every change, over what this mod set. It
// reads the headers of a request first and the base URL last. So the token leaks only if a change moves
// ANTHROPIC_BASE_URL while the token is in the environment, or while a request that
// has read it is still being built. Four rules prevent that:
//
// 1. `route` contains no token while a settings file sets another base URL, on disk or as the client has
//    read it: the helper refuses. So a change by the client itself (/model, a permission), which raises
//    no event, cannot move the URL.
// 2. The client awaits `classic.ConfigChange` before it applies a change by another program. That hook
//    waits until pending requests are built, removes the token, and only then returns. The token is set
//    again after the change, by rule 1.
// 3. Each request of the conversation and of subagents passes `turn.step`, which waits for a change to
//    be applied and corrects anything else that changed before the request is built. This also keeps the
//    payer the same.
// 4. When this mod itself returns the URL, it removes the token first, then waits until requests that may
//    have read the token are built. New requests wait until that is done.
//
// Remaining gap: a file changed less than a second ago, so its event has not been raised yet, while the
// client applies its own change and starts a request outside the conversation at that moment.
// And in 2.1.287: after such a change of its own, a request outside the conversation may carry a key that a
// settings file sets beside the token, and that key pays. 2.1.330 and 2.1.332 were not seen to send one.

// In the order of setting: the URL first. Undone in reverse order: the URL must stay while our credential
// is set.
const NAMES = ['ANTHROPIC_BASE_URL', 'ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS']

// The plugin's version; a helper of another version is not used.
const VERSION = '0.1.0'

// The helper's binary, once it was found.
let program

// The message if there is neither a binary nor a shell for the launcher: Windows without npm and Git Bash.
const ABSENT = "the plugin's helper is not installed. Claude Code installs it with npm: install Node.js and start a new session."

// Variables that can hold the token.
const HOLD_SECRETS = ['ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_CUSTOM_HEADERS']

const SETTINGS = ['user_settings', 'project_settings', 'local_settings', 'policy_settings']

// Milliseconds from the hook's return until the client has applied the change. Rule 1 holds either way,
// because the helper reads the files on disk.
const APPLIED_WITHIN = 250

// Milliseconds that a change waits for pending requests; each takes a few to build.
const BUILT_WITHIN = 100
const BUILT_AT_LAST = 5000

// Milliseconds until an unresponsive gateway that is bypassed is checked again.
const ASKED_AGAIN = 15000

// Who refused a request. The client's own refusals are not reported.
const SPEAKERS = {
  'sandbox-proxy': "The sandbox's proxy refused the request",
  'corporate-proxy': 'A proxy refused the request',
  'tls-interceptor': 'Something intercepts TLS',
  'waf': 'A firewall rule refused the request',
  'cloudflare-edge': "Cloudflare's edge refused the request",
  'ai-gateway': 'AI Gateway refused the request',
  'gateway-policy': 'A gateway rule refused the request',
  'provider': 'The provider refused the request',
  'nobody': 'No response',
}

// Previous values, as [name, value or null]; empty while not routed. A reload of this code loses this
// copy, and /clear loses the session's copy: each is restored from the other.
let replaced = []

// What the mod set, by name; undefined for what it removed.
let ours = new Map()

// Resolves when the current settings change has been handled.
let change

// Resolves when this mod's own change of the environment is complete; undefined if there is none.
let changing

// The number of requests that have started to read the environment and may not have finished.
let building = 0

// True once the user was told that a settings file prevents routing.
let isHeld = false

// The line about the gateway that the user was shown; the first failed turn does not repeat it.
let reported = ''

// The explanation of a failed turn; a line about the gateway that comes after it does not repeat it.
let explained

// Timer that checks a bypassed gateway; undefined if none is bypassed.
let waiting

// Serializes changes of the environment.
let queue = Promise.resolve()

export function register(on, options) {
  on('session.start', async ($, e, next) => {
    // each call takes a few milliseconds while the client starts, so independent ones run together
    const [state] = await Promise.all([$.state.get({ plugin: 'cloudflare', key: 'replaced' }), findProgram($)])
    replaced = state.value ?? []
    if (await say($, options)) untilBuilt($, options)
    // in parallel, so that the session does not wait for the network; in `claude -p` nobody would read it
    if (e.isInteractive) void report($, options)
    return next(e)
  }).catch(($, e, next) => ($.ui.log('The plugin failed while it routed this session: ' + next.error.message), next(e)))

  // The session gets a new id, and the gateway's log is labelled with it.
  on('session.end', { reason: ['clear', 'resume'] }, async ($, e, next) => {
    if (replaced.length > 0) onceRenamed($, options, e.sessionId)
    return next(e)
  }).catch(($, e, next) => next(e))

  // The client applies the change when this returns. Run other hooks first, because they may be slow.
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

  // The client's own message is on the screen; this adds who refused, and the next step.
  on('classic.StopFailure', async ($, e, next) => {
    const answer = await next(e)
    if (replaced.length > 0 && e.last_assistant_message) await failed($, options, e.last_assistant_message)
    return answer
  }).catch(($, e, next) => next(e))

  // Claude Code has already run the skill's own command; without Git Bash, PowerShell printed nothing for it.
  on('skill.prompt', { skill: ['cloudflare:cloudflare', 'cloudflare:ai-gateway'] }, async ($, e, next) => {
    const answer = await next(e)
    await findProgram($)
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

// Routes the session completely or not at all. `text` is for the user; `retry` means that the helper is being built.
async function route($, options, flags = []) {
  const [{ files, hasKeyHelper }, id] = await Promise.all([settings($), $.session.id()])
  replaced = replaced.map(([name, before]) => [name, files[name] ?? before])
  const originals = new Map(replaced)
  const stays = originals.size > 0 ? 'This session stays routed as it was: ' : 'This session is not routed: '
  const args = ['session-env', '--json', '--session', id, ...flags]
  // the helper needs the environment without our changes, and what the client has read
  const around = Object.fromEntries(replaced.map(([name, before]) => [name, before ?? '']))
  if ('ANTHROPIC_BASE_URL' in files) around.CF_AIG_SETTINGS_BASE_URL = files.ANTHROPIC_BASE_URL
  if (hasKeyHelper) around.CF_AIG_SETTINGS_KEY_HELPER = '1'
  const asked = helper($, options, args, around).then((ran) => understood(JSON.parse(ran.stdout)))
  const lost = {}
  const [now, off, answer] = await Promise.all([
    environment($),
    $.env.get('CF_AIG_OFF'),
    asked.catch((error) => void (lost.isAbsent = error.message === ABSENT)),
  ])
  if (!answer) {
    // never print the helper's output: partial output may be part of a token
    if (originals.size > 0) await restoreMoved($, now)
    if (lost.isAbsent) return { text: stays + ABSENT }
    return { text: stays + 'the helper did not respond. Run /cloudflare on to try again.' }
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
  const setOne = async (name) => {
    await set($, name, isOurs(name) ? env[name] : originals.get(name))
    done.push([name, now.get(name)])
    if (isOurs(name)) next.set(name, env[name])
    if (isOurs(name) && !originals.has(name)) originals.set(name, now.get(name))
  }
  const setAll = async () => {
    const [url, ...rest] = NAMES.filter((name) => isOurs(name) || originals.has(name))
    await setOne(url)
    await together(rest.map(setOne))
    ours = next
    await remember($, [...originals])
  }
  const undone = async (error) => {
    await putBack($, done)
    throw error
  }
  try {
    await whole(() => setAll().catch(undone))
  } catch (error) {
    return {
      text: stays + 'Claude Code does not allow plugins to route here (' + error.message +
        '). Instead, run `cf-aig setup` (writes a settings file) or `cf-aig run -- claude`.',
    }
  }
  if (off === 'held') await $.env.set('CF_AIG_OFF', undefined)
  return { text: message }
}

// The settings files as the client has read and merged them: `env`, and whether a command prints the key.
async function settings($) {
  const { env, apiKeyHelper } = await $.settings.read()
  const entries = Object.entries(env ?? {}).filter(([name]) => NAMES.includes(name))
  return { files: Object.fromEntries(entries.map(([name, value]) => [name, String(value)])), hasKeyHelper: !!apiKeyHelper }
}

// The current values, as name to value or null.
async function environment($) {
  return new Map(await Promise.all(NAMES.map(async (name) => [name, (await get($, name)) ?? null])))
}

// Rejects output that this mod could apply only partly.
function understood(answer) {
  const names = Object.keys(answer.env).concat(answer.unset)
  const values = Object.values(answer.env)
  if (names.some((name) => !NAMES.includes(name)) || values.some((value) => typeof value !== 'string')) throw new Error()
  return answer
}

// Rule 2: removes the token before the client applies a settings change, and routes again after it.
async function beforeChange($, options) {
  // a settings file can set CF_AIG_OFF too, so it alone does not mean that no token is set
  if (replaced.length === 0 && (await $.env.get('CF_AIG_OFF')) === '1') return
  let done
  const mine = (change = { over: new Promise((resolve) => (done = resolve)) })
  try {
    // a pending request keeps the token that it has read: the URL cannot change before this returns
    await untilNothingIsBuilt($)
    await alone(() => withhold($))
    if (replaced.length > 0) await $.clock.sleep(BUILT_WITHIN)
  } finally {
    // also after an error, because requests wait for this
    $.clock.after(APPLIED_WITHIN, async () => {
      try {
        // a later change repeats this
        if (change === mine) await say($, options)
      } finally {
        if (change === mine) change = undefined
        done()
      }
    })
  }
}

// Rule 3: nothing is sent while a change is applied, or with values that a change left behind. Returns
// once the request is counted as being built: between the last check and that, nothing else runs.
async function beforeRequest($, options) {
  for (let repaired = false; ; ) {
    while (change || changing) await (change?.over ?? changing)
    if (replaced.length === 0) break
    const now = await environment($)
    if (change || changing) continue
    if (repaired || [...ours].every(([name, value]) => (now.get(name) ?? undefined) === value)) break
    await alone(() => withhold($))
    await say($, options)
    repaired = true
  }
  building += 1
}

// Waits until pending requests are built, but not for one that gets no answer.
async function untilNothingIsBuilt($) {
  for (let left = BUILT_AT_LAST; building > 0 && left > 0; left -= BUILT_WITHIN) await $.clock.sleep(BUILT_WITHIN)
}

// Makes a change of the environment that consists of several steps; requests wait for all of them.
async function whole(work) {
  let done
  changing = new Promise((resolve) => (done = resolve))
  try {
    return await work()
  } finally {
    changing = undefined
    done()
  }
}

// Removes the token. The URL and a removed key stay, because the payer must not change.
async function withhold($) {
  const before = new Map(replaced)
  for (const name of HOLD_SECRETS) {
    if (ours.get(name) === undefined) continue
    await set($, name, name === 'ANTHROPIC_AUTH_TOKEN' ? undefined : before.get(name))
  }
}

// Without a response from the helper, the session stays unchanged, but never with a token and another URL.
async function restoreMoved($, now) {
  if (now.get('ANTHROPIC_BASE_URL') !== ours.get('ANTHROPIC_BASE_URL')) return takeBack($)
  for (const name of NAMES.filter((name) => ours.has(name))) await set($, name, ours.get(name))
}

// Waits for all promises before it fails, so that everything that succeeded can be undone.
async function together(promises) {
  const rejected = (await Promise.allSettled(promises)).find(({ status }) => status === 'rejected')
  if (rejected) throw rejected.reason
}

// Runs tasks one after the other.
function alone(work) {
  return (queue = queue.then(work, work))
}

// Routes the session again, and with it Bash programs: the hook's block checks CF_AIG_OFF.
async function enter($, options) {
  const { text, held } = await route($, options, ['--on'])
  isHeld = held === true
  if (replaced.length > 0) await $.env.set('CF_AIG_OFF', undefined)
  return text
}

// Stops routing both. Restores the settings files' current values, else the previous ones.
async function leave($) {
  const { files } = await settings($)
  replaced = replaced.map(([name, before]) => [name, files[name] ?? before])
  await takeBack($)
  await $.env.set('CF_AIG_OFF', '1')
  return 'Off: this session goes to ' + hostOf(await get($, 'ANTHROPIC_BASE_URL')) + '. /cloudflare on routes it again.'
}

// Only the host, because the rest of a URL may be a credential.
function hostOf(url) {
  if (!url) return 'Anthropic directly'
  return URL.canParse(url) ? new URL(url).host : 'the URL in ANTHROPIC_BASE_URL'
}

// One line about the gateway, or about a new route. Errors are ignored: the session works without it.
async function report($, options) {
  try {
    if (replaced.length === 0) return
    const around = Object.fromEntries(replaced.map(([name, before]) => [name, before ?? '']))
    const args = ['session-env', '--json', '--report', '--session', await $.session.id()]
    const { message } = JSON.parse((await helper($, options, args, around)).stdout)
    const said = explained
    explained = undefined
    if (!message || (said && message.includes(said))) return
    $.ui.log((reported = message))
  } catch {}
}

// Explains a failed turn, which printed this. Silent unless the evidence is conclusive: a guess would only
// compete with the client's own message.
async function failed($, options, printed) {
  const { stdout } = await helper($, options, ['diagnose', '--json', '-'], {}, 3000, printed)
  const [finding] = JSON.parse(stdout).findings
  const who = finding && SPEAKERS[finding.speaker]
  const meaning = finding?.meaning.replace(/\.$/, '')
  if (who && finding.confidence !== 'possible' && options?.explain_errors !== false && !reported.includes(meaning)) {
    explained = meaning
    $.ui.log(who + '. ' + finding.meaning + ' Next: ' + finding.fix)
  }
  reported = ''
  if (finding?.speaker === 'nobody') await onceBuilt($, () => say($, options, ['--failed']))
}

// With `on_unreachable = direct`, the helper returns no route while the gateway does not respond, and the
// session bypasses the gateway, or returns to it. Never while a request is built, which would mix the two.
async function onceBuilt($, work) {
  while (change) await change.over
  let done
  const mine = (change = { over: new Promise((resolve) => (done = resolve)) })
  try {
    await untilNothingIsBuilt($)
    if (building === 0) await work()
  } finally {
    if (change === mine) change = undefined
    done()
  }
}

// Returns to the gateway when it responds, unless the user has switched it off in the meantime.
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

// A skill for systems that may have no sh: with the report that the launcher could not provide, and with
// what to write instead of the launcher.
async function forWindows($, options, text) {
  const missing = /(The doctor's report, made a moment ago:)\s*(?=## )/
  if (missing.test(text)) {
    const printed = await outputOf($, options, ['doctor', '--json', '--timeout', '8'], 9000)
    text = text.replace(missing, (_, title) => title + '\n\n' + printed + '\n\n')
  }
  return text + '\n\nIn PowerShell, write `& "' + program[0] + '"` in place of `sh "…/helper/cf-aig"`.'
}

// The session's newest requests in the gateway's log.
async function last($, options) {
  const args = ['logs', 'list', '--link', '--limit', '5', 'meta.session:' + (await $.session.id())]
  const text = await shown($, options, args, 9000)
  // a link would break at the block's width
  return text.replace(/\n(https:\S+)\n```$/, '\n```\n\n$1') || "The gateway's log has no request of this session yet. An entry can take a minute to appear."
}

// The helper's output, wrapped at a width that fits most terminals. The client renders the text as Markdown,
// which would drop underscores, asterisks and columns: a code block keeps them.
async function shown($, options, args, timeoutMs) {
  const text = await outputOf($, options, args, timeoutMs, { CF_AIG_COLUMNS: '74' })
  return text && '\n\n```text\n' + text.replaceAll('```', "'''").trimEnd() + '\n```'
}

async function outputOf($, options, args, timeoutMs, more = {}) {
  const { stdout, stderr } = await helper($, options, args, more, timeoutMs)
  return stdout || stderr
}

async function takeBack($) {
  await whole(() => putBack($, replaced))
  ours = new Map()
  await remember($, [])
}

// Stops at the first name that cannot be restored: the URL must stay while our credential is set. Requests
// have to wait meanwhile (`whole`).
async function putBack($, list) {
  const ordered = NAMES.flatMap((name) => list.filter(([listed]) => listed === name))
  for (const [name, before] of ordered.reverse()) {
    // rule 4
    if (name === 'ANTHROPIC_BASE_URL') await untilNothingIsBuilt($)
    await set($, name, before)
  }
}

async function remember($, list) {
  await $.state.set({ plugin: 'cloudflare', key: 'replaced' }, list)
  replaced = list
}

// Runs the helper with the plugin's options, which only hooks get automatically.
async function helper($, options, args, more, timeoutMs = 5000, stdin = undefined) {
  const env = { ...more }
  for (const [key, value] of Object.entries(options ?? {})) {
    if (key !== 'explain_errors' && value !== '' && value != null) env['CLAUDE_PLUGIN_OPTION_' + key.toUpperCase()] = String(value)
  }
  const run = (command) => $.process.run([...command, ...args], { env, timeoutMs, ...(stdin !== undefined && { stdin }) })
  await findProgram($)
  try {
    if (program) return await run(program)
  } catch (error) {
    if (!CANNOT_START.test(error.message)) throw error
  }
  try {
    // it also runs a binary that has lost its executable bit; a folder's settings decide what `sh` is on PATH
    const sh = /^([A-Za-z]:|\\\\)/.test($.plugin.root) ? 'sh' : '/bin/sh'
    return await run([sh, $.plugin.root + '/helper/cf-aig'])
  } catch (error) {
    throw CANNOT_START.test(error.message) ? new Error(ABSENT) : error
  }
}

// The client's errors for a program that does not exist or cannot be run.
const CANNOT_START = /not found|ENOENT|EACCES|permission denied/i

async function findProgram($) {
  program ??= await binary($)
}

// The helper's binary: in the package that npm installed next to the plugin, else where the launcher puts
// it. It is started without the launcher, because Windows may have no sh to run that.
async function binary($) {
  const list = async (folder) => ({ folder, files: await $.fs.list(folder).catch(() => []) })
  const scope = $.plugin.root + '/node_modules/@cf-aig'
  const own = $.plugin.root + '/target/release'
  const [{ files: packages }, built, ...fetched] = await Promise.all([scope, own, ...brought($.plugin.root)].map(list))
  const packaged = await Promise.all(packages.map(({ name }) => list(scope + '/' + name + '/' + VERSION)))
  for (const { folder, files } of [...packaged, ...fetched]) {
    const file = files.find((file) => file.name === 'cf-aig' || file.name === 'cf-aig.exe')
    if (file) return [folder + '/' + file.name]
  }
  // a local build, for systems that may have no sh; it may be older than the plugin
  if (!built.files.some((file) => file.name === 'cf-aig.exe')) return
  const { stdout } = await $.process.run([own + '/cf-aig.exe', '--version'])
  if (stdout.trim() === 'cf-aig ' + VERSION) return [own + '/cf-aig.exe']
}

// Where the launcher puts the binary: in the data folder, next to the cache that contains the installed plugin.
function brought(root) {
  const parts = root.split(/[\\/]/)
  const [cache, market, name] = parts.slice(-4)
  if (cache !== 'cache' || name !== 'cloudflare') return []
  return [[...parts.slice(0, -4), 'data', name + '-' + market, 'bin', VERSION].join('/')]
}

// While the helper is being built (once, after installation), tries again every few seconds.
function untilBuilt($, options) {
  let left = 120
  const timer = $.clock.every(5000, async () => {
    if ((await say($, options)) && --left > 0) return
    timer.cancel()
    await report($, options)
  })
}

// Routes again once the session has a different id, which takes a moment.
function onceRenamed($, options, old) {
  let left = 50
  const timer = $.clock.every(100, async () => {
    if (--left > 0 && (await $.session.id()) === old) return
    timer.cancel()
    await say($, options)
  })
}

// Routes, shows messages to the user, and returns whether to try again.
function say($, options, flags = []) {
  return alone(async () => {
    const wasHeld = isHeld
    const { text, retry, held } = await route($, options, [isHeld ? '--say' : '--quiet', ...flags])
    isHeld = held === true
    if (text && !(wasHeld && isHeld)) $.ui.log(text)
    return retry
  })
}

// The client extracts the names that a mod uses from its source, so each is written out.
async function set($, name, value) {
  const to = value ?? undefined
  const answer = await put($, name, to)
  if (answer?.deny) throw new Error(answer.deny)
  // 2.1.287 does not pass on another mod's refusal: only the environment shows it
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
