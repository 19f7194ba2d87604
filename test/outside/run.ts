/**
 * A log of ours under the eyes of others: verifiers that we did not write accept it, and reject it with one byte changed in any class of file.
 *
 *   npm run test:outside                          an instance is started and filled
 *   npm run test:outside -- <address> [vkey…]     a running instance; the keys it names itself when none are given
 */
import { execFile } from 'node:child_process'
import { chmod, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { freePort, startInstance } from '../../demo/instance-process.ts'
import { setUp, signIn } from '../../demo/person.ts'
import { LogProxy, type Tampering } from './log-proxy.ts'

/** The keys of the log: Ed25519, ML-DSA-44. */
type Keys = { readonly ed25519: string; readonly mlDsa44: string }
/** `slow`: sees only one change of each class of file. `only`: sees none but those of this name. */
type Verifier = {
  readonly name: string
  readonly slow?: true
  readonly only?: string
  readonly verify: (prefix: string, keys: Keys) => Promise<Outcome>
}
type Outcome = { readonly accepted: boolean; readonly said: string }
/** `again`: one more of the same class of file. `unseen`: most tools do not look there. */
type Change = Tampering & { readonly what: string; readonly again?: true; readonly unseen?: true }

const HERE = import.meta.dirname
const PASSWORD = 'correct horse battery staple'
const INSTALL = 'Debian: apt-get install golang-go golang-golang-x-mod-dev python3-cryptography'
/** A full tile, a partial one, and a tile above them. */
const ENTRIES = 300

const SECOND = 'checkpoint: second signature'

const exec = promisify(execFile)
const lastLine = (text: string): string => text.split('\n').at(-1) ?? ''
const say = (line: string): void => void process.stdout.write(`${line}\n`)

async function run(command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}, cwd = HERE): Promise<Outcome> {
  try {
    const { stdout } = await exec(command, args, { env: { ...process.env, ...env }, timeout: 120_000, cwd })
    return { accepted: true, said: stdout.trim() }
  } catch (error) {
    const { code, stdout = '', stderr = '' } = error as { code?: unknown; stdout?: string; stderr?: string }
    if (code === 'ENOENT') throw new Error(`${command} is missing. ${INSTALL}`, { cause: error })
    return { accepted: false, said: `${stdout}${stderr}`.trim() }
  }
}

/** @param bin  where to build the Go program */
async function verifiers(bin: string): Promise<Verifier[]> {
  const go = path.join(bin, 'verify-go')
  const debian = { GO111MODULE: 'off', GOPATH: '/usr/share/gocode', GOFLAGS: '' }
  const built = await run('go', ['build', '-o', go, path.join(HERE, 'verify.go')], debian)
  if (!built.accepted) throw new Error(`the Go verifier does not build:\n${built.said}`)
  const shell = await guide()
  return [
    { name: 'Go sumdb', verify: (prefix, { ed25519 }) => run(go, [prefix, ed25519]) },
    { name: 'Python', verify: (prefix, { ed25519 }) => run('python3', [path.join(HERE, 'verify.py'), prefix, ed25519]) },
    { name: 'Shell', slow: true, verify: (prefix, { ed25519 }) => run('bash', ['-c', shell, 'audit', prefix, ed25519], { LC_ALL: 'C.UTF-8' }, bin) },
    { name: 'Sigstore', verify: (prefix, { ed25519 }) => run(process.execPath, [path.join(HERE, 'verify-sigstore.ts'), prefix, ed25519]) },
    { name: 'noble', only: SECOND, verify: (prefix, { mlDsa44 }) => run(process.execPath, [path.join(HERE, 'verify-noble.ts'), prefix, mlDsa44]) },
  ]
}

/** The blocks of docs/audit.md, as its reader pastes them, for the log and the key that are the arguments. */
async function guide(): Promise<string> {
  const text = await readFile(path.join(HERE, '../../docs/audit.md'), 'utf8')
  const blocks = [...text.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, block = '']) => block)
  return blocks
    .join('\n')
    .replace(/^LOG=.*$/m, 'LOG=$1')
    .replace(/^VKEY=.*$/m, 'VKEY=$2')
}

/** One byte of every class of file, in several places. */
async function changes(log: LogProxy): Promise<Change[]> {
  const note = (await log.read('/checkpoint')).toString()
  const [origin = '', size = ''] = note.split('\n')
  const count = Number(size)
  const [first, middle, last] = [() => 0, (body: Buffer) => Math.floor(body.length / 2), (body: Buffer) => body.length - 1]
  const anywhere: [string, (body: Buffer) => number][] = [
    ['first', first],
    ['middle', middle],
    ['last', last],
  ]
  const edges = [tile(count, 0), tile(count, Math.floor(count / 256))].filter((name) => name !== null)
  const above = tile(Math.floor(count / 256), 0)
  const files = [...edges.flatMap((name) => [`/tile/0/${name}`, `/tile/entries/${name}`]), ...(above === null ? [] : [`/tile/1/${above}`])]
  const after = (words: string, more: number) => (body: Buffer) => body.indexOf(words) + Buffer.byteLength(words) + more
  const receipt = await firstPublic(log)
  return [
    { what: 'checkpoint: origin', path: '/checkpoint', at: first },
    { what: 'checkpoint: size', path: '/checkpoint', at: () => origin.length + 1 + size.length - 1 },
    { what: 'checkpoint: root', path: '/checkpoint', at: () => origin.length + 1 + size.length + 5 },
    { what: 'checkpoint: signature', path: '/checkpoint', at: after(`\n\n— ${origin} `, 40) },
    { what: SECOND, path: '/checkpoint', at: (body) => body.lastIndexOf(`\n— ${origin} `) + 1_000, unseen: true },
    ...files.flatMap((file) =>
      anywhere.map(([where, at]) => ({
        what: `${file.slice(1)}: ${where} byte`,
        path: file,
        at,
        ...(at === middle ? {} : { again: true as const }),
      })),
    ),
    { what: 'inclusion proof', path: `/proof?position=${count - 1}&size=${count}`, at: after('"proof":["', 7) },
    { what: 'consistency proof', path: `/proof/consistency?from=1&to=${count}`, at: after('"proof":["', 7) },
    { what: 'receipt: a hash', path: receipt, at: (body) => body.indexOf('\n', body.indexOf('\nindex ') + 1) + 7 },
    { what: 'receipt: checkpoint', path: receipt, at: (body) => body.indexOf('\n', body.indexOf('\n\n') + 2) + 1 },
  ]
}

/** Name of the tile of that index, among as many hashes; null when it is empty. Logs of up to 256,000 entries are all this needs. */
function tile(count: number, index: number): string | null {
  const width = Math.min(256, count - 256 * index)
  return width <= 0 ? null : `${String(index).padStart(3, '0')}${width === 256 ? '' : `.p/${width}`}`
}

/** Path of the receipt of the first public entry. */
async function firstPublic(log: LogProxy): Promise<string> {
  const bundle = await log.read('/tile/entries/000')
  for (let at = 0, position = 0; at < bundle.length; at += 2 + bundle.readUInt16BE(at), position++)
    if (bundle[at + 2] === 0) return `/receipt/${position}.tlog-proof`
  throw new Error('the first 256 entries are all private')
}

/** @returns how many verdicts were wrong */
async function examine(target: string, keys: Keys, bin: string): Promise<number> {
  const log = await LogProxy.open(target)
  let wrong = 0
  try {
    const all = await verifiers(bin)
    for (const { name, verify } of all) {
      const { accepted, said } = await verify(log.prefix, keys)
      say(accepted ? lastLine(said) : `WRONG  ${name} rejects the log: ${lastLine(said)}`)
      if (!accepted) wrong++
    }
    for (const change of await changes(log)) {
      const verdicts: string[] = []
      for (const { name, slow, only, verify } of all) {
        if ((slow && change.again) || (only === undefined ? change.unseen : only !== change.what)) continue
        log.tamper(change)
        const { accepted, said } = await verify(log.prefix, keys)
        if (accepted || !log.given) wrong++
        verdicts.push(accepted ? `WRONG: ${name} accepts it` : log.given ? `${name} ✓` : `WRONG: ${name} never read it (${lastLine(said)})`)
      }
      say(`one bit of ${change.what.padEnd(34)} ${verdicts.join('  ')}`)
    }
  } finally {
    log.close()
  }
  return wrong
}

/** Public and private posts, until the log is long enough. */
async function fill(origin: string, post: (visibility: 'public' | 'private', n: number) => Promise<unknown>): Promise<void> {
  for (let n = 0; (await sizeOf(origin)) < ENTRIES; n += 20)
    await Promise.all(Array.from({ length: 20 }, (_, i) => post((n + i) % 3 === 0 ? 'private' : 'public', n + i)))
}

const sizeOf = async (origin: string): Promise<number> => Number((await (await fetch(`${origin}/log/checkpoint`)).text()).split('\n')[1])

async function ownInstance(base: string): Promise<{ readonly origin: string; readonly stop: () => Promise<void> }> {
  const dataDir = path.join(base, 'data')
  await mkdir(dataDir, { mode: 0o711 })
  const instance = await startInstance({ dataDir, port: await freePort(), env: { VIVIM_RATE_LIMITS: 'false' } })
  const { origin, setupUrl } = instance
  try {
    const who = { username: 'ada', password: PASSWORD }
    await setUp(setupUrl ?? '', 'Seen from outside', who)
    const { client } = await signIn(origin, who)
    await fill(origin, (visibility, n) => client.v1.statuses.create({ status: `Post number ${n}`, visibility }))
  } catch (error) {
    await instance.stop()
    throw error
  }
  return { origin, stop: () => instance.stop() }
}

const [given, givenKey, givenSecond] = process.argv.slice(2)
const base = await mkdtemp(path.join(os.tmpdir(), 'vivim-outside-'))
await chmod(base, 0o711) // PostgreSQL’s unprivileged user must pass through
try {
  const instance = given === undefined ? await ownInstance(base) : { origin: new URL(given).origin, stop: async () => {} }
  try {
    const [first = '', second = ''] = (await (await fetch(`${instance.origin}/log/key`)).text()).split('\n')
    const keys = { ed25519: givenKey ?? first, mlDsa44: givenSecond ?? second }
    const wrong = await examine(`${instance.origin}/log`, keys, base)
    say(wrong === 0 ? 'All verdicts are right.' : `${wrong} verdicts are wrong.`)
    process.exitCode = wrong === 0 ? 0 : 1
  } finally {
    await instance.stop()
  }
} finally {
  await rm(base, { recursive: true, force: true })
}
