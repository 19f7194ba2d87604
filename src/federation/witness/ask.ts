/**
 * Asking one witness: for its cosignature of a checkpoint of ours, or for the largest it has.
 *
 * @see https://c2sp.org/tlog-witness
 */
import { type Fetch, FetchFault } from '../../host/fetch.ts'
import type { Claim } from '../../ledger/guard.ts'
import type { Checkpoint } from '../../ledger/store.ts'
import { NoteError, type NoteSignature } from '../../ledger/tlog/note.ts'
import type { PolicyWitness } from '../../ledger/tlog/policy.ts'
import { formatAddCheckpoint, monitorPath, openAnswer, parseSizeBody } from '../../ledger/tlog/witness.ts'
import type { Hash } from '../../ledger/types.ts'

/** A witness that can be asked. */
export type ReachableWitness = PolicyWitness & { readonly url: string }

export type Ask = {
  readonly fetch: Pick<Fetch, 'request'>
  /** That the tree of `from` is a prefix of that of `to`; 0 < from ≤ to. */
  readonly consistencyProof: (from: number, to: number) => Promise<readonly Hash[]>
  readonly signal?: AbortSignal
}

export type Cosigning =
  | { readonly is: 'cosigned'; readonly signatures: readonly NoteSignature[] }
  /** The witness says that it has cosigned a tree of this size, larger than the checkpoint. */
  | { readonly is: 'ahead'; readonly size: number }
  /** The witness does not find that the checkpoint goes on from what it has cosigned. */
  | { readonly is: 'contradicted' }
  | { readonly is: 'failed'; readonly reason: string }

const TIMEOUT_MS = 10_000
const MAX_ANSWER = 128 * 1024
const MAX_NOTE = 256 * 1024
/** First with the size we believe, then with the one it names; once more if another request of ours was in between. */
const TRIES = 3

/**
 * What the witness says to a checkpoint of ours. Never throws for what it says or fails to say.
 *
 * @param knownSize  what it cosigned last, as far as we know; 0 when we do not
 */
export async function askToCosign(witness: ReachableWitness, { size, note }: Checkpoint, knownSize: number, ask: Ask): Promise<Cosigning> {
  try {
    let oldSize = Math.min(knownSize, size)
    for (let tries = 1; tries <= TRIES; tries++) {
      const proof = oldSize === 0 ? [] : await ask.consistencyProof(oldSize, size)
      const answer = await post(witness, formatAddCheckpoint({ oldSize, proof, note }), ask)
      if (answer.status === 200) return { is: 'cosigned', signatures: openAnswer(note, answer.text, [witness.verifier]) }
      if (answer.status === 422) return { is: 'contradicted' }
      const theirs = answer.status === 409 ? parseSizeBody(answer.text) : null
      if (theirs === null) return { is: 'failed', reason: `it answered ${answer.status}: ${firstLine(answer.text)}` }
      if (theirs > size) return { is: 'ahead', size: theirs }
      oldSize = theirs
    }
    return { is: 'failed', reason: 'it keeps changing its mind about the last size' }
  } catch (error) {
    return { is: 'failed', reason: reasonOf(error) }
  }
}

/** The newest checkpoint of `origin` that the witness shows to monitors; null when it shows none. @throws {FetchFault} when it does not answer */
export async function askForNewest(
  witness: ReachableWitness,
  origin: string,
  { fetch, signal }: Pick<Ask, 'fetch' | 'signal'>,
): Promise<Claim | null> {
  const { status, body } = await fetch.request(urlBelow(witness.url, monitorPath(origin)), {
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_NOTE,
    ...(signal === undefined ? {} : { signal }),
  })
  if (status === 404 || status === 405 || status === 501) return null
  if (status !== 200) throw new FetchFault('RETRY_LATER', `it answered ${status}`)
  return { by: `the witness ${witness.name}`, note: Buffer.from(body).toString() }
}

async function post({ url }: ReachableWitness, body: string, { fetch, signal }: Ask): Promise<{ readonly status: number; readonly text: string }> {
  const answer = await fetch.request(urlBelow(url, 'add-checkpoint'), {
    method: 'POST',
    headers: () => ({ 'content-type': 'text/plain; charset=utf-8' }),
    body: Buffer.from(body),
    timeoutMs: TIMEOUT_MS,
    maxBytes: MAX_ANSWER,
    ...(signal === undefined ? {} : { signal }),
  })
  return { status: answer.status, text: Buffer.from(answer.body).toString() }
}

const urlBelow = (prefix: string, path: string): string => `${prefix.replace(/\/+$/, '')}/${path}`

/** Attacker-controlled text, for a log line. */
const firstLine = (text: string): string => JSON.stringify(text.split('\n', 1)[0]?.slice(0, 200) ?? '')

function reasonOf(error: unknown): string {
  if (error instanceof FetchFault) return `it does not answer: ${error.message}`
  if (error instanceof NoteError) return `its answer is no cosignature: ${error.message}`
  throw error
}
