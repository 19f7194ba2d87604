/**
 * Appending an accepted request, ordinary or founding. A founding command (`SetUpInstance`, `CreateAccount`) makes the key that signs it:
 * its first commit carries the key's genesis and is public.
 *
 * A new account's credential may not be public, so it goes into a commit of the instance BEFORE the identity. A crash in between leaves a credential
 * that names no account: nobody can sign in with it, the username is still free, and the same request simply continues (its decider sees the credential).
 */
import type { CommitDraft, EventDraft, LedgerEvent, Receipt } from '../ledger/types.ts'
import type { Command, Request } from './commands.ts'

/** What the write path needs of the ledger; `Ledger` satisfies it. */
export type WriteLedger = {
  append(draft: CommitDraft): Promise<Receipt>
  /** Events of a stream, oldest first: all of them or, given `last`, at least that many of the newest. */
  readStream(stream: string, last?: number): Promise<readonly LedgerEvent[]>
  revision(stream: string): Promise<number | null>
  /** Called again before the first commit landed, it gives the same key and the same genesis. */
  createIdentity(signer: string): Promise<{ readonly genesis: EventDraft }>
  /** True when the genesis of this signer is in the log. */
  hasSigner(signer: string): Promise<boolean>
  /** True when this instance may sign for it: false once its owner has taken its keys. */
  signsFor(signer: string): Promise<boolean>
  streamName(kind: string, key: string): string
}

/** An accepted request, ready to append. `founding`: the signer to create, or null. */
export type Accepted = Required<Pick<CommitDraft, 'lane' | 'events' | 'expected'>> & { readonly request: Request; readonly founding: string | null }

/**
 * The signer that a founding request creates; null for every other request.
 *
 * @throws {TypeError} when a founding command has company: it is a commit with a signer of its own
 */
export function foundingSigner(commands: readonly Command[]): string | null {
  const founder = commands.find((command) => command.do === 'SetUpInstance' || command.do === 'CreateAccount')
  if (founder === undefined) return null
  if (commands.length > 1) throw new TypeError(`${founder.do} must be the only command of its request`)
  return founder.do === 'SetUpInstance' ? 'instance' : signerOf({ account: founder.data.id })
}

const signerOf = (by: Request['by']): string => (by === 'instance' ? 'instance' : `account/${by.account}`)

/** @throws {LedgerFault} WRONG_REVISION when a stream is not as expected; nothing of this commit was recorded then */
export async function append(ledger: WriteLedger, { request, founding, lane, events, expected }: Accepted): Promise<Receipt> {
  const key = request.idempotencyKey === undefined ? {} : { idempotencyKey: request.idempotencyKey }
  if (founding === null) return ledger.append({ signer: signerOf(request.by), lane, events, expected, ...key })
  const secret = events.filter(isSecret)
  const secretStreams = new Set(secret.map(({ stream }) => stream))
  if (secret.length > 0) {
    await ledger.append({ signer: 'instance', lane: 'private', events: secret, expected: expected.filter(([stream]) => secretStreams.has(stream)) })
  }
  const { genesis } = await ledger.createIdentity(founding)
  const rest = expected.filter(([stream]) => !secretStreams.has(stream))
  return ledger.append({ signer: founding, lane: 'public', events: [genesis, ...events.filter((event) => !isSecret(event))], expected: rest, ...key })
}

const isSecret = ({ type }: EventDraft): boolean => type === 'identity:credential'
