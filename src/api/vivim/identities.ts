/** Which actor of the log an account of this instance is. It never changes, so it is looked up once. */
import { LRUCache } from 'lru-cache'
import type { Ledger } from '../../ledger/ledger.ts'
import type { Hash } from '../../ledger/types.ts'
import { notFound } from '../errors.ts'

/** SHA-256 of the genesis key operation of a local account. */
export type ActorOf = (accountId: string) => Promise<Hash>

export function createActorOf(ledger: Pick<Ledger, 'actorOf'>): ActorOf {
  const known = new LRUCache<string, Hash>({ max: 10_000 })
  return async (accountId) => {
    const actor = known.get(accountId) ?? (await ledger.actorOf(`account/${accountId}`))
    if (actor === null) throw notFound('This account has no keys')
    known.set(accountId, actor)
    return actor
  }
}
