/** An append on its way: what its caller is owed, and the forms it takes as the database, readers and the caller see it. Pure but for signing. */
import { sign } from 'node:crypto'
import type { Admitted, Candidate } from './admission.ts'
import { signingInput } from './commit.ts'
import type { BatchEntry } from './store.ts'
import type { Hash, LedgerCommit, Receipt } from './types.ts'

/** An append that waits for its answer. Answering twice is harmless: the first answer stands. */
export type Waiting = Candidate & {
  /** About what it costs to keep in memory and to store. */
  readonly bytes: number
  readonly acknowledge: (receipt: Receipt) => void
  readonly refuse: (reason: unknown) => void
}

/** An append that was handed to the database, or is about to be. */
export type InFlight = { readonly waiting: Waiting; readonly admitted: Admitted; readonly signed: Promise<Uint8Array> }

/** Signs on libuv's thread pool: by several cores, while the next draft of the batch is admitted on this thread. */
export function begin(waiting: Waiting, admitted: Admitted): InFlight {
  return { waiting, admitted, signed: signature(admitted) }
}

function signature({ bytes, signer }: Admitted): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    sign(null, signingInput(bytes), signer.privateKey, (error, signature) => (error === null ? resolve(signature) : reject(error)))
  })
}

/** The rows it becomes. */
export function entryOf({ waiting, admitted }: InFlight, signature: Uint8Array): BatchEntry {
  const { draft, sealed, digest } = waiting
  return { ...admitted, key: admitted.signer.key, signature, events: draft.events, parts: sealed.parts, digest }
}

/** What readers see of it: the same as reading it back, without opening it again. */
export function committed({ waiting: { draft }, admitted }: InFlight, leafHash: Hash): LedgerCommit {
  const { position, id, time, counter, revisions, signer } = admitted
  const events = draft.events.map(({ type, schema, stream, parts }, index) => {
    const opened = parts.map(({ codec, bytes }) => ({ codec, bytes, erased: false }) as const)
    return { position, index, type, schema, stream, revision: revisions[index] ?? 0, parts: opened }
  })
  return { position, id, leafHash, lane: draft.lane, actor: signer.actor, key: signer.key, time, counter, events }
}

export function receiptOf({ position, id, time }: Pick<Admitted, 'position' | 'id' | 'time'>, repeated: boolean): Receipt {
  return { position, id, time, repeated }
}
