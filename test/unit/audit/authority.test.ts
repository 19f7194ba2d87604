/** Who may do what in a log, as the audit sees it: keys, erasure, breaks of the log, witnesses. */
import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import type { AuditorOptions } from '../../../src/ledger/audit/auditor.ts'
import type { AuditReport } from '../../../src/ledger/audit/report.ts'
import { decodeState, encodeState } from '../../../src/ledger/audit/state-file.ts'
import type { CommitEvent } from '../../../src/ledger/commit.ts'
import { generateKeyPair, keyId } from '../../../src/ledger/ed25519.ts'
import { type Evidence, encodeEvidence } from '../../../src/ledger/evidence.ts'
import { encodeKeyOperation, type KeyOperation } from '../../../src/ledger/key-operation.ts'
import { mlDsaKeyPair } from '../../../src/ledger/ml-dsa.ts'
import { ed25519Cosigner, mlDsa44Cosigner } from '../../../src/ledger/tlog/cosignature.ts'
import { mlDsa44KeyPair } from '../../../src/ledger/tlog/ml-dsa-44.ts'
import { parsePolicy } from '../../../src/ledger/tlog/policy.ts'
import { encodeWarrant, type Place } from '../../../src/ledger/warrant.ts'
import { BuiltLog, encodeAll, type Identity, ORIGIN, type Signer } from './build-log.ts'

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

/** The log as it is now, under a checkpoint. */
async function audit(log: BuiltLog, options: Partial<AuditorOptions> = {}): Promise<AuditReport> {
  if (log.records.at(-1)?.is !== 'checkpoint') log.checkpoint()
  const end = { is: 'end', size: log.size, root: log.root } as const
  return auditExport(once(encodeAll([...log.records, end])), { source: 'test', ...options })
}

const named = ({ alarms }: AuditReport): string[] => alarms.map(({ position, what }) => `${position} ${what}`)
const post = (n: number) => ({ type: 'status:create', stream: `status/${n}`, payloads: [`{"n":${n}}`] })
const inline = (type: string, stream: string, bytes: Uint8Array): CommitEvent => ({
  type,
  schema: 1,
  stream,
  parts: [{ codec: 'cbor', inline: bytes }],
})

function begun(): { log: BuiltLog; instance: Identity; anna: Identity } {
  const log = new BuiltLog()
  return { log, instance: log.join(), anna: log.join() }
}

describe('keys', () => {
  const keyEvent = (who: Identity, operation: KeyOperation): CommitEvent =>
    inline(`key:${operation.kind}`, `key/${Buffer.from(who.actor).toString('hex')}`, encodeKeyOperation(operation))

  function device(hybrid = false): Signer & { readonly publicKey: Uint8Array } {
    const pair = generateKeyPair()
    if (!hybrid) return { key: keyId(pair.publicKey), privateKey: pair.privateKey, publicKey: pair.publicKey }
    const quantum = mlDsaKeyPair(randomBytes(32))
    const publicKey = Buffer.concat([pair.publicKey, quantum.publicKey])
    return { key: keyId(publicKey), privateKey: pair.privateKey, mlDsa: quantum.privateKey, publicKey }
  }

  test('a key signs from where it was added to where it was revoked, and no commit further', async () => {
    const { log, anna } = begun()
    const phone = device()
    log.append(anna, [post(1)], { inline: [keyEvent(anna, { kind: 'add', devices: [phone.publicKey] })] })
    log.append(anna, [post(2)], { signer: phone })
    log.append(anna, [], { inline: [keyEvent(anna, { kind: 'revoke', keys: [phone.key], after: null })] })
    expect(await audit(log)).toMatchObject({ ok: true, counts: { keys: 3, actors: 2, keyChanges: 4, disownedKeys: 0 } })
    log.append(anna, [post(3)], { signer: phone })
    expect(named(await audit(log))).toContain('5 key')
  })

  test('a key that was added only later, or by somebody else, does not sign', async () => {
    const { log, instance, anna } = begun()
    const phone = device()
    log.append(anna, [post(1)], { signer: phone })
    log.append(instance, [], { inline: [keyEvent(anna, { kind: 'add', devices: [phone.publicKey] })] })
    expect(named(await audit(log))).toEqual(['2 key', '3 key'])
  })

  test('a compromise is marked and is no alarm', async () => {
    const { log, anna } = begun()
    const phone = device()
    log.append(anna, [], { inline: [keyEvent(anna, { kind: 'add', devices: [phone.publicKey] })] })
    log.append(anna, [post(1)], { signer: phone })
    log.append(anna, [], { inline: [keyEvent(anna, { kind: 'revoke', keys: [phone.key], after: 2 })] })
    const report = await audit(log)
    expect(report).toMatchObject({ ok: true, counts: { disownedKeys: 1 } })
    expect(report.notes.join()).toContain('disown')
  })

  test('both halves of a hybrid signature must verify', async () => {
    const { log, anna } = begun()
    const phone = device(true)
    log.append(anna, [], { inline: [keyEvent(anna, { kind: 'add', devices: [phone.publicKey] })] })
    log.append(anna, [post(1)], { signer: phone })
    expect(await audit(log)).toMatchObject({ ok: true, counts: { hybrid: 1 } })
    for (const byte of [5, 70, 3_000]) {
      const records = log.records.map((record) => {
        if (record.is !== 'commit' || record.position !== 3) return record
        const signature = Buffer.from(record.signature)
        signature[byte] = (signature[byte] ?? 0) ^ 1
        return { ...record, signature }
      })
      expect(named(await auditExport(once(encodeAll(records)), { source: 'test' })), `byte ${byte}`).toContain('3 signature')
    }
  })

  test('whoever requires suite 2 is not spoken for in suite 1', async () => {
    const { log, anna } = begun()
    const [strong, phone] = [device(true), device(true)]
    log.append(anna, [], { inline: [keyEvent(anna, { kind: 'rotate', recovery: [strong.publicKey], devices: [phone.publicKey] })] })
    log.append(anna, [], { signer: strong, inline: [keyEvent(anna, { kind: 'require', suite: 2 })] })
    log.append(anna, [post(1)], { signer: phone })
    expect(await audit(log)).toMatchObject({ ok: true })
    log.append(anna, [post(2)], { signer: { key: phone.key, privateKey: phone.privateKey } })
    expect(named(await audit(log))).toContain('5 key')
  })
})

describe('a payload that is gone', () => {
  const warrant = (places: readonly Place[]): CommitEvent => inline('ledger:erase', 'erasure/x', encodeWarrant({ reason: 'post-deleted', places }))
  const place: Place = { position: 2, event: 0, index: 0 }

  function posted(lane: 'public' | 'private' = 'public') {
    const begin = begun()
    begin.log.append(begin.anna, [post(1)], { lane })
    return begin
  }

  test('is erased when a later warrant of its author or of the instance says so', async () => {
    for (const by of ['anna', 'instance'] as const) {
      const at = posted()
      at.log.erase(2, 0, 0)
      at.log.append(at[by], [], { inline: [warrant([place])] })
      at.log.append(at[by], [], { inline: [warrant([place])] }) // saying it twice is no harm
      expect(await audit(at.log), by).toMatchObject({
        alarms: [],
        counts: { partsErased: 1 },
        erasures: [{ by: 3, reason: 'post-deleted', parts: 1 }],
      })
    }
  })

  test('is an alarm when nobody says so, or somebody who may not', async () => {
    const silent = posted()
    silent.log.erase(2, 0, 0)
    expect(named(await audit(silent.log))).toEqual(['2 part-missing'])
    const other = posted()
    other.log.erase(2, 0, 0)
    other.log.append(other.log.join(), [], { inline: [warrant([place])] })
    expect(named(await audit(other.log))).toEqual(['2 part-missing', '4 warrant'])
  })

  test('is an alarm when a public warrant names what is private', async () => {
    const at = posted('private')
    at.log.erase(2, 0, 0)
    at.log.append(at.anna, [], { inline: [warrant([place])] })
    expect(named(await audit(at.log))).toEqual(['2 part-missing', '3 warrant'])
    const hidden = posted('private')
    hidden.log.erase(2, 0, 0)
    hidden.log.append(hidden.anna, [], { lane: 'private', inline: [warrant([place])] })
    expect(named(await audit(hidden.log))).toEqual([])
  })

  test('is not gone when it is still there, whatever the warrant says', async () => {
    for (const wrong of [place, { position: 2, event: 7, index: 0 }, { position: 1, event: 1_001, index: 0 }, { position: 3, event: 0, index: 0 }]) {
      const at = posted()
      at.log.append(at.anna, [], { inline: [warrant([wrong])] })
      expect(named(await audit(at.log))).toEqual(['3 warrant'])
    }
  })

  test('is an alarm when its warrant is malformed', async () => {
    const at = posted()
    at.log.erase(2, 0, 0)
    at.log.append(at.anna, [], { inline: [inline('ledger:erase', 'erasure/x', Buffer.from([0x80]))] })
    expect(named(await audit(at.log))).toEqual(['2 part-missing', '3 warrant'])
  })

  test('may have been there when an earlier audit saw it', async () => {
    const at = posted()
    const states: Buffer[] = []
    const onState = async (state: Parameters<typeof encodeState>[0]) => void states.push(Buffer.concat([...encodeState(state)]))
    at.log.checkpoint()
    await auditExport(once(at.log.end().bytes()), { source: 'test', onState })
    at.log.records.pop()
    at.log.erase(2, 0, 0)
    at.log.append(at.anna, [], { inline: [warrant([place])] })
    const resume = await decodeState(once(states[0] ?? Buffer.alloc(0)))
    expect(named(await audit(at.log, { resume }))).toEqual([])
  })
})

describe('a break of the log', () => {
  test('changes its origin where it stands, for all that follows', async () => {
    const { log, instance, anna } = begun()
    log.append(anna, [post(1)])
    log.checkpoint()
    log.break(instance)
    log.append(anna, [post(2)])
    const report = await audit(log)
    expect(named(report)).toEqual([])
    expect(report).toMatchObject({ origin: 'social.example/log/2', counts: { breaks: 1, endedCheckpoints: 1 } })
  })

  test('is missing when the origin says that there was one', async () => {
    const { log, anna } = begun()
    const end = log.records[0]
    log.break(anna) // only to have a header of log/2
    const [header] = log.records
    if (header === undefined || end === undefined) throw new Error('no header')
    const other = begun().log
    other.records[0] = header
    expect(named(await audit(other))).toContain('2 break')
  })

  test('is refused when it is not the instance’s, or not about these entries', async () => {
    const stranger = begun()
    stranger.log.break(stranger.anna)
    expect(named(await audit(stranger.log))).toEqual(['2 break'])
    const forgeries = [{ root: Buffer.alloc(32, 1) }, { size: 1 }, { origin: 'social.example/log/7' }, { note: Buffer.from('no note') }]
    for (const forgery of forgeries) {
      const { log, instance } = begun()
      log.break(instance, (record) => ({ ...record, ...forgery }))
      expect(named(await audit(log)), Object.keys(forgery).join()).toContain('2 break')
    }
  })
})

describe('witnesses', () => {
  const witness = (name: string) => {
    const { privateKey, publicKey } = generateKeyPair()
    return ed25519Cosigner(name, privateKey, publicKey)
  }
  const quantum = (name: string) => {
    const { privateKey, publicKey } = mlDsa44KeyPair(randomBytes(32))
    return mlDsa44Cosigner(name, privateKey, publicKey)
  }
  const [ada, bob, eve] = [witness('ada.example'), quantum('bob.example'), witness('eve.example')]
  const policy = (quorum: string) =>
    parsePolicy(`witness ada ${ada.verifierKey}\nwitness bob ${bob.verifierKey}\ngroup both all ada bob\nquorum ${quorum}\n`)

  test('are counted, and the largest tree that enough of them vouch for is named', async () => {
    const { log, anna } = begun()
    log.checkpoint(log.root, [ada, bob, eve])
    log.append(anna, [post(1)])
    log.checkpoint(log.root, [ada])
    expect(await audit(log, { policy: policy('both') })).toMatchObject({
      ok: true,
      witnessed: { size: 2, by: ['ada', 'bob'] },
      counts: { cosignatures: 3 },
    })
  })

  test('that are too few are an alarm where a policy asks for them, and nothing where none does', async () => {
    const { log } = begun()
    log.checkpoint(log.root, [ada, eve])
    expect(await audit(log)).toMatchObject({ ok: true, witnessed: undefined })
    const report = await audit(log, { policy: policy('both') })
    expect(named(report)).toEqual(['null witness'])
    expect(report.witnessed).toBe(null)
  })

  test('vouch for nothing by a false signature, or for another tree', async () => {
    const { log } = begun()
    log.checkpoint(log.root, [{ ...ada, cosign: (text, time) => ({ ...ada.cosign(text, time), signature: Buffer.alloc(72, 1) }) }, bob])
    expect(named(await audit(log, { policy: policy('none') }))).toEqual(['2 witness'])
    const { log: other } = begun()
    other.checkpoint(Buffer.alloc(32, 9), [ada, bob])
    expect(named(await audit(other, { policy: policy('both') }))).toEqual(expect.arrayContaining(['null witness', '0 root']))
  })

  test('do not replace the log’s own signature, which may be of two kinds', async () => {
    const { log } = begun()
    const second = quantum(ORIGIN)
    log.checkpoint(log.root, [second])
    const header = { ...log.records[0], verifierKey: `${log.verifierKey}\n${second.verifierKey}` } as (typeof log.records)[number]
    log.records[0] = header
    expect(await audit(log)).toMatchObject({ ok: true, verifierKey: log.verifierKey, counts: { cosignatures: 1 } })
  })
})

describe('evidence of equivocation', () => {
  const accused = () => {
    const { log, instance } = begun()
    const other = begun().log
    const notes = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)].map((root) => {
      other.checkpoint(root)
      return Buffer.from(other.records.findLast((record) => record.is === 'checkpoint')?.note ?? '').toString()
    })
    const [first = '', second = ''] = notes
    return { log, instance, evidence: { of: 'log', verifierKey: other.verifierKey, first, second } as const }
  }
  const event = (evidence: Evidence) => inline('log:evidence', 'log/evidence', encodeEvidence(evidence))

  test('is counted when it proves what it says', async () => {
    const { log, instance, evidence } = accused()
    log.append(instance, [], { inline: [event(evidence)] })
    expect(await audit(log)).toMatchObject({ alarms: [], counts: { evidence: 1 } })
  })

  test('is an alarm when it proves nothing', async () => {
    const { log, instance, evidence } = accused()
    log.append(instance, [], { inline: [event({ ...evidence, second: evidence.first })] })
    log.append(instance, [], { inline: [inline('log:evidence', 'log/evidence', Buffer.from([0x80]))] })
    expect(named(await audit(log))).toEqual(['2 evidence', '3 evidence'])
  })
})
