import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import type { Disclosure } from '../../../src/ledger/audit/export-format.ts'
import type { AuditReport } from '../../../src/ledger/audit/report.ts'
import { type ExportOptions, exportLedger, exportSnapshot } from '../../../src/ledger/export.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { unwrapKey } from '../../../src/ledger/part.ts'
import { deriveKey } from '../../../src/ledger/secret.ts'
import type { CommitDraft } from '../../../src/ledger/types.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'

const secret = randomBytes(32)
const COMMITS = 300
let database: TestDatabase
let ledger: Ledger

const payload = (value: unknown) => ({ codec: 'json' as const, bytes: Buffer.from(JSON.stringify(value)) })

function draft(n: number): CommitDraft {
  const event = { type: 'status:create', schema: 1, stream: `status/${n}`, parts: [payload({ n })] }
  const evidence = { codec: 'raw' as const, bytes: randomBytes(600) }
  const like = { type: 'status:like', schema: 1, stream: `like/${n % 7}`, parts: [payload({ n }), evidence] }
  return {
    signer: n % 3 === 0 ? 'instance' : 'account/1',
    lane: n % 2 === 0 ? 'public' : 'private',
    events: n % 5 === 0 ? [event, like] : [event],
    expected: [[event.stream, 'none']],
  }
}

beforeAll(async () => {
  database = await freshDatabase()
  ledger = await Ledger.open({ pool: database.pool, databaseUrl: database.url, origin: 'http://127.0.0.1:3000', secret })
  for (const signer of ['instance', 'account/1']) {
    const { genesis } = await ledger.createIdentity(signer)
    await ledger.append({
      signer,
      lane: 'public',
      events: [genesis, { type: 'identity:create', schema: 1, stream: `identity/${signer}`, parts: [payload({ signer })] }],
    })
  }
  await Promise.all(Array.from({ length: COMMITS - 2 }, (_, n) => ledger.append(draft(n))))
})

afterAll(async () => {
  await ledger?.close()
  await database?.drop()
})

function options(disclosure: Disclosure = 'full'): ExportOptions {
  const kek = deriveKey(secret, 'part')
  return { origin: ledger.logOrigin, verifierKey: ledger.verifierKey, unwrap: (wrapped) => unwrapKey(wrapped, kek), disclosure }
}

const audit = (disclosure?: Disclosure): Promise<AuditReport> =>
  auditExport(exportLedger(database.pool, options(disclosure)), { source: 'this instance', verifierKey: ledger.verifierKey })

describe('what the ledger stores', () => {
  test('passes the audit, every payload included', async () => {
    const report = await audit()
    expect(report.alarms).toEqual([])
    expect(report).toMatchObject({ ok: true, size: COMMITS, checkpoint: COMMITS, root: Buffer.from(ledger.head().root).toString('hex') })
    const { parts, partsWithheld, signatures, checkpoints, tiles, keys, actors, unknownKeys } = report.counts
    expect({ partsWithheld, tiles, keys, actors, unknownKeys }).toEqual({ partsWithheld: 0, tiles: 1, keys: 2, actors: 2, unknownKeys: 0 })
    expect(signatures).toBe(COMMITS + checkpoints)
    const stored = await database.pool.query<{ count: string }>('select count(*) from ledger.part')
    expect(parts).toBe(Number(stored.rows[0]?.count))
  })

  test('passes as strangers may see it, and gives away no private commit and no payload', async () => {
    const chunks: Uint8Array[] = []
    for await (const chunk of exportLedger(database.pool, options('public'))) chunks.push(chunk)
    const bytes = Buffer.concat(chunks)
    const report = await audit('public')
    expect(report.alarms).toEqual([])
    expect(report.counts).toMatchObject({ private: 0, parts: 0, unknownKeys: 0 })
    expect(report.counts.blinded).toBeGreaterThan(100)
    const { rows } = await database.pool.query<{ bytes: Buffer }>(
      'select bytes from ledger.commit where blinding is not null union all select ciphertext from ledger.part',
    )
    expect(rows.filter((row) => bytes.includes(row.bytes))).toEqual([])
  })

  test('is exported as of one moment while more is appended', async () => {
    const appending = (async () => {
      for (let n = 1000; n < 1050; n++) await ledger.append(draft(n))
    })()
    const reports = [await audit(), await audit()]
    await appending
    for (const report of reports) expect(report.alarms).toEqual([])
    expect((await audit()).size).toBe(COMMITS + 50)
  })
})

/** As somebody with the database in their hands does it, past every guard; undone afterwards. */
async function meddle(statement: string): Promise<AuditReport> {
  const client = await database.pool.connect()
  try {
    await client.query('begin')
    await client.query('set local session_replication_role = replica')
    await client.query(statement)
    return await auditExport(exportSnapshot(client, options()), { source: 'test', verifierKey: ledger.verifierKey })
  } finally {
    await client.query('rollback')
    client.release()
  }
}

const flip = (column: string, byte: number | string) => `set_byte(${column}, ${byte}, get_byte(${column}, ${byte}) # 4)`

describe('a database that somebody changed behind the ledger’s back', () => {
  test.each([
    ['a signed commit', `update ledger.commit set bytes = ${flip('bytes', 'length(bytes) - 3')} where position = 20`, '20', ['signature', 'index']],
    ['whose commit it is', `update ledger.commit set bytes = ${flip('bytes', 40)} where position = 20`, '20', ['key', 'index']],
    ['a signature', `update ledger.commit set signature = ${flip('signature', 9)} where position = 21`, '21', ['signature']],
    ['the id a commit is found by', `update ledger.commit set id = ${flip('id', 3)} where position = 22`, '22', ['index']],
    ['the key a commit is found by', `update ledger.commit set key = ${flip('key', 3)} where position = 22`, '22', ['index']],
    ['the place in its chain', 'update ledger.commit set seq = seq + 100000 where position = 23', '23', ['index']],
    ['the stream of an event', `update ledger.event set stream = 'status/other' where position = 25 and index = 0`, '25', ['index']],
    ['the revision of an event', 'update ledger.event set revision = 77 where position = 26 and index = 0', '26', ['index']],
    ['the revisions of a commit', `update ledger.commit set revisions = ${flip('revisions', 3)} where position = 33`, '33', ['index']],
    ['an event row deleted', 'delete from ledger.event where position = 27', '27', ['index']],
    ['a payload', `update ledger.part set ciphertext = ${flip('ciphertext', 30)} where position = 28 and event = 0`, '28', ['commitment']],
    [
      'the key of a payload',
      `update ledger.part_key set wrapped = ${flip('wrapped', 5)} where (position, event, index) = (select position, event, index from ledger.part where position = 29 and event = 0 limit 1)`,
      '29',
      ['commitment'],
    ],
    [
      'a key deleted',
      'delete from ledger.part_key where (position, event, index) = (select position, event, index from ledger.part where position = 30 and event = 0 limit 1)',
      '30',
      ['part-missing'],
    ],
    ['a payload deleted', 'delete from ledger.part where position = 31 and event = 0', '31', ['part-missing']],
    ['a commit deleted', 'delete from ledger.commit where position = 32', '32', ['position']],
    ['a hash in a tile', `update ledger.tile set hashes = ${flip('hashes', 33 * 32)} where level = 0 and index = 0`, '33', ['tile']],
    ['the root of the head', `update ledger.head set root = ${flip('root', 1)}`, 'size', ['root']],
  ])('%s: found, and named', async (_, statement, where, kinds) => {
    const report = await meddle(statement)
    const position = where === 'size' ? report.size : Number(where)
    expect(report.alarms.filter((alarm) => alarm.position === position).map(({ what }) => what)).toEqual(expect.arrayContaining(kinds))
  })

  test('a blinding value: narrowed down to its tile by the tile itself', async () => {
    const { rows } = await database.pool.query<{ position: string }>(
      'select position from ledger.commit where blinding is not null and position > 40 limit 1',
    )
    const position = Number(rows[0]?.position)
    const report = await meddle(`update ledger.commit set blinding = ${flip('blinding', 0)} where position = ${position}`)
    expect(report.alarms).toContainEqual(expect.objectContaining({ position, what: 'tile' }))
  })

  test('a checkpoint', async () => {
    const report = await meddle(
      `update ledger.checkpoint set note = replace(note, 'log/1', 'log/2') where size = (select max(size) from ledger.checkpoint)`,
    )
    expect(report.alarms).toContainEqual(expect.objectContaining({ position: report.size, what: 'checkpoint' }))
  })

  test('and nothing of this was left behind', async () => {
    expect((await audit()).alarms).toEqual([])
  })
})
