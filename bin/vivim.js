#!/usr/bin/env node
/**
 * `vivim`: hands over to the command line under Node 24, which `npm ci` brought along when this Node is older.
 * Plain JavaScript for Node 18 and later, and nothing but this.
 */
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'

const OLDEST = 24
const script = fileURLToPath(new URL('../src/cli/vivim.ts', import.meta.url))

const bundled = fileURLToPath(new URL('../node_modules/.bin/node', import.meta.url))

if (Number.parseInt(process.versions.node, 10) >= OLDEST) await import('../src/cli/vivim.ts')
else if (existsSync(bundled)) handOver(bundled)
else {
  console.error(`VIVIM needs Node ${OLDEST} (this is ${process.versions.node}). Run "npm ci" in its directory, which brings one, or install it.`)
  process.exitCode = 2
}

function handOver(/** @type {string} */ node) {
  const child = spawn(node, [script, ...process.argv.slice(2)], { stdio: 'inherit' })
  child.on('error', (error) => {
    console.error(`VIVIM could not start ${node}: ${error.message}`)
    process.exit(2)
  })
  // The terminal sends Ctrl-C to both; a kill reaches only this process and is passed on. The child decides when to end.
  for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP'])) {
    process.on(signal, () => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    })
  }
  child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 2) : 128 + constants.signals[signal]))
}
