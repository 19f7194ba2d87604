/** `vivim witness`, `log`, `policy` and `evidence`, on an instance of their own whose database is put back from a copy. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { serveControl } from '../../../src/cli/control.ts'
import { run } from '../../../src/cli/program.ts'
import { readConfig } from '../../../src/config.ts'
import { openInstance } from '../../../src/instance.ts'
import { readMark } from '../../../src/ledger/mark.ts'
import type { WitnessingStatus } from '../../../src/ledger/witnessing.ts'
import { freshDatabase } from '../../support/postgres.ts'

const VKEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW' // of C2SP's signed-note
const POLICY = `# two would be better\nlog ${VKEY} https://peer.example/log\nquorum none\n`

let dataDir: string
let env: Record<string, string>

type Ran = { readonly code: number; readonly out: string; readonly err: string; json(): unknown }

async function vivim(...args: readonly string[]): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []]
  const spies = [caught(process.stdout, out), caught(process.stderr, err)]
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    const code = await run(args)
    return { code, out: out.join(''), err: err.join(''), json: () => JSON.parse(out.join('')) }
  } finally {
    vi.unstubAllEnvs()
    for (const spy of spies) spy.mockRestore()
  }
}

const caught = (stream: NodeJS.WriteStream, into: string[]) =>
  vi.spyOn(stream, 'write').mockImplementation((chunk) => {
    into.push(String(chunk))
    return true
  })

/** The database as it is now, under another name. */
async function copy(url: string): Promise<string> {
  const source = new URL(url).pathname.slice(1)
  const name = `${source}_${Math.random().toString(36).slice(2, 8)}`
  const client = new pg.Client({ connectionString: inject('postgresUrl') })
  await client.connect()
  await client.query(`create database ${name} template ${source}`).finally(() => client.end())
  const copied = new URL(url)
  copied.pathname = `/${name}`
  return copied.href
}

const account = (name: string) => vivim('account', 'create', name)
const status = async () => (await vivim('witness', 'status', '--json')).json() as WitnessingStatus

beforeAll(async () => {
  const database = await freshDatabase()
  await database.pool.end()
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'vivim-cli-'))
  env = { VIVIM_DATA: dataDir, DATABASE_URL: database.url, PORT: '1', LOG_LEVEL: 'silent' }
  expect((await account('alice')).code).toBe(0)
})
afterAll(() => rm(dataDir, { recursive: true }))

describe('a database put back from a copy', () => {
  let older: string
  let newer: { size: number }
  const file = () => path.join(dataDir, 'full.vivim')

  beforeAll(async () => {
    older = await copy(env['DATABASE_URL'] ?? '')
    expect((await account('bob')).code).toBe(0)
    newer = await status()
    expect((await vivim('export', file())).code).toBe(0)
    expect(await readMark(dataDir)).toContain(`\n${newer.size}\n`)
  })

  test('is read-only, says so, and cannot be confirmed away', async () => {
    env = { ...env, DATABASE_URL: await copy(older) }
    const { size, readOnly } = await status()
    expect(size).toBeLessThan(newer.size)
    expect(readOnly).toMatch(`this log signed at ${newer.size}`)
    expect((await vivim('witness', 'status')).out).toMatch(/READ-ONLY .*vivim log recover/)
    expect(await account('carol')).toMatchObject({ code: 2, err: expect.stringMatching('restored to an earlier state') })
    expect(await vivim('log', 'confirm')).toMatchObject({ code: 1, err: expect.stringMatching('are missing') })
  })

  test('comes back by log recover', async () => {
    expect(await vivim('log', 'recover', '--from', path.join(dataDir, 'secret'))).toMatchObject({ code: 2, err: expect.stringMatching('damaged') })
    const recovered = await vivim('log', 'recover', '--from', file(), '--json')
    expect(recovered.json()).toMatchObject({ size: newer.size, payloadsMissing: 0 })
    expect(await status()).toMatchObject({ size: newer.size, readOnly: null })
    expect((await vivim('audit', '--json')).json()).toMatchObject({ ok: true })
    expect((await account('carol')).code).toBe(0)
    expect(await vivim('log', 'break', '--reason', 'no reason')).toMatchObject({ code: 1, err: expect.stringMatching('Nothing stands in the way') })
  })

  test('or is given up by log break', async () => {
    env = { ...env, DATABASE_URL: await copy(older) }
    const broken = await vivim('log', 'break', '--reason', 'the disk died')
    expect(broken).toMatchObject({ code: 0, out: expect.stringMatching(/\/log\/1 is ended\. .*\/log\/2 goes on from its/) })
    expect(await status()).toMatchObject({ origin: '127.0.0.1:1/log/2', readOnly: null })
    expect((await account('dave')).code).toBe(0)
    expect((await vivim('audit', '--json')).json()).toMatchObject({ ok: true })
  })
})

describe('an instance restored from its backup', () => {
  let backup: string
  let size: number
  let mine: typeof env
  const passphrase = () => ['--passphrase-file', path.join(dataDir, 'passphrase')]
  const restored = async (name: string): Promise<void> => {
    const database = await freshDatabase()
    await database.pool.end()
    env = { ...env, VIVIM_DATA: path.join(dataDir, name), DATABASE_URL: database.url }
    expect(await vivim('restore', backup, ...passphrase())).toMatchObject({ code: 0 })
  }

  beforeAll(async () => {
    mine = env
    backup = path.join(dataDir, 'backup')
    await writeFile(path.join(dataDir, 'passphrase'), 'correct horse\n')
    expect((await vivim('backup', backup, ...passphrase())).code).toBe(0)
    size = (await status()).size
  })
  afterAll(() => {
    env = mine
  })

  test('writes nothing until its operator is sure, and then with other keys as a witness', async () => {
    const before = (await status()).self
    await restored('sure')
    expect(await status()).toMatchObject({ size, readOnly: expect.stringMatching('vivim log confirm') })
    expect(await account('erin')).toMatchObject({ code: 2, err: expect.stringMatching('restored from a backup') })
    expect(await vivim('log', 'confirm')).toMatchObject({ code: 0, out: expect.stringMatching(/goes on from/) })
    expect((await account('erin')).code).toBe(0)
    const { self } = await status()
    expect(self.name).toBe(before.name)
    expect(self.verifierKeys).not.toEqual(before.verifierKeys)
  })

  test('takes what came after it from a full export, before anything else', async () => {
    env = mine
    expect((await account('frank')).code).toBe(0)
    const full = path.join(dataDir, 'later.vivim')
    expect((await vivim('export', full)).code).toBe(0)
    const newest = (await status()).size
    await restored('behind')
    expect((await vivim('log', 'recover', '--from', full, '--json')).json()).toMatchObject({
      from: size,
      size: newest,
      payloadsMissing: 0,
      identities: 1,
    })
    expect(await status()).toMatchObject({ size: newest, readOnly: expect.stringMatching('vivim log confirm') })
    expect((await vivim('log', 'confirm')).code).toBe(0)
    expect((await vivim('audit', '--json')).json()).toMatchObject({ ok: true, size: newest })
  })
})

test('logs to witness are named and let go', async () => {
  expect(await vivim('witness', 'add', 'no key')).toMatchObject({ code: 1, err: expect.stringMatching('not the verifier key') })
  expect((await vivim('witness', 'add', VKEY, 'https://peer.example/log', '--json')).json()).toEqual({
    origin: 'PeterNeumann',
    url: 'https://peer.example/log',
  })
  expect((await status()).logs).toMatchObject([{ origin: 'PeterNeumann', from: 'operator', size: 0 }])
  expect((await vivim('witness', 'remove', VKEY)).code).toBe(0)
  expect((await status()).logs).toEqual([])
})

test('a policy is checked before it is put in place', async () => {
  expect(await vivim('policy', 'show')).toMatchObject({ code: 1, err: expect.stringMatching('There is no trust policy') })
  const file = path.join(dataDir, 'draft')
  await writeFile(file, 'quorum nobody\n')
  expect(await vivim('policy', 'set', file)).toMatchObject({ code: 1, err: expect.stringMatching('line 1') })
  await writeFile(file, POLICY)
  expect((await vivim('policy', 'set', file)).code).toBe(0)
  expect(await readFile(path.join(dataDir, 'policy'), 'utf8')).toBe(POLICY)
  expect((await vivim('policy', 'show')).out).toBe(`log ${VKEY} https://peer.example/log\nquorum none\n`)
  expect((await status()).logs).toMatchObject([{ origin: 'PeterNeumann', from: 'policy' }])
})

test('a running instance answers logs and monitors, and its database is its own', async () => {
  const instance = await openInstance({ ...readConfig(env), port: 0 }, { log: () => {} })
  const control = await serveControl(instance)
  const url = instance.server?.listeningOrigin ?? ''
  expect(await (await fetch(`${url}/witness/key`)).text()).toBe(`${(await status()).self.verifierKeys.join('\n')}\n`)
  const asked = await fetch(`${url}/witness/add-checkpoint`, { method: 'POST', body: `old 0\n\nunknown/log\n0\n\n` })
  expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([404, '*'])
  expect(await (await fetch(`${url}/metrics`)).text()).toContain(`vivim_log_entries ${instance.ledger.head().size}\n`)
  for (const args of [
    ['recover', '--from', 'x'],
    ['break', '--reason', 'x'],
  ])
    expect(await vivim('log', ...args)).toMatchObject({ code: 1, err: expect.stringMatching(/Stop the instance first|Nothing stands in the way/) })
  await control.close()
  await instance.close()
})

test('there is no evidence against anybody', async () => {
  expect((await vivim('evidence')).out).toBe('There is no evidence of equivocation.\n')
})
