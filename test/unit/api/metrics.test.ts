import Fastify from 'fastify'
import { expect, test } from 'vitest'
import { metricsText, registerMetrics } from '../../../src/api/metrics.ts'
import type { WitnessingStatus } from '../../../src/ledger/witnessing.ts'

const status: WitnessingStatus = {
  origin: 'here.example/log/1',
  size: 12,
  readOnly: null,
  quorum: 'all',
  witnessed: { size: 10, at: 0 },
  witnesses: [{ name: 'a"b\\c', url: null, verifierKey: '', size: 9, at: null, problem: 'away' }],
  self: { name: '', verifierKeys: [] },
  logs: [],
  counts: { rounds: 1, cosigned: 4, failed: 2, alarms: 1 },
}
const ledger = { head: () => ({ size: 12, root: new Uint8Array() }), readOnly: null } as unknown as Parameters<typeof registerMetrics>[1]['ledger']

async function scraped(witnessing?: { status: () => Promise<WitnessingStatus>; evidence: () => Promise<[]> }): Promise<string> {
  const app = Fastify()
  registerMetrics(app, { ledger, witnessing, now: Date.now })
  const { body, headers } = await app.inject('/metrics')
  expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
  return body
}

test('the log and its witnesses are numbers, one a line', async () => {
  const lines = (await scraped({ status: async () => status, evidence: async () => [] })).split('\n')
  expect(lines).toContain('vivim_log_entries 12')
  expect(lines).toContain('vivim_log_witnessed_entries 10')
  expect(lines).toContain('vivim_log_read_only 0')
  expect(lines).toContain('vivim_witness_cosigned_entries{witness="a\\"b\\\\c"} 9')
  expect(lines).toContain('vivim_witness_failing{witness="a\\"b\\\\c"} 1')
  expect(lines).toContain('vivim_equivocations_total 1')
  for (const line of lines.slice(0, -1)) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="(?:[^"\\]|\\.)*"\})? \d+)$/)
})

test('without witnesses there is the log alone', async () => {
  expect((await scraped()).match(/^[a-z_]+ /gm)).toEqual(['vivim_log_entries ', 'vivim_log_read_only '])
  expect(metricsText([])).toBe('\n')
})
