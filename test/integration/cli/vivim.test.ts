import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Control, serveControl } from '../../../src/cli/control.ts'
import { run } from '../../../src/cli/program.ts'
import { readConfig } from '../../../src/config.ts'
import { multikey } from '../../../src/host/did-key.ts'
import { type Instance, openInstance } from '../../../src/instance.ts'
import { generateKeyPair } from '../../../src/ledger/ed25519.ts'
import { ed25519Cosigner } from '../../../src/ledger/tlog/cosignature.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'

const SCRIPT = fileURLToPath(new URL('../../../src/cli/vivim.ts', import.meta.url))

let database: TestDatabase
let dataDir: string
let env: Record<string, string>
let running: { instance: Instance; control: Control } | null = null

type Ran = { readonly code: number | null; readonly out: string; readonly bytes: Buffer; readonly err: string; json(): unknown }

/** The command as a person runs it: a process of its own, with a standard input. Half a second each. */
function asProcess(args: readonly string[], input: string | Buffer = ''): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [SCRIPT, ...args], { env: { PATH: process.env['PATH'], ...env }, cwd: dataDir })
    const out: Buffer[] = []
    const err: Buffer[] = []
    child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
    child.once('error', reject)
    child.stdin.end(input)
    child.once('close', (code) => {
      const bytes = Buffer.concat(out)
      const text = bytes.toString()
      resolve({ code, out: text, bytes, err: Buffer.concat(err).toString(), json: () => JSON.parse(text) })
    })
  })
}

/** The same command in this process, one at a time: what it prints is caught. */
async function vivim(args: readonly string[]): Promise<Ran> {
  const [out, err]: [string[], string[]] = [[], []]
  const spies = [caught(process.stdout, out), caught(process.stderr, err)]
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
  try {
    const code = await run(args)
    const text = out.join('')
    return { code, out: text, bytes: Buffer.from(text), err: err.join(''), json: () => JSON.parse(text) }
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

async function start(): Promise<void> {
  const instance = await openInstance(readConfig(env), { log: () => {} })
  running = { instance, control: await serveControl(instance) }
}

async function stop(): Promise<void> {
  await running?.control.close()
  await running?.instance.close()
  running = null
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

beforeAll(async () => {
  database = await freshDatabase()
  dataDir = await mkdtemp(path.join(os.tmpdir(), 'vivim-cli-'))
  env = { VIVIM_DATA: dataDir, DATABASE_URL: database.url, PORT: String(await freePort()), LOG_LEVEL: 'silent', VIVIM_RATE_LIMITS: 'false' }
})

afterAll(async () => {
  await stop()
  await database.drop()
  await rm(dataDir, { recursive: true, force: true })
})

describe('while no instance runs', () => {
  test('the first account owns the instance; its token, the log and the read tables are there', async () => {
    expect((await asProcess(['account', 'create', 'anna', '--json'])).json()).toMatchObject({ username: 'anna', owner: true })
    expect(await vivim(['token', 'create', '--account', 'anna'])).toMatchObject({ code: 0, out: expect.stringMatching(/^[\w-]{43}\n$/) })
    expect(await vivim(['ledger', 'show', '0'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('✔ included') })
    expect((await vivim(['projections', 'status'])).out).toMatch(/social.*proven complete/)
    expect((await vivim(['projections', 'rebuild', '--json'])).json()).toMatchObject({ rebuilt: ['social', 'access', 'conversations', 'memories'] })
    expect((await vivim(['audit', '--json'])).json()).toMatchObject({ ok: true, alarms: [] })
  })
})

describe('while the instance runs', () => {
  const name = 'ben'
  let size = 0
  beforeAll(start)
  afterAll(stop)

  test('an auditor opens private entries with a token of their own, until they are dismissed; receipts verify from files', async () => {
    const url = (position: number): string => `${running?.instance.config.origin ?? ''}/log/receipt/${position}.tlog-proof`
    const added = (await vivim(['auditor', 'add', 'carol', '--json'])).json() as { token: string }
    expect(await vivim(['auditor', 'add', 'carol'])).toMatchObject({ code: 1, err: expect.stringContaining('already') })
    expect((await vivim(['auditor', 'list'])).out).toContain('carol')
    const position = (running?.instance.ledger.head().size ?? 0) - 1 // of their own admission, which is private
    const read = async (token?: string) => await fetch(url(position), { headers: token === undefined ? {} : { authorization: `Bearer ${token}` } })

    const file = path.join(dataDir, 'kept.tlog-proof')
    await writeFile(file, await (await read()).text())
    expect((await vivim(['verify', file])).out).toContain('not opened')
    await writeFile(file, await (await read(added.token)).text())
    const verified = await vivim(['verify', file])
    expect(verified).toMatchObject({ code: 0, out: expect.stringContaining('grant:create') })
    expect(verified.out).toContain('not shown by this receipt')
    const vkey = running?.instance.ledger.verifierKey ?? ''
    expect((await vivim(['verify', file, '--vkey', vkey, '--json'])).json()).toMatchObject({
      ok: true,
      pinned: true,
      position,
      commit: { lane: 'private' },
    })
    await writeFile(file, (await readFile(file, 'utf8')).replace(/index \d+/, 'index 0'))
    expect(await vivim(['verify', file])).toMatchObject({ code: 1, out: expect.stringContaining('Not proven') })
    expect(await vivim(['verify', file, '--vkey', 'x'])).toMatchObject({ code: 1, err: expect.stringContaining('verifier key') })

    expect(await vivim(['auditor', 'remove', 'carol'])).toMatchObject({ code: 0 })
    expect((await read(added.token)).status).toBe(401)
    expect((await vivim(['auditor', 'list'])).out).toContain('There are no auditors')
    expect(await vivim(['auditor', 'remove', 'carol'])).toMatchObject({ code: 1 })
  })

  test('account create makes an account', async () => {
    const made = await vivim(['account', 'create', name, '--email', `${name}@example.org`, '--json'])
    expect(made.err).toBe('')
    expect(made.code).toBe(0)
    expect(made.json()).toMatchObject({ username: name, owner: false, url: expect.stringMatching(new RegExp(`/@${name}$`)) })
    expect((made.json() as { password: string }).password.length).toBeGreaterThanOrEqual(20)
  })

  test('account create takes a password from stdin, and then does not show it', async () => {
    const password = 'correct horse battery staple'
    const made = await asProcess(['account', 'create', `${name}2`, '--password-stdin'], `${password}\n`)
    expect(made).toMatchObject({ code: 0, err: '' })
    expect(made.out).toContain(`Created @${name}2`)
    expect(made.out).not.toContain('horse')
  })

  test('account create says why not, and exits with 1', async () => {
    const taken = await vivim(['account', 'create', name])
    expect(taken).toMatchObject({ code: 1, out: '' })
    expect(taken.err).toMatch(/taken/)
    expect((await asProcess(['account', 'create', `${name}3`, '--password-stdin', '--json'], 'short\n')).json()).toMatchObject({
      error: expect.stringContaining('at least'),
    })
    expect((await vivim(['account', 'create', 'Not A Name'])).code).toBe(1)
    expect((await vivim(['account', 'create', `${name}4`, '--email', 'nonsense'])).code).toBe(1)
  })

  test('keys are listed, exchanged, joined and revoked; what the ledger refuses is a no', async () => {
    const whose = `${name}keys`
    await vivim(['account', 'create', whose])
    const listed = async () =>
      (await vivim(['key', 'list', whose, '--json'])).json() as { custody: string; keys: { id: string; kind: string; ended: object | null }[] }
    const before = await listed()
    expect(before.keys).toMatchObject([{ id: before.custody, kind: 'ed25519', ended: null }])
    expect(await vivim(['key', 'require', whose, 'hybrid'])).toMatchObject({ code: 1, err: expect.stringContaining('hybrid recovery key') })
    expect(await vivim(['key', 'rotate', whose, '--hybrid'])).toMatchObject({
      code: 0,
      err: expect.stringContaining('backup'),
      out: expect.stringMatching(/^Exchanged, by entry/),
    })
    expect(await vivim(['key', 'require', whose, 'hybrid'])).toMatchObject({ code: 0 })
    const after = await listed()
    expect(after).toMatchObject({ requires: 'hybrid', keys: [{ ended: { why: 'rotated' } }, { id: after.custody, kind: 'hybrid' }] })
    const phone = 'did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp'
    expect(await vivim(['key', 'add', whose, phone])).toMatchObject({ code: 0 })
    expect(await vivim(['key', 'add', whose, 'did:key:zNonsense'])).toMatchObject({ code: 1, out: '' })
    expect(await vivim(['key', 'list', whose])).toMatchObject({ code: 0, out: expect.stringContaining(phone) })
    expect(await vivim(['key', 'revoke', whose, before.custody])).toMatchObject({ code: 1, err: expect.stringContaining('was rotated') })
    expect(await vivim(['key', 'revoke', whose, (await listed()).keys.at(-1)?.id ?? ''])).toMatchObject({ code: 0 })
    expect(await vivim(['key', 'recovery', 'instance', phone])).toMatchObject({ code: 0, out: expect.stringMatching(/^Protected, by entry/) })
    expect(await vivim(['key', 'rotate', 'instance', '--json'])).toMatchObject({ code: 0 })
    expect(await vivim(['key', 'list', 'nobody'])).toMatchObject({ code: 1, err: expect.stringContaining('no account') })
    expect((await vivim(['audit', '--json'])).json()).toMatchObject({ ok: true, alarms: [] })
  })

  test('a recovery key is made, installed, and takes the keys back', async () => {
    const [file, whose] = [path.join(dataDir, 'recovery.json'), `${name}recovers`]
    await vivim(['account', 'create', whose])
    const made = await vivim(['key', 'make', file, '--hybrid'])
    expect(made).toMatchObject({ code: 0, out: expect.stringMatching(/^did:key:z6Mk\w+,did:key:z\w+\n$/) })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect(await vivim(['key', 'make', file])).toMatchObject({ code: 1, out: '' })
    expect(await vivim(['key', 'recover', whose, '--with', file])).toMatchObject({ code: 1, err: expect.stringContaining('not of this actor') })
    expect(await vivim(['key', 'recovery', whose, made.out.trim()])).toMatchObject({ code: 0 })
    const listed = async () => (await vivim(['key', 'list', whose, '--json'])).json() as { custody: string }
    const { custody } = await listed()
    expect(await vivim(['key', 'recover', whose, '--with', file])).toMatchObject({ code: 0, out: expect.stringMatching(/^Recovered, by entry/) })
    expect((await listed()).custody).not.toBe(custody)
    expect(await vivim(['key', 'recover', whose, '--with', path.join(dataDir, 'secret')])).toMatchObject({ code: 2 })
    expect(await vivim(['key', 'recover', whose, '--with', '/nowhere'])).toMatchObject({ code: 2, err: expect.stringContaining('is not there') })
  })

  test('who the instance is stands in its DID document and at /.well-known/vivim', async () => {
    type Document = {
      id: string
      verificationMethod: { id: string; publicKeyMultibase: string }[]
      witness: { verifierKeys: string[] }
      actor: { devices: object[] }
      endpoints: Record<'checkpoint' | 'verifierKeys' | 'didDocument', string>
    }
    const origin = `http://127.0.0.1:${env['PORT'] ?? ''}`
    const ask = async (path: string) => {
      const answer = await fetch(`${origin}${path}`)
      expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([200, '*'])
      return [answer.headers.get('content-type'), (await answer.json()) as Document] as const
    }
    const [type, did] = await ask('/.well-known/did.json')
    expect(type).toBe('application/did+json; charset=utf-8')
    expect(did).toMatchObject({ id: expect.stringMatching(/^did:web:.+%3A\d+$/) })
    const [, known] = await ask('/.well-known/vivim')
    const logKeys = (await (await fetch(`${origin}/log/key`)).text()).trim().split('\n')
    expect(known).toMatchObject({ did: did.id, log: { verifierKeys: logKeys }, policy: null })
    const methods = did.verificationMethod
    expect(methods.length).toBe(logKeys.length + known.witness.verifierKeys.length + known.actor.devices.length)
    for (const vkey of [...logKeys, ...known.witness.verifierKeys]) {
      const bytes = Buffer.from(vkey.split('+').slice(2).join('+'), 'base64')
      const algorithm = bytes[0] === 6 ? 'ml-dsa-44' : 'ed25519'
      expect(methods.map(({ publicKeyMultibase }) => publicKeyMultibase)).toContain(multikey(algorithm, bytes.subarray(1)))
    }
    expect(new Set(methods.map(({ id }) => id)).size).toBe(methods.length)
    for (const url of [known.endpoints.checkpoint, known.endpoints.verifierKeys, known.endpoints.didDocument])
      expect((await fetch(url)).status).toBe(200)
  })

  test('token create prints a token alone, which the API then accepts', async () => {
    const made = await vivim(['token', 'create', '--account', name, '--scopes', 'read:accounts write'])
    expect(made.code).toBe(0)
    expect(made.out).toMatch(/^[\w-]{43}\n$/)
    expect(made.err).toContain('read:accounts, write')
    const server = running?.instance.server
    if (!server) return
    const ask = (url: string) => server.inject({ url, headers: { authorization: `Bearer ${made.out.trim()}` } })
    expect((await ask('/api/v1/accounts/verify_credentials')).json()).toMatchObject({ username: name })
    expect((await ask('/api/v1/timelines/home')).statusCode).toBe(403)
  })

  test('token create refuses accounts and scopes that do not exist', async () => {
    expect(await vivim(['token', 'create', '--account', 'nobody'])).toMatchObject({ code: 1, err: 'There is no account nobody on this instance.\n' })
    expect((await vivim(['token', 'create', '--account', name, '--scopes', 'fly'])).err).toContain('no scope "fly"')
    expect((await vivim(['token', 'create', '--account', name, '--scopes', ' '])).code).toBe(1)
    expect((await vivim(['token', 'create'])).code).toBe(2)
  })

  test('account export writes an archive that verify proves, and refuses when one byte is another', async () => {
    const file = path.join(dataDir, 'ben.vivim-account')
    await new Promise((resolve) => setTimeout(resolve, 250)) // a checkpoint with all its signatures may be as old
    expect(await vivim(['account', 'export', name, file])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('for @ben alone') })
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const verified = await vivim(['verify', file, '--json'])
    expect(verified.json()).toMatchObject({ ok: true, pinned: false, erased: 0 })
    expect((await vivim(['verify', file])).out).toMatch(/entries of one account.*none missing/)
    expect((await vivim(['verify', file, '--vkey', (verified.json() as { verifierKey: string }).verifierKey])).out).not.toContain('--vkey')
    await writeFile(file, (await readFile(file, 'utf8')).replace('"identity:create"', '"identity:update"'))
    expect(await vivim(['verify', file])).toMatchObject({ code: 1, out: expect.stringContaining('Not proven') })
    expect(await vivim(['account', 'export', 'nobody', file])).toMatchObject({ code: 1, err: expect.stringContaining('no account nobody') })
  })

  test('account erase asks twice, erases once, and spares the owner', async () => {
    const doomed = `${name}2`
    expect(await vivim(['account', 'erase', doomed])).toMatchObject({ code: 1, err: expect.stringContaining('--yes') })
    expect((await vivim(['account', 'erase', doomed, '--yes', '--json'])).json()).toMatchObject({ username: doomed, erased: true })
    expect(await vivim(['account', 'erase', doomed, '--yes'])).toMatchObject({ code: 1, err: expect.stringContaining('no account') })
    expect(await vivim(['account', 'erase', 'anna', '--yes'])).toMatchObject({ code: 1, err: expect.stringContaining('owner') })
    expect((await vivim(['audit', '--json'])).json()).toMatchObject({ ok: true, alarms: [] })
  })

  test('ledger list and show: the newest entries, and one with its proof', async () => {
    const listed = (await vivim(['ledger', 'list', '--json', '--limit', '2'])).json() as { size: number; commits: { id: string; position: number }[] }
    size = listed.size
    expect(listed.commits.map(({ position }) => position)).toEqual([size - 2, size - 1])
    const [entry] = listed.commits
    const byPosition = await vivim(['ledger', 'show', String(size - 2)])
    expect(byPosition).toMatchObject({ code: 0, err: '' })
    expect(byPosition.out).toContain(`✔ included as leaf ${size - 2} of ${size}`)
    const byId = await vivim(['ledger', 'show', entry?.id ?? '', '--json'])
    expect(byId.json()).toMatchObject({ position: size - 2, id: entry?.id })
    expect(await vivim(['ledger', 'show', '0'])).toMatchObject({ out: expect.stringContaining('key:genesis') })
    expect(await vivim(['ledger', 'show', String(size)])).toMatchObject({ code: 1, err: expect.stringContaining(`no entry ${size}`) })
    expect((await vivim(['ledger', 'show', '../etc'])).code).toBe(1)
  })

  test('projections rebuild and status: the same rows again, proven', async () => {
    const rows = async () => (await database.pool.query('select * from social.account order by id')).rows
    const before = await rows()
    expect(await vivim(['projections', 'rebuild', 'social', '--json'])).toMatchObject({ code: 0, err: '' })
    expect(await rows()).toEqual(before)
    const status = (await vivim(['projections', 'status', '--json'])).json() as { size: number; projections: object[] }
    expect(status.size).toBe(size)
    expect(status.projections).toHaveLength(4)
    for (const projection of status.projections) expect(projection).toMatchObject({ position: size, lag: 0, proven: true })
    expect((await vivim(['projections', 'status'])).out).toMatch(/social.*proven complete/)
    expect(await vivim(['projections', 'rebuild', 'nonsense'])).toMatchObject({ code: 1, err: expect.stringContaining('social') })
  })

  test('audit judges the instance’s own database', async () => {
    const audited = await asProcess(['audit'])
    expect(audited).toMatchObject({ code: 0, err: '' })
    expect(audited.out).toContain('is what its signatures say')
    expect((await vivim(['audit', '--json'])).json()).toMatchObject({ ok: true, size, alarms: [], source: 'this instance' })
  })

  test('export writes a file for its owner only, which audits anywhere; one flipped bit fails the audit with 1', async () => {
    const file = path.join(dataDir, `${name}.vivim`)
    expect((await vivim(['export', file])).code).toBe(0)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    const audited = await vivim(['audit', file, '--json'])
    expect(audited.json()).toMatchObject({ ok: true, size, source: file })
    const bytes = await readFile(file)
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1
    await writeFile(file, bytes)
    const broken = await vivim(['audit', file])
    expect(broken).toMatchObject({ code: 1, err: '' })
    expect(broken.out).toMatch(/cannot be trusted: \d+ alarms?/)
  })

  test('export goes to stdout and audit reads stdin; the public one holds no payload', async () => {
    const exported = await asProcess(['export', '--public', '-'])
    expect(exported).toMatchObject({ code: 0, err: '' })
    const audited = await asProcess(['audit', '-', '--json'], exported.bytes)
    expect(audited.json()).toMatchObject({ ok: true, size, counts: { private: 0, parts: 0 } })
  })

  test('audit of its URL sees what strangers see', async () => {
    const url = running?.instance.config.origin ?? ''
    const audited = await vivim(['audit', url, '--json'])
    expect(audited.json()).toMatchObject({ ok: true, alarms: [], pinned: false, counts: { private: 0, unknownKeys: 0 } })
    const { verifierKey } = audited.json() as { verifierKey: string }
    expect((await vivim(['audit', url, '--json', '--vkey', verifierKey])).json()).toMatchObject({ ok: true, pinned: true })
    const other = verifierKey.replace(/\+.*/, '+6183f3cc+AXi5BEN2vDIIiFeWx6lJzNFIhEDY3jNJCvnw/yPZKq8y')
    expect((await vivim(['audit', url, '--vkey', other])).code).toBe(1)
  })

  test('audit --state goes on where the last one stopped, and demands that the log has only grown', async () => {
    const file = path.join(dataDir, 'audit.state')
    const url = running?.instance.config.origin ?? ''
    expect((await vivim(['audit', url, '--state', file])).code).toBe(0)
    expect((await vivim(['account', 'create', 'dora'])).code).toBe(0)
    const again = await vivim(['audit', url, '--state', file])
    expect(again).toMatchObject({ code: 0 })
    expect(again.out).toMatch(/were checked by an earlier audit/)
    const all = await vivim(['audit', url, '--state', file, '--all', '--json'])
    expect(all.json()).toMatchObject({ ok: true, from: 0 })
    const { verifierKey, size, note } = all.json() as { verifierKey: string; size: number; note: string }
    await writeFile(file, JSON.stringify({ verifierKey, size, root: '0'.repeat(64), note })) // of the first versions
    const forked = await vivim(['audit', url, '--state', file])
    expect(forked).toMatchObject({ code: 1, out: expect.stringContaining('two histories') })
    await writeFile(file, 'nonsense')
    expect((await vivim(['audit', url, '--state', file])).code).toBe(2)
    await writeFile(file, note)
    expect((await vivim(['audit', url, '--since', file, '--json'])).json()).toMatchObject({ ok: true, from: size, size })
    expect((await vivim(['audit', '--since', file, '--json'])).json()).toMatchObject({ ok: true, from: size })
    expect((await vivim(['audit', url, '--since', file, '--state', file])).code).toBe(2)
  })

  test('audit --state goes on in the own database too, every payload included', async () => {
    const file = path.join(dataDir, 'own.state')
    const first = (await vivim(['audit', '--state', file, '--json'])).json() as { size: number; counts: { parts: number } }
    expect((await vivim(['account', 'create', 'emil'])).code).toBe(0)
    const again = (await vivim(['audit', '--state', file, '--json'])).json() as typeof first
    expect(again).toMatchObject({ ok: true, alarms: [], from: first.size })
    expect(again.counts.parts).toBeGreaterThan(first.counts.parts)
    const whole = (await vivim(['audit', '--json'])).json() as typeof first
    expect(again.counts.parts).toBe(whole.counts.parts)
  })

  test('audit --policy says who witnessed the log, and that nobody did', async () => {
    const file = path.join(dataDir, 'an-auditors-policy')
    const url = running?.instance.config.origin ?? ''
    const pair = generateKeyPair()
    const { verifierKey } = ed25519Cosigner('witness.example', pair.privateKey, pair.publicKey)
    await writeFile(file, 'quorum none\n')
    expect((await vivim(['audit', url, '--policy', file, '--json'])).json()).toMatchObject({ ok: true, witnessed: { by: [] } })
    await writeFile(file, `witness w ${verifierKey}\nquorum w\n`)
    expect(await vivim(['audit', url, '--policy', file])).toMatchObject({ code: 1, out: expect.stringContaining('witnessed as the policy demands') })
    await writeFile(file, 'no policy\n')
    expect((await vivim(['audit', url, '--policy', file])).code).toBe(2)
  })

  test('its socket is for its owner only, and is gone when it stops', async () => {
    const socket = path.join(dataDir, 'control.sock')
    expect((await stat(socket)).mode & 0o777).toBe(0o600)
    await stop()
    await expect(stat(socket)).rejects.toThrow('ENOENT')
    await writeFile(socket, '') // what a killed process leaves behind
    await start()
    expect((await vivim(['projections', 'status'])).code).toBe(0)
  })

  test('its socket answers nonsense with no, and lives on', async () => {
    const ask = (method: string, target: string, body = ''): Promise<{ status: number | undefined; text: string }> =>
      new Promise((resolve, reject) => {
        const asked = request({ socketPath: path.join(dataDir, 'control.sock'), method, path: target, agent: false }, async (response) => {
          resolve({ status: response.statusCode, text: await text(response).catch(() => '') })
        })
        asked.once('error', reject).end(body)
      })
    expect((await ask('GET', '/')).status).toBe(404)
    expect((await ask('POST', '/commands/__proto__', '{}')).status).toBe(404)
    expect((await ask('GET', '/export/..%2Fsecret')).status).toBe(404)
    await expect(ask('GET', '/%zz')).rejects.toThrow('socket hang up')
    for (const body of ['', 'nonsense', '{"ref":1}', '[]', `"${'x'.repeat(70_000)}"`])
      expect(JSON.parse((await ask('POST', '/commands/ledger%20show', body)).text)).toMatchObject({ error: { message: expect.any(String) } })
    expect((await vivim(['projections', 'status'])).code).toBe(0)
  })

  test('a second instance on the same data directory is refused', async () => {
    if (running === null) throw new Error('not running')
    await expect(serveControl(running.instance)).rejects.toThrow('Another instance is running')
  })
})

describe('what cannot be done', () => {
  test.each([
    [['nonsense']],
    [['audit', '/nowhere/at/all']],
    [['audit', 'http://127.0.0.1:1']],
    [['audit', '--nonsense']],
    [['ledger', 'list', '--limit', 'many']],
    [['export']],
  ])('%j exits with 2 and one sentence', async (args) => {
    const ran = await vivim(args)
    expect(ran).toMatchObject({ code: 2, out: '' })
    expect(ran.err).not.toContain('    at ')
    expect(ran.err.trim().split('\n').length).toBeLessThanOrEqual(2)
  })

  test('a bad configuration is named', async () => {
    const good = env
    env = { ...good, PORT: 'many' }
    const ran = await vivim(['projections', 'status'])
    env = good
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining('PORT') })
  })

  test('every command explains itself', async () => {
    const commands = [
      [],
      ['audit'],
      ['export'],
      ['ledger', 'show'],
      ['ledger', 'list'],
      ['account', 'create'],
      ['token', 'create'],
      ['projections', 'status'],
      ['projections', 'rebuild'],
    ]
    for (const args of commands) {
      expect(await vivim([...args, '--help'])).toMatchObject({ code: 0, err: '', out: expect.stringContaining('Usage: vivim') })
    }
  })
})
