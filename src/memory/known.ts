/** What is known of an account's memories while new claims are held against them: loaded once for a batch, then kept level with what is decided. */
import { type Sayings, sameAs, slotOf } from '../events/claims.ts'
import type { Evidence } from '../events/memories.ts'
import type { MemoryRow } from '../projections/read/memories.ts'

/** Of a memory, what decisions depend on. Times: ISO 8601, of the first and last time it was said; null when not known. */
export type KnownMemory = {
  readonly id: string
  readonly claim: Sayings
  status: MemoryRow['status']
  readonly confirmed: boolean
  /** A candidate of the rules is believed when it is said again. */
  readonly isFromRules: boolean
  readonly validFrom: string | null
  saidFrom: string | null
  saidTo: string | null
  supersededBy: string | null
  readonly evidence: Evidence[]
}

const keyOf = (parts: readonly string[]): string => JSON.stringify(parts)

export class Known {
  readonly #byId = new Map<string, KnownMemory>()
  readonly #same = new Map<string, KnownMemory[]>()
  readonly #slots = new Map<string, KnownMemory[]>()
  readonly #marks: ReadonlySet<string>

  constructor(memories: readonly KnownMemory[], marks: ReadonlySet<string>) {
    this.#marks = marks
    for (const memory of memories) this.add(memory)
  }

  add(memory: KnownMemory): void {
    if (this.#byId.has(memory.id)) return
    this.#byId.set(memory.id, memory)
    push(this.#same, keyOf(sameAs(memory.claim)), memory)
    const slot = slotOf(memory.claim)
    if (slot !== null) push(this.#slots, keyOf(slot.slot), memory)
  }

  has = (id: string): boolean => this.#byId.has(id)
  byId = (id: string): KnownMemory | undefined => this.#byId.get(id)
  isForgotten = (mark: string): boolean => this.#marks.has(mark)

  /** Memories that say the same. */
  same = (claim: Sayings): readonly KnownMemory[] => this.#same.get(keyOf(sameAs(claim))) ?? []

  /** Memories that cannot be true beside the claim. */
  rivals(claim: Sayings): readonly KnownMemory[] {
    const slot = slotOf(claim)
    if (slot === null) return []
    return (this.#slots.get(keyOf(slot.slot)) ?? []).filter((memory) => slotOf(memory.claim)?.value !== slot.value)
  }
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key)
  if (list === undefined) map.set(key, [value])
  else list.push(value)
}

/** @param said  when its evidence was said: first and last */
export function knownMemory(row: MemoryRow, said: { readonly from: string | null; readonly to: string | null } | undefined): KnownMemory {
  const { id, subject, predicate, object, status, confirmed, validFrom, supersededBy, evidence, observedAt } = row
  return {
    id,
    claim: { subject, predicate, object },
    status,
    confirmed,
    isFromRules: row.derivation.engine === 'rules',
    validFrom,
    saidFrom: said?.from ?? observedAt,
    saidTo: said?.to ?? observedAt,
    supersededBy,
    evidence: [...evidence],
  }
}
