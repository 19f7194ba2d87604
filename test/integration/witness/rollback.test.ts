/** A database that was put back from a backup: noticed before the first append, repaired from what others have, or ended by a break. */
import { createWriteStream } from 'node:fs'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import { breakLog } from '../../../src/ledger/break-log.ts'
import { exportLedger } from '../../../src/ledger/export.ts'
import { BREAK_STREAM, parseLogBreak } from '../../../src/ledger/log-break.ts'
import { markPath, readMark, writeMark } from '../../../src/ledger/mark.ts'
import { recover } from '../../../src/ledger/recover/recover.ts'
import { sourceOf } from '../../../src/ledger/recover/source.ts'
import { entriesPath } from '../../../src/ledger/tlog/tile.ts'
import { LedgerFault } from '../../../src/ledger/types.ts'
import { begin, grow, logLine, openParty, type Party, policyOf, SECRET } from './party.ts'

const parties: Party[] = []
const party = async (host: string, policy?: string): Promise<Party> => {
  const opened = await openParty(host, policy)
  parties.push(opened)
  return opened
}
afterEach(async () => {
  for (const opened of parties.splice(0)) await opened.close()
})

/** A log of 10 entries in an older database and of 15 in the newer one, which its witness has cosigned. */
async function rolledBack(newest: 'any' | 'public' = 'any'): Promise<{ log: Party; witness: Party; older: string; newer: string }> {
  const witness = await party('w0.example')
  const log = await party('log.example', policyOf(1, witness))
  await witness.trust(`${logLine(log)}\nquorum none\n`)
  await witness.restart()
  await begin(log, 9)
  const older = await log.copy()
  await log.restart()
  await grow(log, 5, newest === 'public')
  await vi.waitFor(() => expect(log.ledger.cosigned.witnessed?.size).toBe(15), 5_000)
  return { log, witness, older, newer: log.databaseUrl }
}

const forgetMark = ({ dataDir }: Party) => rm(markPath(dataDir), { force: true })
const where = ({ pool, databaseUrl, origin }: Party) => ({ pool, databaseUrl, origin, secret: SECRET })

async function exportTo(file: string, { pool, ledger }: Party): Promise<void> {
  const unwrap = (wrapped: Uint8Array) => ledger.unwrapPartKey(wrapped)
  const options = { origin: ledger.logOrigin, verifierKey: ledger.verifierKeys.join('\n'), unwrap, disclosure: 'full' } as const
  await pipeline(Readable.from(exportLedger(pool, options)), createWriteStream(file))
}

const audited = async ({ pool, ledger }: Party) => {
  const unwrap = (wrapped: Uint8Array) => ledger.unwrapPartKey(wrapped)
  const options = { origin: ledger.logOrigin, verifierKey: ledger.verifierKeys.join('\n'), unwrap, disclosure: 'full' } as const
  return auditExport(exportLedger(pool, options), { source: 'the database' })
}

describe('a database put back from a backup', () => {
  test('opens read-only and names what is missing, because its witness remembers', async () => {
    const { log, older } = await rolledBack()
    await forgetMark(log)
    await log.restart(older)
    expect(log.ledger.readOnly).toMatch(
      /holds 10 entries, but the witness w0 keeps a checkpoint that this log signed at 15\. 5 commits from position 10 on are missing/,
    )
    await expect(grow(log, 1)).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect(log.ledger.head().size).toBe(10)
    expect((await fetch(`${log.url}/log/checkpoint`)).status).toBe(200)
    expect(log.witnessing.verdict.setback).toMatchObject({ is: 'behind', proof: { checkpoint: { size: 15 } } })
  })

  test('is noticed by the mark alone when nobody can be asked, and the mark stays what it is', async () => {
    const { log, witness, older } = await rolledBack()
    await log.stop()
    await witness.stop()
    const mark = await readMark(log.dataDir)
    await log.restart(older)
    expect(log.ledger.readOnly).toMatch('the mark beside the database keeps a checkpoint that this log signed at 15')
    await log.stop()
    expect(await readMark(log.dataDir)).toBe(mark)
  })

  test('is noticed while it runs when its witness was away at the start, before a second history is witnessed', async () => {
    const { log, witness, older } = await rolledBack()
    await log.stop()
    await forgetMark(log)
    await witness.stop()
    await log.restart(older)
    expect(log.ledger.readOnly).toBeNull()
    expect(log.logged).toContainEqual(expect.objectContaining({ level: 'warn', message: 'a witness cannot be asked whether this log is the newest' }))
    await witness.restart()
    await vi.waitFor(() => expect(log.ledger.readOnly ?? '').toMatch('5 commits from position 10 on are missing'), 10_000)
    await expect(grow(log, 1)).rejects.toMatchObject({ code: 'READ_ONLY' })
    expect(log.ledger.cosigned.newest?.size ?? 0).toBeLessThanOrEqual(10)
  })

  test('that has gone on by itself is not ours any more, and says so', async () => {
    const { log, witness, older } = await rolledBack()
    await log.stop()
    await forgetMark(log)
    await witness.stop()
    await log.restart(older)
    await grow(log, 8)
    await witness.restart()
    await vi.waitFor(() => expect(log.ledger.readOnly ?? '').toMatch('have another root'), 10_000)
    expect(log.witnessing.verdict.setback?.is).toBe('forked')
  })

  test('does not hear those who tell tales: only what our own key has signed counts', async () => {
    const { log, newer } = await rolledBack()
    await log.stop()
    const stranger = await party('log.example')
    await begin(stranger, 40)
    await stranger.stop()
    const theirs = await readFile(markPath(stranger.dataDir), 'utf8')
    expect(theirs).toMatch(/^log\.example\/log\/1\n41\n/)
    await writeMark(log.dataDir, theirs)
    await log.restart(newer)
    expect(log.ledger.readOnly).toBeNull()
    await grow(log, 1)
  })
})

describe('recovery', () => {
  test('from a full export puts everything back as it was, payloads included, and the log goes on', async () => {
    const { log, older } = await rolledBack()
    const file = path.join(log.dataDir, 'full.export')
    await exportTo(file, log)
    const { root } = log.ledger.head()
    const before = await log.ledger.read(0, 100)
    await log.restart(older)
    expect(log.ledger.readOnly).not.toBeNull()
    await log.ledger.close()
    const recovered = await recover({ ...where(log), source: sourceOf(file), onProgress: () => {} })
    expect(recovered).toEqual({ from: 10, size: 15, payloads: 5, payloadsMissing: 0, identities: 0 })
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
    expect(log.ledger.head()).toEqual({ size: 15, root })
    expect(await log.ledger.read(0, 100)).toEqual(before)
    await grow(log, 3)
    expect(await audited(log)).toMatchObject({ ok: true, size: 18 })
    await vi.waitFor(() => expect(log.ledger.cosigned.witnessed?.size).toBe(18), 5_000)
  })

  test('from a mirror puts public entries back', async () => {
    const { log, older } = await rolledBack('public')
    const mirror = await mirrorOf(log)
    const { root } = log.ledger.head()
    await log.restart(older)
    await log.ledger.close()
    const recovered = await recover({ ...where(log), source: sourceOf(mirror.url), onProgress: () => {} })
    expect(recovered).toEqual({ from: 10, size: 15, payloads: 0, payloadsMissing: 0, identities: 0 })
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
    expect(log.ledger.head()).toEqual({ size: 15, root })
    expect(await audited(log)).toMatchObject({ ok: true, size: 15 })
    await mirror.close()
  })

  test('takes nothing that is not what was signed, nor anything from a source without it', async () => {
    const { log, older } = await rolledBack()
    const file = path.join(log.dataDir, 'full.export')
    await exportTo(file, log)
    const mirror = await mirrorOf(log)
    const tampered = path.join(log.dataDir, 'tampered.export')
    const bytes = await readFile(file)
    bytes[bytes.indexOf('entry/4', bytes.indexOf('entry/4', bytes.length / 2))] = 'E'.charCodeAt(0)
    await writeFile(tampered, bytes)
    const short = path.join(log.dataDir, 'short.export')
    await log.restart(older)
    await exportTo(short, log)
    await log.ledger.close()
    const attempt = (from: string) => recover({ ...where(log), source: sourceOf(from), onProgress: () => {} })
    await expect(attempt(tampered)).rejects.toThrow(LedgerFault)
    await expect(attempt(short)).rejects.toThrow(/10 entries, and this log 10: there is nothing to bring back/)
    await expect(attempt(mirror.url)).rejects.toThrow(/private, and this source has only its hash/)
    const other = await party('log.example')
    await begin(other, 30)
    await exportTo(file, other)
    await expect(attempt(file)).rejects.toThrow(/no checkpoint that the log log.example\/log\/1 has signed/)
    await log.restart()
    expect(log.ledger.head().size).toBe(10)
    await mirror.close()
  })
})

describe('a break', () => {
  test('opens the next log with the same entries and the record of what was lost, and everything goes on there', async () => {
    const { log, older } = await rolledBack()
    await log.restart(older)
    const lost = log.witnessing.verdict.setback?.proof.note ?? null
    expect(lost).not.toBeNull()
    const { root } = log.ledger.head()
    await log.ledger.close()
    const broken = await breakLog({ ...where(log), now: Date.now, reason: 'the disk died', note: lost })
    expect(broken).toMatchObject({ origin: 'log.example/log/2', position: 10 })
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
    expect(log.ledger.logOrigin).toBe('log.example/log/2')
    expect(log.ledger.verifierKeys).toEqual(broken.verifierKeys)
    expect(log.ledger.head().size).toBe(11)
    expect(await log.ledger.rootAt(10)).toEqual(root)
    const [event] = await log.ledger.readStream(BREAK_STREAM)
    const [part] = event?.parts ?? []
    expect(part?.erased === false && parseLogBreak(part.bytes)).toMatchObject({
      origin: 'log.example/log/1',
      size: 10,
      root: new Uint8Array(root),
      reason: 'the disk died',
    })
    expect(log.witnessing.keys.name).toBe('log.example/witness/2')
    await grow(log, 4)
    expect(await audited(log)).toMatchObject({ ok: true, size: 15 })
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
    expect(await readMark(log.dataDir)).toMatch(/^log\.example\/log\/2\n15\n/)
  })

  test('ends a log that has forked, too', async () => {
    const { log, witness, older } = await rolledBack()
    await log.stop()
    await forgetMark(log)
    await witness.stop()
    await log.restart(older)
    await grow(log, 8)
    await witness.restart()
    await log.restart()
    expect(log.witnessing.verdict.setback?.is).toBe('forked')
    await log.ledger.close()
    await breakLog({ ...where(log), now: Date.now, reason: 'two histories', note: null })
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
    await grow(log, 2)
    expect(await audited(log)).toMatchObject({ ok: true, size: 21 })
  })

  test('cannot be made by an append, and nobody but the instance speaks of the log', async () => {
    const log = await party('log.example')
    await begin(log, 1)
    const parts = [{ codec: 'cbor', bytes: Uint8Array.of(0x80), inline: true }] as const
    for (const [type, stream] of [
      ['log:break', 'log/break'],
      ['status:create', 'log/break'],
      ['log:break', 'x'],
    ] as const)
      await expect(log.ledger.append({ signer: 'instance', lane: 'public', events: [{ type, schema: 1, stream, parts }] })).rejects.toThrow(
        /Not admitted/,
      )
    const { genesis } = await log.ledger.createIdentity('account/1')
    await log.ledger.append({ signer: 'account/1', lane: 'public', events: [genesis] })
    const events = [{ type: 'log:evidence', schema: 1, stream: 'log/evidence', parts }]
    await expect(log.ledger.append({ signer: 'account/1', lane: 'public', events })).rejects.toThrow(/only the instance/)
  })

  test('is not undone by a backup from before it', async () => {
    const { log, older } = await rolledBack()
    await log.restart(older)
    const before = await log.copy()
    await breakLog({ ...where(log), pool: new pg.Pool({ connectionString: older }), now: Date.now, reason: 'the disk died', note: null })
    await log.restart()
    await log.restart(before)
    expect(log.ledger.readOnly).toMatch('which was ended')
  })
})

describe('a database restored by our own hand', () => {
  const restored = async ({ pool }: Party, size: number) =>
    pool.query('insert into ledger.restoration (made_at, size, known_size, known_note) values (now(), $1, $1, null)', [size])

  test('opens read-only until witnesses vouch for it, and then goes on', async () => {
    const { log } = await rolledBack()
    await restored(log, 15)
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
    expect((await log.pool.query('select from ledger.restoration')).rowCount).toBe(0)
  })

  test('opens read-only while its witnesses are away, and goes on when they vouch for it', async () => {
    const { log, witness } = await rolledBack()
    await restored(log, 15)
    await witness.stop()
    await log.restart()
    expect(log.ledger.readOnly).toMatch('no quorum of witnesses vouches')
    await witness.restart()
    await vi.waitFor(() => expect(log.ledger.readOnly).toBeNull(), 10_000)
    await grow(log, 1)
    await vi.waitFor(() => expect(log.ledger.cosigned.witnessed?.size).toBe(16), 5_000)
    const asked = await fetch(`${log.url}/witness/add-checkpoint`, { method: 'POST', body: 'old 0\n\nunknown/log\n0\n\n' })
    expect(asked.status).toBe(503) // until it starts again with keys that have cosigned nothing
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
  })

  test('opens read-only until its operator is sure, when nobody can be asked', async () => {
    const log = await party('log.example')
    await begin(log, 3)
    await restored(log, 4)
    await log.restart()
    expect(log.ledger.readOnly).toMatch(/restored from a backup .* vivim log confirm/)
    const { name, verifierKeys } = log.witnessing.keys
    expect(await log.witnessing.confirm()).toBeNull()
    await grow(log, 1)
    await log.restart()
    expect(log.ledger.readOnly).toBeNull()
    expect(log.witnessing.keys.name).toBe(name)
    for (const key of log.witnessing.keys.verifierKeys) expect(verifierKeys).not.toContain(key)
  })

  test('stays read-only when its backup knew more than was restored', async () => {
    const log = await party('log.example')
    await begin(log, 3)
    const older = await log.copy()
    await log.restart()
    await grow(log, 2)
    const { note } = log.ledger.checkpoint()
    await log.stop()
    await forgetMark(log)
    await log.restart(older)
    await log.pool.query('insert into ledger.restoration (made_at, size, known_size, known_note) values (now(), 4, 6, $1)', [note])
    await log.restart()
    expect(log.ledger.readOnly).toMatch('the backup it came from keeps a checkpoint that this log signed at 6')
    expect(await log.witnessing.confirm()).toMatch('2 commits from position 4 on are missing')
    expect(log.ledger.readOnly).not.toBeNull()
  })
})

/** Serves what a mirror has: the newest checkpoint and the entries it covers. */
async function mirrorOf({ url, ledger }: Party): Promise<{ url: string; close: () => Promise<void> }> {
  const { size } = ledger.head()
  const paths = ['checkpoint', ...Array.from({ length: Math.ceil(size / 256) }, (_, i) => entriesPath(i, Math.min(256, size - i * 256)))]
  const files = new Map<string, Buffer>(
    await Promise.all(paths.map(async (name) => [`/mirror/${name}`, Buffer.from(await (await fetch(`${url}/log/${name}`)).arrayBuffer())] as const)),
  )
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '')
    response.writeHead(file === undefined ? 404 : 200).end(file)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/mirror`, close: async () => void server.close() }
}
