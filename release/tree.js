// Turns OUT/tree into a released tree: sets the version everywhere, and adds the packages with their checksums.
// Called by release/pack: node release/tree.js VERSION OUT SCOPE REGISTRY

const { createHash } = require('crypto')
const fs = require('fs')

const [version, out, scope, registry] = process.argv.slice(2)
const tree = out + '/tree/'

// Each file that contains the version, and that line.
const named = [
  ['Cargo.toml', /^version = ".*"$/m, `version = "${version}"`],
  ['helper/cf-aig', /^version=.*$/m, `version=${version}`],
  ['hooks/register.js', /^const VERSION = '.*'$/m, `const VERSION = '${version}'`],
  ['.claude-plugin/plugin.json', /^  "version": ".*",$/m, `  "version": "${version}",`],
]
for (const [path, line, becomes] of named) {
  const text = fs.readFileSync(tree + path, 'utf8')
  if (!line.test(text)) throw new Error(path + ' names no version')
  fs.writeFileSync(tree + path, text.replace(line, becomes))
}
// the workspace's own crates in Cargo.lock
const lock = fs.readFileSync(tree + 'Cargo.lock', 'utf8')
fs.writeFileSync(tree + 'Cargo.lock', lock.replace(/^(name = "cf-aig(?:-[a-z]+)?"\nversion = ").*"$/gm, `$1${version}"`))

const packages = {}
const sums = []
const files = fs.readdirSync(out + '/packages').sort()
for (const file of files) {
  const bytes = fs.readFileSync(out + '/packages/' + file)
  const platform = file.match(/^cf-aig-((?:linux|darwin|win32)-(?:x64|arm64))-/)?.[1]
  const name = platform ? scope + '/' + platform : 'cf-aig'
  const base = name.split('/').pop()
  const entry = {
    version,
    resolved: `${registry}/${name}/-/${base}-${version}.tgz`,
    integrity: 'sha512-' + createHash('sha512').update(bytes).digest('base64'),
    license: 'MIT OR Apache-2.0',
  }
  if (platform) {
    const [os, cpu] = platform.split('-')
    Object.assign(entry, { cpu: [cpu], optional: true, os: [os] })
    sums.push(platform + ' ' + createHash('sha256').update(bytes).digest('hex'))
  } else {
    entry.bin = { 'cf-aig': 'cf-aig.js' }
    entry.optionalDependencies = {}
  }
  packages['node_modules/' + name] = entry
}
const platforms = sums.map((line) => scope + '/' + line.split(' ')[0])
for (const name of platforms) packages['node_modules/cf-aig'].optionalDependencies[name] = version

const root = { name: 'cloudflare-plugin', version, dependencies: { 'cf-aig': version } }
const write = (path, value) => fs.writeFileSync(tree + path, JSON.stringify(value, null, 2) + '\n')
write('package.json', { ...root, private: true })
write('package-lock.json', {
  name: root.name, version, lockfileVersion: 3, requires: true,
  packages: { '': root, ...packages },
})
fs.writeFileSync(tree + 'helper/packages', sums.join('\n') + '\n')
