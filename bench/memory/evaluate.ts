/** Questions of a LoCoMo-shaped file, asked of real vaults: imported as files, recorded in the ledger, found by retrieval. */
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { startMemoryPipeline } from '../../src/memory/pipeline.ts'
import { memoryStatistics } from '../../src/projections/read/memories.ts'
import { messagesFrom } from '../../src/projections/read/messages.ts'
import { archiveOf, charactersOf, type Sample } from './locomo.ts'
import { type Outcome, outcomeOf } from './recall.ts'
import { type VaultPlace, withVault } from './vault-place.ts'

/** Turns that are asked for: enough for the largest budget. */
const DEEPEST = 200
const PAGE = 1_000

export type Evaluation = {
  readonly outcomes: readonly Outcome[]
  readonly messages: number
  readonly memories: number
  readonly importSeconds: number
}

/** @param samples  each becomes a vault of its own, each of its sessions a conversation */
export function evaluate(samples: readonly Sample[], say: (text: string) => void): Promise<Evaluation> {
  return withVault(async (place) => {
    const { ledger, vault } = place.instance
    const pipeline = await startMemoryPipeline({ ...place.instance, cipher: vault.cipher })
    const outcomes: Outcome[] = []
    let [messages, memories, importSeconds] = [0, 0, 0]
    for (const [n, sample] of samples.entries()) {
      const accountId = await place.createAccount(`sample${n}`)
      const began = performance.now()
      messages += await importSample(place, accountId, sample)
      importSeconds += (performance.now() - began) / 1_000
      if (!(await pipeline.caughtUp(ledger.head().size - 1))) throw new Error(`${sample.id}: not everything was learnt from`)
      memories += (await memoryStatistics(place.instance.pool, accountId)).total
      outcomes.push(...(await askAll(place, accountId, sample)))
      say(`${sample.id}: ${sample.sessions.length} conversations, ${sample.questions.length} questions`)
    }
    await pipeline.close()
    return { outcomes, messages, memories, importSeconds }
  })
}

/** @throws {Error} when not all of it was imported: what is not there cannot be found */
async function importSample({ dir, instance }: VaultPlace, accountId: string, sample: Sample): Promise<number> {
  const file = path.join(dir, `${accountId}.jsonl`)
  await writeFile(file, archiveOf(sample))
  const { imports } = instance.vault
  const report = await imports.finished(await imports.start({ accountId, name: `${sample.id}.jsonl`, via: 'command', file }))
  const turns = sample.sessions.reduce((sum, session) => sum + session.turns.length, 0)
  if (report.imported.messages !== turns)
    throw new Error(`${sample.id}: ${report.imported.messages} of ${turns} turns were imported: ${JSON.stringify(report.skipped)}`)
  return turns
}

async function askAll(place: VaultPlace, accountId: string, sample: Sample): Promise<readonly Outcome[]> {
  const turnOf = await turnsByMessage(place, accountId)
  const characters = new Map(sample.sessions.flatMap(({ turns }) => turns.map((turn) => [turn.id, charactersOf(turn)] as const)))
  const { retrieval } = place.instance.vault
  await retrieval.search(accountId, { text: 'hello', limit: 1 })
  await retrieval.upTo(place.instance.ledger.head().size - 1)
  const outcomes: Outcome[] = []
  for (const { question, category, evidence } of sample.questions) {
    const { hits, tookMs } = await retrieval.search(accountId, { text: question, limit: DEEPEST, kinds: ['message'] })
    const found = hits.map(({ id }) => turnOf.get(id) ?? '')
    outcomes.push(outcomeOf({ sample: sample.id, question, category, evidence, tookMs }, found, (id) => characters.get(id) ?? 0))
  }
  return outcomes
}

/** What the file calls the messages of the vault. */
async function turnsByMessage({ instance: { pool, vault } }: VaultPlace, accountId: string): Promise<ReadonlyMap<string, string>> {
  const names = new Map<string, string>()
  for (let after: readonly [number, number] = [0, -1]; ; ) {
    const page = await messagesFrom(pool, vault.cipher, { accountId, after, limit: PAGE })
    for (const { id, source } of page) names.set(id, source?.nativeId ?? '')
    const last = page.at(-1)
    if (last === undefined || page.length < PAGE) return names
    after = [last.position, last.index]
  }
}
