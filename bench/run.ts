/**
 * `npm run bench`: measures an instance as its users meet it, and prints a table.
 *
 *   npm run bench -- --quick          a short form: smaller data, same metrics
 *   npm run bench -- --only inbox     only metrics that begin so
 *   npm run bench -- --json FILE      rows {metric, value, unit, peer?, ratio?} for machines
 *   npm run bench -- --deep 1000000   entries in the large log; 5,000,000 unless told, 100,000 with --quick
 *   npm run bench -- --locomo FILE    conversations to find evidence in (or VIVIM_LOCOMO); an invented corpus unless told
 */
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { appendBench } from './append.ts'
import { auditBench } from './audit.ts'
import { deepBench } from './deep.ts'
import { httpBench } from './http.ts'
import { importBench } from './import.ts'
import { instanceBench } from './instance.ts'
import { ledgerAuditBench } from './ledger-audit.ts'
import { memoryBench } from './memory.ts'
import { replayBench } from './replay.ts'
import { type Bench, type Row, table } from './rows.ts'

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    deep: { type: 'string' },
    locomo: { type: 'string', default: process.env['VIVIM_LOCOMO'] ?? '' },
  },
})
const benches: readonly Bench[] = [
  appendBench,
  deepBench,
  ledgerAuditBench,
  replayBench,
  httpBench,
  auditBench,
  instanceBench,
  importBench,
  memoryBench,
]
const deep = Number(values.deep ?? (values.quick ? 100_000 : 5_000_000))
/** A memory is filled by imports: how fast belongs to it. */
const prefixes = values.only === 'memory' ? ['memory', 'import.rate'] : [values.only]
const wanted = (metric: string) => prefixes.some((only) => metric.startsWith(only) || only.startsWith(metric))

const rows: Row[] = []
for (const bench of benches.filter(({ metrics }) => metrics.some(wanted))) {
  const measured = await bench.run({
    quick: values.quick,
    deep,
    wanted,
    locomo: values.locomo === '' ? undefined : values.locomo,
    say: (text) => console.error(`  ${text}`),
  })
  rows.push(...measured.filter(({ metric }) => prefixes.some((only) => metric.startsWith(only))))
}
console.log(`\n${table(rows)}`)
if (values.json !== undefined) {
  await writeFile(
    values.json,
    `${JSON.stringify(
      rows.map(({ metric, value, unit, peer, ratio }) => ({ metric, value, unit, peer, ratio })),
      null,
      2,
    )}\n`,
  )
}
