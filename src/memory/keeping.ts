/**
 * Memories that come and go by somebody's word: a person writes one down, an assistant proposes one, another provider's memories are brought along,
 * one is corrected, resolved, forgotten. Requests come out; whoever asks executes them, in order.
 *
 * People decide in their own name. What assistants say is a candidate, signed by the instance, until its owner confirms it.
 */
import type pg from 'pg'
import { idOf } from '../events/identifiers.ts'
import type { Claim, Evidence, Memory } from '../events/memories.ts'
import type { Execute, MemoryCommand, Request } from '../handlers/commands.ts'
import type { MemoryRow } from '../projections/read/memories.ts'
import { memories, memoriesByIds, memoryById } from '../projections/read/memories.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import { claimOf } from './claim-of.ts'
import { consolidation } from './consolidate.ts'
import { knownFor } from './hold.ts'
import { marksOf } from './marks.ts'
import { BASE_IMPORTANCE } from './types.ts'

export type KeepingDeps = {
  readonly pool: pg.Pool
  readonly cipher: RowCipher
  readonly execute: Execute
  readonly newId: () => string
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** What somebody wants kept. `claim`: what of it they say themselves; the rest is read from the text. */
export type Word = { readonly text: string; readonly claim?: Partial<Claim>; readonly evidence?: readonly Evidence[] }

/** `quote`: as the assistant heard it. `evidence`: where it stands, when it does. */
export type Proposal = {
  readonly text: string
  readonly quote: string | null
  readonly confirmed: boolean
  readonly assistant: string
  readonly evidence?: readonly Evidence[]
}

/** A memory of another provider. */
export type Brought = {
  readonly nativeId: string | null
  readonly text: string
  readonly createdAt: { readonly value: string | null }
  readonly scope: string | null
}

export type Keeping = {
  /** What a person writes down, believed at once. What it contradicts is superseded: they know best. */
  remember(accountId: string, word: Word): Promise<{ readonly id: string; readonly requests: readonly Request[] }>
  /** What an assistant proposes; `confirmed`: its owner said yes to exactly this. */
  propose(accountId: string, proposal: Proposal): Promise<{ readonly id: string; readonly requests: readonly Request[] }>
  /** For good: it is not learnt again from the same words, nor any that say the same. */
  forget(memory: MemoryRow): Promise<readonly Request[]>
  /** In its owner's words. */
  correct(memory: MemoryRow, text: string, claim?: Partial<Claim>): Promise<readonly Request[]>
  /** `holds`: the first is right, and takes the other's place. `both`: each in its way. */
  resolve(memory: MemoryRow, otherId: string, as: 'holds' | 'both'): Promise<readonly Request[]>
  /** Lists together what belongs together, signed by the instance; nothing when nothing has changed since. */
  consolidate(accountId: string): Promise<{ readonly requests: readonly Request[]; readonly rollups: number; readonly relations: number }>
  /** Candidates, for `Imports`. What was forgotten does not come back. */
  recordImported(of: {
    readonly accountId: string
    readonly importId: string | null
    readonly provider: string
    readonly memories: readonly Brought[]
  }): Promise<{ readonly imported: number; readonly unchanged: number }>
}

/** Memories of one request: each is an event. */
const TOGETHER = 200

export function createKeeping(deps: KeepingDeps): Keeping {
  const { pool, cipher, newId } = deps
  const at = () => new Date(deps.now()).toISOString()

  return {
    async remember(accountId, { text, claim, evidence = [] }) {
      const said = at()
      const id = newId()
      const full = { ...claimOf(text, said), ...claim }
      const data = memoryOf({ id, accountId, claim: full, evidence, at: said, by: { engine: 'person', by: 'person' }, status: 'active' })
      const over = await contradicted(accountId, full, id, said)
      return { id, requests: [inTheirName(accountId, [{ do: 'RecordMemory', data }, ...over])] }
    },

    async propose(accountId, { text, quote, confirmed, assistant, evidence = [] }) {
      const said = at()
      const claim = claimOf(text, said)
      const id = idOf('memory', accountId, 'proposed', claim.text, quote ?? '', said)
      const data = memoryOf({
        id,
        accountId,
        claim,
        evidence,
        at: said,
        by: { engine: 'assistant', by: assistant.slice(0, 200) || 'assistant' },
        status: 'candidate',
      })
      const recorded = inOurName([{ do: 'RecordMemory', data }])
      if (!confirmed) return { id, requests: [recorded] }
      const over = await contradicted(accountId, claim, id, said)
      return { id, requests: [recorded, inTheirName(accountId, [{ do: 'ConfirmMemory', data: { id, accountId, at: said } }, ...over])] }
    },

    async forget(memory) {
      const { id, accountId } = memory
      const alone = memory.disputedWith.map(
        (other): MemoryCommand => ({ do: 'ResolveMemory', data: { id: other, accountId, with: id, as: 'holds', at: at() } }),
      )
      const marks = marksOf(cipher, accountId, memory)
      return [inTheirName(accountId, [...alone, { do: 'ForgetMemory', data: { id, accountId, marks, at: at() } }])]
    },

    async correct(memory, text, claim = {}) {
      const { id, accountId } = memory
      const said = at()
      const read = claimOf(text, said)
      const full = { ...read, type: memory.type === read.type || read.predicate === 'says' ? memory.type : read.type, ...claim, text }
      const over = await contradicted(accountId, full, id, said)
      return [inTheirName(accountId, [{ do: 'CorrectMemory', data: { id, accountId, claim: full, at: said } }, ...over])]
    },

    async resolve({ id, accountId, validFrom }, otherId, as) {
      const said = at()
      const mine: MemoryCommand = { do: 'ResolveMemory', data: { id, accountId, with: otherId, as, at: said } }
      const theirs: MemoryCommand =
        as === 'both'
          ? { do: 'ResolveMemory', data: { id: otherId, accountId, with: id, as, at: said } }
          : { do: 'SupersedeMemory', data: { id: otherId, accountId, by: id, validTo: validFrom ?? said.slice(0, 10), at: said } }
      const other = await memoryById(pool, cipher, accountId, otherId)
      return [inTheirName(accountId, other === null ? [mine] : [mine, theirs])]
    },

    async consolidate(accountId) {
      const { commands, rollups, relations } = consolidation(await everything(pool, cipher, accountId))
      const requests = Array.from({ length: Math.ceil(commands.length / TOGETHER) }, (_, n) =>
        inOurName(commands.slice(n * TOGETHER, (n + 1) * TOGETHER)),
      )
      return { requests, rollups, relations }
    },

    async recordImported({ accountId, provider, memories: brought }) {
      const commands = new Map<string, MemoryCommand>()
      const said = at()
      const claims = brought.map(({ text, createdAt }) => claimOf(text, createdAt.value))
      const known = await knownFor(
        pool,
        cipher,
        accountId,
        claims.map((claim) => ({ claim, quotes: [claim.text], key: null })),
      )
      for (const [n, { nativeId, createdAt, scope }] of brought.entries()) {
        const claim = claims[n]
        if (claim === undefined || claim.text === '' || known.isForgotten(marksOf(cipher, accountId, { ...claim, evidence: [] })[0] ?? '')) continue
        const id = idOf('memory', accountId, 'import', provider, nativeId ?? claim.text)
        const tagged = scope === null ? claim : { ...claim, tags: [scope.slice(0, 200)] }
        const memory = memoryOf({ id, accountId, claim: tagged, evidence: [], at: said, by: { engine: 'import', by: provider }, status: 'candidate' })
        commands.set(id, { do: 'RecordMemory', data: { ...memory, observedAt: createdAt.value } })
      }
      const here = await memoriesByIds(pool, cipher, accountId, [...commands.keys()])
      const fresh = [...commands].filter(([id]) => !here.has(id)).map(([, command]) => command)
      const imported = await recordAll(fresh)
      return { imported, unchanged: brought.length - imported }
    },
  }

  /** What a person's own word takes the place of. */
  async function contradicted(accountId: string, claim: Claim, by: string, said: string): Promise<MemoryCommand[]> {
    const known = await knownFor(pool, cipher, accountId, [{ claim, quotes: [], key: null }])
    const rivals = known
      .rivals(claim)
      .filter(({ id, status }) => id !== by && (status === 'active' || status === 'disputed' || status === 'candidate'))
    const validTo = claim.validFrom ?? said.slice(0, 10)
    return rivals.map(({ id }) => ({ do: 'SupersedeMemory', data: { id, accountId, by, validTo, at: said } }))
  }

  /** @returns how many were recorded; one that is refused keeps none of the others back */
  async function recordAll(commands: readonly MemoryCommand[]): Promise<number> {
    let recorded = 0
    for (let from = 0; from < commands.length; from += TOGETHER) {
      const some = commands.slice(from, from + TOGETHER)
      if ((await deps.execute(inOurName(some))).ok) recorded += some.length
      else for (const one of some) if ((await deps.execute(inOurName([one]))).ok) recorded++
    }
    return recorded
  }
}

const inTheirName = (accountId: string, commands: readonly MemoryCommand[]): Request => ({ by: { account: accountId }, lane: 'private', commands })
const inOurName = (commands: readonly MemoryCommand[]): Request => ({ by: 'instance', lane: 'private', commands })

/** An account's memories, as far as anybody consolidates: the newest 20,000. */
async function everything(pool: pg.Pool, cipher: RowCipher, accountId: string): Promise<MemoryRow[]> {
  const rows: MemoryRow[] = []
  for (let cursor: string | undefined; rows.length < 20_000; cursor = rows.at(-1)?.cursor) {
    const page = await memories(pool, cipher, accountId, { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) })
    rows.push(...page)
    if (page.length < 1_000) break
  }
  return rows.reverse()
}

type Recording = {
  readonly id: string
  readonly accountId: string
  readonly claim: Claim
  readonly evidence: readonly Evidence[]
  readonly at: string
  readonly by: { readonly engine: 'person' | 'assistant' | 'import'; readonly by: string }
  readonly status: 'active' | 'candidate'
}

/** How sure somebody's word is. */
const SURE = { person: 1, assistant: 0.5, import: 0.6 } as const

function memoryOf({ id, accountId, claim, evidence, at, by, status }: Recording): Memory {
  const derivation = { ...by, model: null, prompt: null, output: null }
  const importance = BASE_IMPORTANCE[claim.type]
  return {
    id,
    accountId,
    ...claim,
    status,
    confidence: SURE[by.engine],
    importance,
    sensitive: false,
    observedAt: at,
    evidence,
    derivation,
    members: [],
    at,
  }
}
