/**
 * Finding things again in a vault: how much of the evidence, how fast among a hundred thousand messages, how soon after a start, in how much memory.
 *
 * With a file of LoCoMo's shape, the shares of evidence are those of its questions in categories 1 to 4; without, of riddles in an invented corpus,
 * which say that retrieval works and not how well: the peer column names which.
 */
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { tokensOf } from '../src/memory/retrieval/budget.ts'
import { messagesByIds } from '../src/projections/read/messages.ts'
import { Corpus, type Riddle } from './memory/corpus.ts'
import { evaluate } from './memory/evaluate.ts'
import { parseLocomo } from './memory/locomo.ts'
import { isAnswerable, summaryOf } from './memory/recall.ts'
import { type VaultPlace, withVault } from './memory/vault-place.ts'
import { type Bench, type BenchOptions, percentile, type Row } from './rows.ts'

export const memoryBench: Bench = {
  metrics: ['memory.recall10', 'memory.budget1500', 'memory.query.p95', 'memory.index.rebuild', 'memory.index.rss'],
  async run(options) {
    const speed = await withVault((place) => speedRows(place, options))
    return [...(options.locomo === undefined ? [] : await evidenceRows(options.locomo, options.say)), ...speed]
  },
}

const MEGABYTE = 1e6
const WARM = 20
const RIDDLES = 400
const BUDGET = 1_500

async function evidenceRows(file: string, say: (text: string) => void): Promise<readonly Row[]> {
  const samples = parseLocomo(await readFile(file, 'utf8'))
  const { outcomes } = await evaluate(samples, say)
  const { recall, budget } = summaryOf(outcomes.filter(isAnswerable))
  return shares({ recall10: recall['10'] ?? 0, budget1500: budget['1500'] ?? 0 }, path.basename(file))
}

const shares = ({ recall10, budget1500 }: { readonly recall10: number; readonly budget1500: number }, peer: string): readonly Row[] => [
  { metric: 'memory.recall10', value: recall10, unit: '%', target: { atLeast: 76 }, peer },
  { metric: 'memory.budget1500', value: budget1500, unit: '%', target: { atLeast: 84 }, peer },
]

async function speedRows(place: VaultPlace, { quick, locomo, say }: BenchOptions): Promise<readonly Row[]> {
  const messages = quick ? 10_000 : 100_000
  const accountId = await place.createAccount('bench')
  const riddles = await fill(place, accountId, messages, say)
  const before = process.memoryUsage().rss
  const began = performance.now()
  const { retrieval } = place.instance.vault
  await retrieval.rebuild(accountId)
  const seconds = (performance.now() - began) / 1_000
  await retrieval.upTo(place.instance.ledger.head().size - 1)
  const status = await retrieval.status(accountId)
  if (status.messages !== messages) throw new Error(`${status.messages} of ${messages} messages are in the index`)
  const found = await solve(place, accountId, riddles)
  const rss = process.memoryUsage().rss - before
  say(`memory: ${status.terms.toLocaleString('en')} terms, ${Math.round(status.bytes / MEGABYTE)} MB by its own count`)
  return [
    ...(locomo === undefined ? shares(found, 'an invented corpus') : []),
    { metric: 'memory.query.p95', value: percentile(found.took, 0.95), unit: 'ms', target: { atMost: 10 } },
    { metric: 'memory.index.rebuild', value: seconds, unit: 's', target: { atMost: 20 } },
    { metric: 'memory.index.rss', value: rss / MEGABYTE, unit: 'MB', target: { atMost: 400 } },
  ]
}

/** Imports an invented vault of so many messages, as a file. */
async function fill({ dir, instance }: VaultPlace, accountId: string, messages: number, say: (text: string) => void): Promise<readonly Riddle[]> {
  const corpus = new Corpus()
  const file = path.join(dir, 'corpus.jsonl')
  await pipeline(Readable.from(lines(corpus, messages)), createWriteStream(file))
  const began = performance.now()
  const { imports } = instance.vault
  const report = await imports.finished(await imports.start({ accountId, name: 'corpus.jsonl', via: 'command', file }))
  if (report.imported.messages !== messages) throw new Error(`${report.imported.messages} of ${messages} messages were imported: ${report.summary}`)
  say(`memory: ${messages.toLocaleString('en')} messages imported in ${((performance.now() - began) / 1_000).toFixed(1)} s`)
  return corpus.riddles
}

function* lines(corpus: Corpus, messages: number): Generator<string> {
  for (const { id, title, messages: said } of corpus.talks(messages)) {
    const turns = said.map(({ role, text, at }, n) => ({ id: `${id} ${n}`, role, content: text, created_at: at }))
    yield `${JSON.stringify({ id, title, messages: turns })}\n`
  }
}

type Solved = { readonly recall10: number; readonly budget1500: number; readonly took: readonly number[] }

/** Every other question is a riddle; the others are the beginnings of what was found, as people search for words they remember. */
async function solve({ instance }: VaultPlace, accountId: string, riddles: readonly Riddle[]): Promise<Solved> {
  const { pool, vault } = instance
  const took: number[] = []
  let [asked, among10, inside] = [0, 0, 0]
  const ask = async (text: string) => {
    const began = performance.now()
    const { hits } = await vault.retrieval.search(accountId, { text, limit: 10 })
    took.push(performance.now() - began)
    return hits
  }
  for (const { question } of riddles.slice(0, WARM)) await ask(question)
  took.length = 0
  for (const { question, talk, message } of riddles.slice(0, RIDDLES)) {
    asked += 1
    const hits = await ask(question)
    const opened = await messagesByIds(
      pool,
      vault.cipher,
      accountId,
      hits.map(({ id }) => id),
    )
    const place = hits.findIndex(({ id }) => opened.get(id)?.source?.nativeId === `${talk} ${message}`)
    const texts = hits.map(
      ({ id }) =>
        opened
          .get(id)
          ?.blocks.map((block) => ('text' in block ? (block.text ?? '') : ''))
          .join('\n') ?? '',
    )
    if (place !== -1) among10 += 1
    if (place !== -1 && texts.slice(0, place + 1).reduce((sum, { length }) => sum + tokensOf(length), 0) <= BUDGET) inside += 1
    await ask(texts.at(-1)?.split(' ').slice(0, 9).join(' ') ?? question)
  }
  return { recall10: (100 * among10) / asked, budget1500: (100 * inside) / asked, took }
}
