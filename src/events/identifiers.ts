/** Ids that follow from what they name, so that whoever names it again, on any day, finds the same: 63 bits of a hash, as decimal text. Pure. */
import { hash } from 'node:crypto'

const POSITIVE = 2n ** 63n - 1n

/**
 * @param parts  what tells the thing apart from every other of its kind; the first is the kind
 * @returns      1 … 2^63 - 1. Two of a million things share one with a probability of 5 in 10^8: whoever records under it must compare
 */
export function idOf(...parts: readonly [kind: string, ...rest: string[]]): string {
  const digest = hash('sha256', JSON.stringify(parts), 'buffer')
  return String(digest.readBigUInt64BE(0) & POSITIVE || 1n)
}

/** The conversation of an account that its source knows as `nativeId`. */
export const conversationIdOf = (accountId: string, provider: string, nativeId: string): string => idOf('conversation', accountId, provider, nativeId)
export const messageIdOf = (conversationId: string, nativeId: string): string => idOf('message', conversationId, nativeId)
export const assetIdOf = (accountId: string, sha256: string): string => idOf('asset', accountId, sha256)
/** The span of a message. Rules that cut alike give it the same id, whatever their version. */
export const acuIdOf = (messageId: string, block: number, start: number, end: number): string => idOf('acu', messageId, `${block}:${start}-${end}`)
/** What one rule learns from one place. */
export const memoryIdOf = (accountId: string, rule: string, messageId: string, block: number, start: number): string =>
  idOf('memory', accountId, rule, messageId, `${block}:${start}`)
