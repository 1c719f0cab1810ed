#!/usr/bin/env node
// Finds the binary for this platform and replaces itself with it, or runs it if Node cannot be replaced.
'use strict'

const { spawn } = require('child_process')
const { constants } = require('os')
const path = require('path')

const { version } = require('./package.json')
const platform = process.platform + '-' + process.arch
const args = process.argv.slice(2)

let binary
try {
  const folder = path.dirname(require.resolve('@cf-aig/' + platform + '/package.json'))
  binary = path.join(folder, version, process.platform === 'win32' ? 'cf-aig.exe' : 'cf-aig')
} catch {
  console.error('cf-aig: the package @cf-aig/' + platform + ' is not installed. Install again without --omit=optional;')
  console.error('on a platform without a package, build from source: cargo build --release')
  process.exit(1)
}

const child = spawn(binary, args, { stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  console.error('cf-aig: ' + binary + ' cannot be started: ' + error.message)
  process.exit(1)
})
child.on('exit', (code, signal) => process.exit(code ?? 128 + constants.signals[signal]))
