import { execFile, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const BIN = fileURLToPath(new URL('../../../bin/vivim.js', import.meta.url))
const run = promisify(execFile)

/** Makes this Node say that it is an old one; what it starts is not affected. */
const AS_OLD = ['--import', `data:text/javascript,Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.19.0'}})`]

/** How to start the launcher under an older Node: pretended, and really where this machine has one. */
const oldNodes: [string, string, string[]][] = [['a Node that says it is 18', process.execPath, AS_OLD]]
for (const node of ['/usr/bin/node', '/usr/local/bin/node'].filter(existsSync)) oldNodes.push([`the machine’s ${node}`, node, []])

/** The launcher with a script of ours behind it, which tells what it was started with. */
let place: string
let launcher: string
beforeAll(async () => {
  place = await mkdtemp(path.join(os.tmpdir(), 'vivim-bin-'))
  launcher = path.join(place, 'bin/vivim.js')
  for (const dir of ['bin', 'src/cli', 'node_modules/.bin']) await mkdir(path.join(place, dir), { recursive: true })
  await cp(BIN, launcher)
  await writeFile(path.join(place, 'package.json'), '{"type":"module"}')
  await symlink(process.execPath, path.join(place, 'node_modules/.bin/node'))
  await writeFile(
    path.join(place, 'src/cli/vivim.ts'),
    `const told: string = process.versions.node
     process.on('SIGTERM', () => process.exit(7))
     console.log(JSON.stringify({ node: told, args: process.argv.slice(2) }))
     if (process.argv.includes('wait')) setInterval(() => {}, 1000)
     else process.exitCode = 3`,
  )
})
afterAll(() => rm(place, { recursive: true, force: true }))

describe.each(oldNodes)('under %s', (_, node, flags) => {
  test('the real command line runs', async () => {
    const { stdout } = await run(node, [...flags, BIN, '--help'])
    expect(stdout).toContain('Usage: vivim')
  })

  test('arguments go in and the exit code comes out, under the bundled Node', async () => {
    const ran = await run(node, [...flags, launcher, 'audit', 'a b', '--json']).catch((error: { code: number; stdout: string }) => error)
    expect(ran).toMatchObject({ code: 3 })
    expect(JSON.parse(ran.stdout)).toEqual({ node: process.versions.node, args: ['audit', 'a b', '--json'] })
  })

  test('a signal reaches the command, and its answer to it comes back', async () => {
    const child = spawn(node, [...flags, launcher, 'wait'], { stdio: ['ignore', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('exit', resolve))
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.kill('SIGTERM')
    expect(await ended).toBe(7)
  })
})

test('under a new Node the command runs in the same process', async () => {
  const ran = await run(process.execPath, [launcher, 'x']).catch((error: { code: number; stdout: string }) => error)
  expect(ran).toMatchObject({ code: 3 })
  expect(JSON.parse(ran.stdout)).toMatchObject({ args: ['x'] })
})

test('an old Node without the bundled one says what to do', async () => {
  const bare = await mkdtemp(path.join(os.tmpdir(), 'vivim-bare-'))
  await mkdir(path.join(bare, 'bin'))
  await cp(BIN, path.join(bare, 'bin/vivim.js'))
  await writeFile(path.join(bare, 'package.json'), '{"type":"module"}')
  const ran = await run(process.execPath, [...AS_OLD, path.join(bare, 'bin/vivim.js')]).catch((error: { code: number; stderr: string }) => error)
  await rm(bare, { recursive: true })
  expect(ran).toMatchObject({ code: 2, stderr: expect.stringContaining('npm ci') })
})
