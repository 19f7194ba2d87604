import { expect, test } from 'vitest'
import { evidenceLines, statusText } from '../../../src/cli/witness-program.ts'
import type { WitnessingStatus } from '../../../src/ledger/witnessing.ts'

const AT = Date.UTC(2026, 0, 31, 12)
const quiet: WitnessingStatus = {
  origin: 'here.example/log/1',
  size: 1_500,
  readOnly: null,
  quorum: null,
  witnessed: null,
  witnesses: [],
  self: { name: 'here.example/witness/1', verifierKeys: ['here.example/witness/1+00000000+BA=='] },
  logs: [],
  counts: { rounds: 0, cosigned: 0, failed: 0, alarms: 0 },
}
const witness = (name: string, size: number, problem: string | null = null) => ({
  name,
  url: null,
  verifierKey: '',
  size,
  at: size === 0 ? null : AT,
  problem,
})

test('a log without a policy is unwitnessed', () => {
  expect(statusText(quiet)).toBe(`here.example/log/1  1,500 entries
unwitnessed: there is no trust policy (vivim policy set)

As a witness of others: here.example/witness/1
  here.example/witness/1+00000000+BA==
  for no log yet (vivim witness add)`)
})

test('a witnessed log says by how many, who fails and why, and whom it witnesses itself', () => {
  const status: WitnessingStatus = {
    ...quiet,
    quorum: 'friends',
    witnessed: { size: 1_400, at: AT },
    witnesses: [witness('ada', 1_400), witness('ben', 1_500), witness('cleo', 0, 'it answered 404: "\u001b[2Jwho?"')],
    logs: [{ origin: 'there.example/log/1', verifierKeys: [], url: null, from: 'operator', size: 7, at: AT }],
    counts: { ...quiet.counts, alarms: 1 },
  }
  const text = statusText(status)
  expect(text).toContain('witnessed up to 1,400 by 2 of 3 witnesses, quorum friends, 2026-01-31T12:00:00.000Z')
  expect(text).toContain('  ben  1,500, 2026-01-31T12:00:00.000Z')
  expect(text).toContain('  cleo  it answered 404: "·[2Jwho?"')
  expect(text).toContain('  there.example/log/1  7, 2026-01-31T12:00:00.000Z')
  expect(text).toContain('1 equivocation found since the start')
})

test('a read-only log says why first', () => {
  expect(statusText({ ...quiet, readOnly: 'It is behind.' }).split('\n')[1]).toBe('READ-ONLY  It is behind.')
})

test('evidence is a line each', () => {
  expect(evidenceLines([])).toBe('There is no evidence of equivocation.')
  expect(evidenceLines([{ position: 7, of: 'log', text: 'The log x signed two.' }])).toBe('7  The log x signed two.')
})
