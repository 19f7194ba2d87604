/**
 * `npm run eval:memory -- --locomo FILE [--json OUT]`: how much of the evidence for questions about long conversations is found, without a model.
 *
 * FILE has LoCoMo's shape; it is read where it lies. Every sample becomes a vault of its own in an instance of its own: imported as files, signed
 * into the ledger, answered by retrieval. OUT gets the means and, question by question, which turns were found at which rank.
 *
 * Tokens are estimated as characters / 4.5 + 14 for each turn.
 */
import { hash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { evaluate } from './memory/evaluate.ts'
import { parseLocomo } from './memory/locomo.ts'
import { BUDGETS, DEPTHS, isAnswerable, type Outcome, type Summary, summaryOf } from './memory/recall.ts'
import { percentile } from './rows.ts'

const { values } = parseArgs({ options: { locomo: { type: 'string' }, json: { type: 'string' } } })
if (values.locomo === undefined) {
  console.error('usage: npm run eval:memory -- --locomo FILE [--json OUT]')
  process.exit(2)
}
const bytes = await readFile(values.locomo)
const samples = parseLocomo(bytes.toString())
const { outcomes, messages, memories, importSeconds } = await evaluate(samples, (text) => console.error(`  ${text}`))

const groups: readonly (readonly [name: string, outcomes: readonly Outcome[]])[] = [
  ['categories 1-4', outcomes.filter(isAnswerable)],
  ...[1, 2, 3, 4, 5].map((category) => [`category ${category}`, outcomes.filter((outcome) => outcome.category === category)] as const),
  ['all', outcomes],
  ...samples.map(({ id }) => [`${id}, 1-4`, outcomes.filter((outcome) => outcome.sample === id && isAnswerable(outcome))] as const),
]
const summaries = groups.filter(([, some]) => some.length > 0).map(([name, some]) => [name, summaryOf(some)] as const)
const took = outcomes.map(({ tookMs }) => tookMs)

const line = (name: string, { questions, recall, budget }: Summary) =>
  [
    name.padEnd(16),
    String(questions).padStart(5),
    ...DEPTHS.map((depth) => (recall[depth] ?? 0).toFixed(1).padStart(6)),
    '  ',
    ...BUDGETS.map((tokens) => (budget[tokens] ?? 0).toFixed(1).padStart(6)),
  ].join(' ')
console.log(`${' '.repeat(17)}  asked   R@${DEPTHS.join('   R@')}      ${BUDGETS.map((tokens) => String(tokens).padStart(6)).join(' ')} tokens`)
for (const [name, summary] of summaries) console.log(line(name, summary))
console.log(
  `${messages.toLocaleString('en')} messages imported in ${importSeconds.toFixed(1)} s, ${memories.toLocaleString('en')} memories learnt; a question takes ${percentile(took, 0.5).toFixed(1)} ms, 95 in a hundred at most ${percentile(took, 0.95).toFixed(1)} ms (200 hits, opened)`,
)

if (values.json !== undefined) {
  const unanswerable = samples.reduce((sum, sample) => sum + sample.unanswerable, 0)
  const result = {
    file: { sha256: hash('sha256', bytes), samples: samples.length, messages, memories, withoutEvidence: unanswerable },
    estimate: 'tokens = characters / 4.5 + 14 per turn',
    groups: Object.fromEntries(summaries),
    milliseconds: { p50: percentile(took, 0.5), p95: percentile(took, 0.95) },
    questions: outcomes,
  }
  await writeFile(values.json, `${JSON.stringify(result, null, 2)}\n`)
}
