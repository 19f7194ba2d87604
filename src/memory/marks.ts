/** What stays of a memory that was forgotten: keyed hashes of its claim and of the words it rested on, so that it is not learnt again. Pure. */
import { type Sayings, sameAs } from '../events/claims.ts'
import type { RowCipher } from '../projections/row-cipher.ts'

/** As many as an event may hold. */
const MOST = 100

const mark = (cipher: RowCipher, ...parts: readonly string[]): string => Buffer.from(cipher.blind('mark', ...parts), 'base64url').toString('hex')
const plain = (quote: string): string =>
  quote
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()

export const claimMark = (cipher: RowCipher, accountId: string, claim: Sayings): string => mark(cipher, 'claim', accountId, ...sameAs(claim))
export const quoteMark = (cipher: RowCipher, accountId: string, quote: string): string => mark(cipher, 'quote', accountId, plain(quote))

/** Marks of a memory, in hex. */
export function marksOf(
  cipher: RowCipher,
  accountId: string,
  memory: Sayings & { readonly evidence: readonly { readonly quote: string }[] },
): readonly string[] {
  const quotes = memory.evidence.map(({ quote }) => quoteMark(cipher, accountId, quote))
  return [...new Set([claimMark(cipher, accountId, memory), ...quotes])].slice(0, MOST)
}
