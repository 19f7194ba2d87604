/** Loads what claims have to be held against: the account's memories that say the same or otherwise, and what it wants forgotten. */
import type { Claim } from '../events/memories.ts'
import { marksAmong, memoriesLike, saidBetween } from '../projections/read/memories.ts'
import type { Db } from '../projections/read/query.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import { Known, knownMemory } from './known.ts'
import { claimMark, quoteMark } from './marks.ts'
import { type Key, meaningOf } from './rules/meanings.ts'

export type Held = { readonly claim: Claim; readonly quotes: readonly string[]; readonly key: Key | null }

export async function knownFor(db: Db, cipher: RowCipher, accountId: string, held: readonly Held[]): Promise<Known> {
  const claims = held.flatMap(({ claim, key }) => [claim, ...endedBy(claim, key)])
  const marks = held.flatMap(({ claim, quotes }) => [
    claimMark(cipher, accountId, claim),
    ...quotes.map((quote) => quoteMark(cipher, accountId, quote)),
  ])
  const [rows, forgotten] = await Promise.all([memoriesLike(db, cipher, accountId, claims), marksAmong(db, accountId, marks)])
  const said = await saidBetween(
    db,
    rows.map(({ id }) => id),
  )
  return new Known(
    rows.map((row) => knownMemory(row, said.get(row.id))),
    forgotten,
  )
}

function endedBy(claim: Claim, key: Key | null): Claim[] {
  const { ends } = key === null ? { ends: undefined } : meaningOf(key)
  return ends === undefined ? [] : [{ ...claim, predicate: ends }]
}
