/** `vivim backup` and `vivim restore` as an operator types them. */
import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { fill, introduce, openLedger, SECRET } from '../ledger/world.ts'

const VIVIM = path.resolve(import.meta.dirname, '../../../src/cli/vivim.ts')

vi.setConfig({ testTimeout: 120_000 })

let scratch: string
const databases: TestDatabase[] = []

beforeAll(async () => {
  scratch = await mkdtemp(path.join(os.tmpdir(), 'vivim-cli-'))
})

afterAll(async () => {
  for (const database of databases) await database.drop()
  await rm(scratch, { recursive: true, force: true })
})

type Place = { readonly database: TestDatabase; readonly env: Readonly<Record<string, string>> }
type Ran = { readonly code: number | null; readonly out: string; readonly bytes: Buffer; readonly err: string }

async function place(name: string): Promise<Place> {
  const database = await freshDatabase()
  databases.push(database)
  return { database, env: { VIVIM_DATA: path.join(scratch, name), PORT: '3000', DATABASE_URL: database.url } }
}

/** A place with ten entries in its log. */
async function source(name: string): Promise<Place> {
  const made = await place(name)
  await mkdir(path.join(scratch, name))
  await writeFile(path.join(scratch, name, 'secret'), SECRET, { mode: 0o600 })
  const ledger = await openLedger(made.database)
  await introduce(ledger, 'instance')
  await fill(ledger, 9)
  await ledger.close()
  return made
}

function vivim({ env }: Place, args: readonly string[], input: string | Buffer = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [VIVIM, ...args], { env: { PATH: process.env['PATH'], ...env }, cwd: scratch })
    const [out, err]: [Buffer[], Buffer[]] = [[], []]
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.stdin.on('error', () => {}) // it may have seen enough
    child.stdin.end(input)
    child.once('error', reject)
    child.once('close', (code) =>
      resolve({ code, out: Buffer.concat(out).toString(), bytes: Buffer.concat(out), err: Buffer.concat(err).toString() }),
    )
  })
}

test('a backup shows the passphrase it was given, which restores it', async () => {
  const from = await source('made-up')
  const made = await vivim(from, ['backup', 'made-up.backup'])
  expect(made, made.err).toMatchObject({ code: 0, err: '' })
  expect(made.out).toMatch(/^Wrote [\d,]+ bytes to made-up\.backup: 10 entries of 127\.0\.0\.1:3000\/log\/1, 0 files\./)
  const passphrase = /^Passphrase: (\S{20})$/m.exec(made.out)?.[1] ?? ''
  const to = await place('made-up-again')
  const restored = await vivim(to, ['restore', 'made-up.backup'], `${passphrase}\n`)
  expect(restored, restored.err).toMatchObject({ code: 0, err: '' })
  expect(restored.out).toContain('Restored 10 entries of 127.0.0.1:3000/log/1')
  expect(restored.out).toContain('vivim log confirm')
})

test('through pipes and with a passphrase in a file, nothing but the backup is on stdout', async () => {
  const from = await source('piped')
  await writeFile(path.join(scratch, 'passphrase'), 'one line\nand another')
  const made = await vivim(from, ['backup', '-', '--passphrase-file', 'passphrase'])
  expect(made.code, made.err).toBe(0)
  expect(made.bytes.subarray(0, 21).toString()).toBe('age-encryption.org/v1')
  const to = await place('piped-again')
  const restored = await vivim(to, ['restore', '-', '--passphrase-file', 'passphrase', '--at', '4', '--json'], made.bytes)
  expect(restored.code, restored.err).toBe(0)
  expect(JSON.parse(restored.out)).toMatchObject({ size: 4, known: 10, report: { ok: true } })
  expect((await vivim(to, ['restore', '-'], made.bytes)).err).toContain('--passphrase-file')
})

test('a checkpoint in a file names a point in time; another log’s is refused with exit code 1', async () => {
  const from = await source('checkpoint')
  await writeFile(path.join(scratch, 'passphrase'), 'one line')
  expect((await vivim(from, ['backup', 'checkpoint.backup', '--passphrase-file', 'passphrase'])).code).toBe(0)
  const { rows } = await from.database.pool.query<{ note: string }>('select note from ledger.checkpoint where size = 1')
  await writeFile(path.join(scratch, 'then'), rows[0]?.note ?? '')
  await writeFile(path.join(scratch, 'other'), (rows[0]?.note ?? '').replace(/^[A-Za-z0-9+/]{43}=$/m, `${'A'.repeat(43)}=`))
  const restore = async (name: string, at: string) =>
    vivim(await place(name), ['restore', 'checkpoint.backup', '--passphrase-file', 'passphrase', '--at', at])
  expect((await restore('then-place', 'then')).out).toContain('Restored 1 entry')
  expect(await restore('other-place', 'other')).toMatchObject({ code: 1, err: expect.stringContaining('never had that checkpoint') })
  expect(await restore('no-place', 'passphrase')).toMatchObject({ code: 2, err: expect.stringContaining('is not a checkpoint') })
})

test('what cannot be done is said in a sentence, with exit code 2', async () => {
  const empty = await place('empty')
  expect(await vivim(empty, ['restore', 'nowhere.backup', '--json'], 'x')).toMatchObject({ code: 2 })
  expect((await vivim({ ...empty, env: { ...empty.env, DATABASE_URL: '' } }, ['backup', 'x'])).err).toMatch(
    /^There is no instance in .*empty \(VIVIM_DATA\)\.\n$/,
  )
  await writeFile(path.join(scratch, 'text'), 'just text')
  expect((await vivim(empty, ['restore', 'text'], 'x')).err).toMatch(/^text: This is not a file encrypted with a passphrase/)
  expect((await vivim(empty, ['restore', 'text'], '')).err).toMatch(/^The passphrase is empty/)
  await expect(readFile(path.join(scratch, 'empty'))).rejects.toMatchObject({ code: 'ENOENT' })
})
