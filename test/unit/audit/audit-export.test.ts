import { describe, expect, test } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import type { AuditorOptions } from '../../../src/ledger/audit/auditor.ts'
import type { CommitRecord, ExportRecord } from '../../../src/ledger/audit/export-format.ts'
import type { AlarmKind, AuditReport } from '../../../src/ledger/audit/report.ts'
import { BuiltLog, encodeAll, identity, smallLog } from './build-log.ts'

const audit = (bytes: Uint8Array, options: Partial<AuditorOptions> = {}, chunk = 4096): Promise<AuditReport> =>
  auditExport(chunks(bytes, chunk), { source: 'test', ...options })

async function* chunks(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

const kinds = (report: AuditReport): AlarmKind[] => report.alarms.map(({ what }) => what)

describe('an honest log', () => {
  test('passes, and the report says in numbers what was verified', async () => {
    const log = smallLog(300)
    const report = await audit(log.bytes())
    expect(report).toMatchObject({ ok: true, alarms: [], origin: 'social.example/log/1', size: 300, checkpoint: 300, pinned: false })
    expect(report.root).toBe(Buffer.from(log.root).toString('hex'))
    const { commits, events, parts, tiles, signatures, keys, chains, unknownKeys } = report.counts
    expect({ commits, tiles, keys, chains, unknownKeys }).toEqual({ commits: 300, tiles: 1, keys: 2, chains: 4, unknownKeys: 0 })
    expect(events).toBe(2 + 2 + 298 + 59)
    expect(parts).toBe(2 + 298 + 2 * 59)
    expect(signatures).toBe(300 + log.records.filter(({ is }) => is === 'checkpoint').length)
  })

  test('reads the same whatever the chunks are', async () => {
    const bytes = smallLog().bytes()
    const reports = await Promise.all([1, 7, 4096, 1 << 20].map((size) => audit(bytes, {}, size)))
    for (const report of reports) expect({ ...report, seconds: 0 }).toEqual({ ...reports[0], seconds: 0 })
  })

  test('passes when only its public part is disclosed, without a signature less than can be checked', async () => {
    const log = smallLog(30)
    const report = await audit(encodeAll(publicView(log)))
    expect(report.alarms).toEqual([])
    const { blinded, unknownKeys, partsWithheld, parts } = report.counts
    expect(blinded).toBe(log.records.filter((record) => record.is === 'commit' && record.blinding !== null).length)
    expect(unknownKeys).toBeGreaterThan(0) // Ben registered his key in private
    expect({ parts, withheld: partsWithheld > 0 }).toEqual({ parts: 0, withheld: true })
  })

  test('may not hide an entry when it says that it discloses all', async () => {
    const records = publicView(smallLog(30)).map((record) => (record.is === 'header' ? { ...record, disclosure: 'full' as const } : record))
    expect(kinds(await audit(encodeAll(records)))).toEqual(expect.arrayContaining(['encoding', 'part-missing']))
  })

  test('passes under the verifier key it was made with and under no other', async () => {
    const log = smallLog()
    expect(await audit(log.bytes(), { verifierKey: log.verifierKey })).toMatchObject({ ok: true, pinned: true })
    const other = await audit(log.bytes(), { verifierKey: smallLog().verifierKey })
    expect(new Set(kinds(other))).toEqual(new Set(['checkpoint']))
  })

  test('an empty log has the empty root and needs a checkpoint that says so', async () => {
    const log = new BuiltLog()
    log.checkpoint()
    expect(await audit(log.end().bytes())).toMatchObject({ ok: true, size: 0, checkpoint: 0 })
    expect(kinds(await audit(new BuiltLog().end().bytes()))).toEqual(['checkpoint'])
  })
})

describe('a log that was seen before', () => {
  const head = (log: BuiltLog, size: number) => ({ size, root: Buffer.from(log.root).toString('hex'), note: 'the note of then\n' })

  test('may only have grown', async () => {
    const log = smallLog(20)
    const earlier = head(log, 20)
    expect((await audit(log.bytes(), { earlier })).ok).toBe(true)
    const shorter = await audit(smallLog(19).bytes(), { earlier })
    expect(kinds(shorter)).toEqual(['fork'])
    const rewritten = await audit(smallLog(25).bytes(), { earlier })
    expect(kinds(rewritten)).toEqual(['fork'])
    expect(rewritten.alarms[0]?.detail).toContain('the note of then')
  })
})

describe('a log that lies, and signs its lies', () => {
  const lying = async (write: (log: BuiltLog, who: ReturnType<BuiltLog['join']>) => void): Promise<string[]> => {
    const log = new BuiltLog()
    const who = log.join()
    log.append(who, [post(0)])
    log.checkpoint()
    write(log, who)
    log.checkpoint()
    return (await audit(log.end().bytes())).alarms.map(({ position, what }) => `${position} ${what}`)
  }
  const post = (n: number) => ({ type: 'status:create', stream: `status/${n}`, payloads: [`{"n":${n}}`] })
  const other = Buffer.alloc(32, 7)

  test('a commit signed by another key than it names', async () => {
    expect(await lying((log, who) => log.append(who, [post(1)], { signer: { ...identity(), key: who.key } }))).toEqual(['2 signature'])
  })

  test('a key nobody registered', async () => {
    expect(await lying((log) => log.append(identity(), [post(1)]))).toEqual(['2 key'])
  })

  test('a key used for another actor', async () => {
    expect(await lying((log, who) => log.append(who, [post(1)], { forge: (header) => ({ ...header, actor: other }) }))).toEqual(['2 key'])
  })

  test('a commit made for another log', async () => {
    expect(await lying((log, who) => log.append(who, [post(1)], { forge: (header) => ({ ...header, log: other }) }))).toEqual(['2 log'])
  })

  test('a chain that leaves one out', async () => {
    expect(await lying((log, who) => log.append(who, [post(1)], { forge: (header) => ({ ...header, seq: 7 }) }))).toEqual(['2 chain'])
    expect(await lying((log, who) => log.append(who, [post(1)], { forge: (header) => ({ ...header, prev: other }) }))).toEqual(['2 chain'])
  })

  test('a clock that runs backwards', async () => {
    expect(await lying((log, who) => log.append(who, [post(1)], { forge: (header) => ({ ...header, time: 5 }) }))).toEqual(['2 hlc'])
  })

  test('a root that never was, or is not yet', async () => {
    const seen = (size: number) => (header: Parameters<typeof JSON.stringify>[0]) => ({ ...header, seen: { size, root: other } })
    expect(await lying((log, who) => log.append(who, [post(1)], { forge: seen(1) }))).toEqual(['2 seen'])
    expect(await lying((log, who) => log.append(who, [post(1)], { forge: seen(3) }))).toEqual(['2 seen'])
  })

  test('conditions that did not hold', async () => {
    for (const pre of [
      ['status/0', 'none'],
      ['status/9', 'exists'],
      ['status/0', 1],
      ['status/9', 0],
    ] as const) {
      expect(await lying((log, who) => log.append(who, [post(1)], { pre: [pre] }))).toEqual(['2 condition'])
    }
    expect(
      await lying((log, who) =>
        log.append(who, [post(1)], {
          pre: [
            ['status/0', 0],
            ['status/9', 'none'],
            ['status/9', 'any'],
            ['status/0', 'exists'],
          ],
        }),
      ),
    ).toEqual([])
  })

  test('a checkpoint over another root', async () => {
    expect(await lying((log) => log.checkpoint(other))).toEqual(['2 root'])
  })

  test('the same key registered twice', async () => {
    const again = (log: BuiltLog, who: ReturnType<BuiltLog['join']>) =>
      log.append(who, [], {
        inline: [
          {
            type: 'key:genesis',
            schema: 1,
            stream: `key/${Buffer.from(who.actor).toString('hex')}`,
            parts: [{ codec: 'cbor', inline: who.genesis }],
          },
        ],
      })
    expect(await lying(again)).toEqual(['2 key'])
  })
})

describe('an export that something happened to', () => {
  const log = smallLog(40)
  const edited = (edit: (records: ExportRecord[]) => void): Promise<AuditReport> => {
    const records = [...log.records]
    edit(records)
    return audit(encodeAll(records))
  }
  const at = (records: readonly ExportRecord[], is: ExportRecord['is'], nth: number): number => {
    const found = records.flatMap((record, i) => (record.is === is ? [i] : []))[nth]
    if (found === undefined) throw new RangeError(`no ${is} ${nth}`)
    return found
  }
  const first = ({ alarms }: AuditReport) => [alarms[0]?.position, alarms[0]?.what]

  test('an entry taken out is missed at its position', async () => {
    const report = await edited((records) => records.splice(at(records, 'commit', 7), 1))
    expect(report.alarms).toContainEqual({ position: 7, what: 'position', detail: 'entry 7 is missing: 8 follows' })
    expect(kinds(report).filter((what) => what === 'position')).toHaveLength(2) // and at the end: one too few
  })

  test('two entries exchanged are found where it begins', async () => {
    const report = await edited((records) => {
      const [a, b] = [at(records, 'commit', 7), at(records, 'commit', 8)]
      ;[records[a], records[b]] = [records[b], records[a]] as [ExportRecord, ExportRecord]
    })
    expect(report.alarms.find(({ what }) => what === 'position')?.position).toBe(7)
  })

  test('a payload taken out is missing without a warrant', async () => {
    const report = await edited((records) => records.splice(at(records, 'part', 5), 1))
    expect(kinds(report)).toEqual(['part-missing'])
  })

  test('a payload without its key is missing too', async () => {
    const report = await edited((records) => {
      const i = at(records, 'part', 5)
      records[i] = { ...(records[i] as ExportRecord & { is: 'part' }), key: null }
    })
    expect(kinds(report)).toEqual(['part-missing'])
  })

  test('a payload exchanged for another that opens is not what was signed', async () => {
    const report = await edited((records) => {
      const [a, b] = [at(records, 'part', 5), at(records, 'part', 6)]
      const [from, to] = [records[a], records[b]] as [ExportRecord & { is: 'part' }, ExportRecord & { is: 'part' }]
      records[a] = { ...from, ciphertext: to.ciphertext, key: to.key }
    })
    expect(kinds(report)).toEqual(['commitment'])
    expect(report.alarms[0]?.detail).toContain('not what was signed')
  })

  test('an index row of the store that says otherwise than the commit', async () => {
    const row = (change: (index: CommitRecord['index']) => CommitRecord['index']) =>
      edited((records) => {
        const i = at(records, 'commit', 9)
        const record = records[i] as CommitRecord
        records[i] = { ...record, index: change(record.index) }
      })
    expect(first(await row((index) => ({ ...index, seq: 99 })))).toEqual([9, 'index'])
    expect(first(await row((index) => ({ ...index, events: [] })))).toEqual([9, 'index'])
    expect(first(await row((index) => ({ ...index, events: index.events.map((event) => ({ ...event, revision: 99 })) })))).toEqual([9, 'stream'])
  })

  test('entries after the last checkpoint are under no signature of the log', async () => {
    const report = await edited((records) => records.splice(at(records, 'checkpoint', records.filter(({ is }) => is === 'checkpoint').length - 1), 1))
    expect(kinds(report)).toEqual(['checkpoint'])
  })

  test('a tail cut off anywhere is noticed', async () => {
    const bytes = log.bytes()
    for (const cut of [1, 5, 6, 100, 1000, bytes.length - 20, bytes.length - 1]) {
      const report = await audit(bytes.subarray(0, bytes.length - cut))
      expect(kinds(report), `${cut} bytes cut off`).toContain('encoding')
    }
  })

  test('bytes after the end are noticed', async () => {
    expect(kinds(await audit(Buffer.concat([log.bytes(), Buffer.from('E')])))).toEqual(['encoding'])
  })

  test('something else than an export is called so', async () => {
    expect((await audit(Buffer.from('{"not":"an export, but longer than its magic"}'))).alarms[0]?.detail).toContain('not a VIVIM export')
    expect(kinds(await audit(Buffer.alloc(0)))).toContain('encoding')
  })
})

/** What may be given to anyone: private commits as their leaf, public ones without payloads. */
function publicView(log: BuiltLog): ExportRecord[] {
  return log.records.flatMap((record): ExportRecord[] => {
    if (record.is === 'header') return [{ ...record, disclosure: 'public' }]
    if (record.is === 'part') return []
    if (record.is !== 'commit' || record.blinding === null) return [record]
    return [{ is: 'blinded', position: record.position, leaf: log.leaves[record.position] as Uint8Array }]
  })
}
