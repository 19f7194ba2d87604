import { describe, expect, test } from 'vitest'
import { auditText, OWN_INSTANCE } from '../../../src/cli/print-audit.ts'
import { commitText, isIncluded } from '../../../src/cli/print-commit.ts'
import { projectionsText } from '../../../src/cli/print-projections.ts'
import type { ShownCommit } from '../../../src/cli/show-commit.ts'
import { barText, count, counted, jsonText } from '../../../src/cli/terminal.ts'
import { auditExport } from '../../../src/ledger/audit/audit-export.ts'
import type { AuditReport } from '../../../src/ledger/audit/report.ts'
import { actorId, commitId, encodeCommit, publicLeaf } from '../../../src/ledger/commit.ts'
import { genesisOperation } from '../../../src/ledger/key-operation.ts'
import { leafHash } from '../../../src/ledger/tlog/merkle.ts'
import { smallLog } from '../audit/build-log.ts'

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}

describe('numbers', () => {
  test('are grouped, and their nouns agree', () => {
    expect([count(1_234_567), counted(1, 'key'), counted(0, 'key'), counted(2, 'entry', 'entries')]).toEqual([
      '1,234,567',
      '1 key',
      '0 keys',
      '2 entries',
    ])
  })

  test('fill a bar that is never over-full, and none when the total is unknown', () => {
    expect(barText({ label: 'Auditing', done: 1500, total: 3000 })).toBe(`Auditing  ${'█'.repeat(15)}${'░'.repeat(15)}  50 %  1,500 of 3,000`)
    expect(barText({ label: 'Auditing', done: 5, total: 3 })).toContain(`${'█'.repeat(30)}  100 %`)
    expect(barText({ label: 'Exporting', done: 1500, total: 0 })).toBe('Exporting  1,500')
  })
})

describe('an audit', () => {
  const audit = (source: string): Promise<AuditReport> => auditExport(once(smallLog(40).bytes()), { source })

  test('that passed says so first, then what was verified, then whose word it rests on', async () => {
    const report = await audit('log.vivim')
    const text = auditText(report)
    expect(text.split('\n')[0]).toBe('✔ social.example/log/1 is what its signatures say.')
    expect(text).toMatch(/40 commits \(\d+ public, \d+ private and opened\), \d+ events/)
    expect(text).toContain(`root ${report.root} matches the signed checkpoint of 40 entries`)
    expect(text).toContain(`--vkey '${report.verifierKey}'`)
    expect(auditText({ ...report, pinned: true })).not.toContain('--vkey')
    expect(auditText({ ...report, source: OWN_INSTANCE })).not.toContain('--vkey')
  })

  test('that failed names entry and kind of every alarm, up to a screenful', async () => {
    const alarms = Array.from({ length: 30 }, (_, i) => ({ position: i === 0 ? null : i, what: 'signature' as const, detail: 'is not signed' }))
    const text = auditText({ ...(await audit('x')), ok: false, alarms, alarmCount: 5000 })
    expect(text).toContain('✘ social.example/log/1 cannot be trusted: 5,000 alarms.')
    expect(text).toMatch(/the log +signature +is not signed/)
    expect(text).toMatch(/entry 19 +signature/)
    expect(text).not.toMatch(/entry 20/)
    expect(text).toContain('… and 4,980 more alarms')
  })
})

describe('a hostile log', () => {
  const steering = '\u001b]0;owned\u0007\u009b2J\u202egnp'
  // oxlint-disable-next-line no-control-regex -- that is what it looks for
  const STEERS = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/

  test('cannot steer the terminal of who audits it, by its name, its key or what is said of it', async () => {
    const report = await auditExport(once(smallLog(3).bytes()), { source: steering })
    const alarms = [{ position: 1, what: 'encoding' as const, detail: `${steering} was there` }]
    const hostile = { ...report, ok: false, origin: steering, verifierKey: steering, alarms, alarmCount: 1, notes: [steering] }
    expect(auditText(hostile)).not.toMatch(STEERS)
    expect(jsonText(hostile)).not.toMatch(STEERS)
    expect(JSON.parse(jsonText(hostile))).toEqual(hostile)
  })

  test('cannot put a command into the words to paste', async () => {
    const report = await auditExport(once(smallLog(3).bytes()), { source: 'x' })
    expect(auditText({ ...report, verifierKey: "a';touch${IFS}x;'+00+AA" })).toContain(String.raw`--vkey 'a'\'';touch${'${IFS}'}x;'\''+00+AA'`)
  })
})

describe('an entry', () => {
  const genesis = genesisOperation(Buffer.from('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a', 'hex'))
  const stream = 'status/1'
  const commit = encodeCommit({
    v: 1,
    suite: 1,
    log: Buffer.alloc(32),
    actor: actorId(genesis),
    key: Buffer.alloc(16),
    lane: 'public',
    seq: 0,
    prev: null,
    time: 1,
    counter: 0,
    deps: [],
    seen: null,
    pre: [[stream, 'none']],
    events: [{ type: 'status:create', schema: 1, stream, parts: [] }],
  })
  const signature = Buffer.alloc(64, 1)
  const leaf = leafHash(publicLeaf(commit, signature))
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
  const shown: ShownCommit = {
    position: 0,
    id: hex(commitId(commit)),
    lane: 'public',
    actor: hex(actorId(genesis)),
    key: '00',
    seq: 0,
    prev: null,
    time: new Date(1).toISOString(),
    counter: 0,
    deps: [],
    seen: null,
    pre: [[stream, 'none']],
    events: [
      {
        type: 'status:create',
        schema: 1,
        stream,
        revision: 0,
        parts: [
          { codec: 'raw', erased: false, text: 'one\u001b[2J\u202etwo\nthree' },
          { codec: 'json', erased: true },
        ],
      },
    ],
    commit: hex(commit),
    signature: hex(signature),
    blinding: null,
    leafHash: hex(leaf),
    proof: { index: 0, size: 1, hashes: [] },
    checkpoint: `here/log/1\n1\n${Buffer.from(leaf).toString('base64')}\n\n— here/log/1 ${Buffer.alloc(68, 1).toString('base64')}\n`,
  }

  test('is proven here from its own bytes; nothing of it can differ', () => {
    expect(isIncluded(shown)).toBe(true)
    const flip = (text: string) => `${text.startsWith('0') ? '1' : '0'}${text.slice(1)}`
    expect(isIncluded({ ...shown, commit: flip(shown.commit) })).toBe(false)
    expect(isIncluded({ ...shown, signature: flip(shown.signature) })).toBe(false)
    expect(isIncluded({ ...shown, id: flip(shown.id) })).toBe(false)
    expect(isIncluded({ ...shown, blinding: '00'.repeat(32) })).toBe(false)
    expect(isIncluded({ ...shown, proof: { index: 0, size: 2, hashes: [] } })).toBe(false)
    expect(commitText(shown)).toContain('✔ included as leaf 0 of 1')
    expect(commitText({ ...shown, signature: flip(shown.signature) })).toContain('✘ NOT included')
  })

  test('shows payloads of others without letting them steer the terminal', () => {
    const text = commitText(shown)
    expect(text).toContain('    one·[2J·two\n    three')
    expect(text).toContain('    erased')
    expect(['\u001b', '\u202e'].filter((steering) => text.includes(steering))).toEqual([])
  })
})

test('projections stand in columns', () => {
  const projection = { name: 'social', version: 1, position: 1200, root: '', codeHash: '', proven: true, lag: 0, parked: 0, halted: null }
  const text = projectionsText({
    size: 1200,
    projections: [projection, { ...projection, name: 'x', lag: 3, position: 1197, parked: 1, halted: 'the proof failed' }],
  })
  expect(text.split('\n')).toEqual([
    'social  v1  1,200 of 1,200  up to date            proven complete',
    'x       v1  1,197 of 1,200  3 behind    1 parked  halted: the proof failed',
  ])
})
