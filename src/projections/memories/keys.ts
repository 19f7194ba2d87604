/** How sealed rows of memories are looked up: blinded names, the same for writing and reading. Pure. */
import { type Sayings, sameAs, slotOf } from '../../events/claims.ts'
import type { RowCipher } from '../row-cipher.ts'

export const categoryKey = (cipher: RowCipher, accountId: string, category: string): string => cipher.blind('memory category', accountId, category)
export const subjectKey = (cipher: RowCipher, accountId: string, subject: string): string => cipher.blind('memory subject', accountId, subject)
export const tagKey = (cipher: RowCipher, accountId: string, tag: string): string => cipher.blind('memory tag', accountId, tag)
/** Alike for claims that say the same. */
export const sameKey = (cipher: RowCipher, accountId: string, claim: Sayings): string => cipher.blind('memory same', accountId, ...sameAs(claim))
/** Alike for claims that cannot both be true, or that say the same; null when a claim contradicts nothing. */
export function slotKey(cipher: RowCipher, accountId: string, claim: Sayings): string | null {
  const slot = slotOf(claim)
  return slot === null ? null : cipher.blind('memory slot', accountId, ...slot.slot)
}
/** Alike for spans of the same words, wherever they stand. */
export const hashKey = (cipher: RowCipher, accountId: string, hash: string): string => cipher.blind('acu', accountId, hash)
