/**
 * Receipts of single commits, as files that verify offline. How much one discloses depends on who asks:
 *
 *   anybody                 public commits, with the words of posts that are there; of all others the opaque leaf
 *   whoever may read a post the commit that made it, opened
 *   the author              everything of their own commits; of their vault only with the scope for it, and noted as every read of it is
 *   an admitted auditor     every commit opened; payloads only when the operator allowed these, too
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { EventData } from '../../events/catalogue.ts'
import { type CommitHeader, decodeCommit, keyStream } from '../../ledger/commit.ts'
import { leafOf } from '../../ledger/entry.ts'
import { open } from '../../ledger/part.ts'
import { formatReceipt, type KeyEvidence, type ReceiptEntry } from '../../ledger/receipt.ts'
import { type Checkpoint, commitsAt, partRange, positionOf, type StoredCommit } from '../../ledger/store.ts'
import type { Hash, PartOpening } from '../../ledger/types.ts'
import { statusById, visibleTo } from '../../projections/read/statuses.ts'
import type { AccountRow } from '../../projections/rows.ts'
import type { Viewer } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { notFound } from '../errors.ts'
import { allows } from '../oauth/scopes.ts'
import { readerOf as appOf, type NoteDeps, noteAccess } from './access.ts'
import type { ActorOf } from './identities.ts'
import { isOfVault } from './vault-events.ts'

type Deps = Pick<ApiDeps, 'pool' | 'ledger'> & { readonly actorOf: ActorOf }

/** Scopes of auditors, which only the operator hands out. */
export const AUDIT_COMMITS = 'audit:commits'
export const AUDIT_PAYLOADS = 'audit:payloads'

/** Who asks, and what they may. */
export type Reader = {
  readonly account: Pick<AccountRow, 'id'> | null
  readonly scopes: readonly string[]
  /** Called before anything of the vault is disclosed; absent for people on pages of this instance, and for what was sent a moment ago. */
  readonly note?: () => Promise<void>
}

/** Answers {@link receiptAt} for several commits of one request: what they share is read once. */
export type Receipts = {
  /** The text of a `.tlog-proof` file. @param reader  null: nobody in particular. @throws {ApiError} 404 beyond the newest checkpoint */
  receiptAt(position: number, reader: Reader | null): Promise<string>
}

export const readerOf = (viewer: Viewer | null): Reader | null => (viewer === null ? null : { account: viewer.account, scopes: viewer.grant.scopes })

/** @returns receipts, each against the checkpoint that says most of its entry */
export function receiptsNow({ pool, ledger, actorOf }: Deps): Receipts {
  const histories = new Map<string, Promise<KeyEvidence[]>>()
  let latest: Checkpoint | null = null

  return {
    async receiptAt(position, reader) {
      const { size, note } = covering(position)
      const [[stored], { proof }] = await Promise.all([commitsAt(pool, [position]), ledger.inclusionProof(position, size)])
      if (stored === undefined) throw notFound('The log does not reach this far')
      const entry = await entryFor(stored, reader)
      return formatReceipt({ proof: { index: position, hashes: proof, checkpoint: note }, verifierKey: ledger.verifierKey, entry })
    },
  }

  /** Signing one takes a while, so those of one request share it. @throws {ApiError} 404 */
  function covering(position: number): Checkpoint {
    latest = latest !== null && position < latest.size ? latest : ledger.checkpointCovering(position)
    if (latest === null) throw notFound('The log does not reach this far')
    return latest
  }

  async function entryFor(stored: StoredCommit, reader: Reader | null): Promise<ReceiptEntry> {
    const header = decodeCommit(stored.bytes)
    const openings = await disclosed(header, await openingsOf(stored.position), reader)
    if (openings === null) return { is: 'closed', leaf: leafOf(stored) }
    const keys = (await historyOf(header.actor)).filter((evidence) => evidence.position < stored.position)
    const { bytes: commit, signature, blinding: r } = stored
    return { is: 'open', commit, signature, r, keys, openings }
  }

  /** The payloads that this reader may have; null when they may not even have the commit. */
  async function disclosed(header: CommitHeader, all: readonly PartOpening[], reader: Reader | null): Promise<readonly PartOpening[] | null> {
    const scopes = reader?.scopes ?? []
    const account = allows(scopes, 'read:statuses') ? (reader?.account ?? null) : null
    if (allows(scopes, AUDIT_PAYLOADS)) return all
    if (account !== null && same(await actorOf(account.id), header.actor)) return ofAuthor(header, all, reader)
    const words: PartOpening[] = []
    for (const opening of all) if (await isReadable(opening, header, account?.id ?? null)) words.push(opening)
    if (header.lane === 'public' || allows(scopes, AUDIT_COMMITS)) return words
    return account !== null && header.events.length === 1 && words.length === 1 ? words : null
  }

  /** What an author sees of a commit of their own. */
  async function ofAuthor({ events }: CommitHeader, all: readonly PartOpening[], reader: Reader | null): Promise<readonly PartOpening[]> {
    const open = all.filter(({ event }) => !isOfVault(events[event]?.type ?? ''))
    if (open.length === all.length || !allows(reader?.scopes ?? [], 'memory:read')) return open
    await reader?.note?.()
    return all
  }

  /** The words of a post that is there, and that this person may see. */
  async function isReadable({ event, index, bytes }: PartOpening, { events }: CommitHeader, viewerId: string | null): Promise<boolean> {
    if (index !== 0 || !POSTS.has(events[event]?.type ?? '')) return false
    const { id } = JSON.parse(Buffer.from(bytes).toString()) as EventData['status:create' | 'status:update']
    const status = await statusById(pool, id)
    return status !== null && visibleTo(pool, status, viewerId)
  }

  async function openingsOf(position: number): Promise<PartOpening[]> {
    const parts = await partRange(pool, position, position + 1)
    return parts.flatMap(({ event, index, ciphertext, wrapped }) => {
      if (wrapped === null) return [] // erased
      const { r, plaintext } = open(ciphertext, ledger.unwrapPartKey(wrapped))
      return [{ event, index, r, bytes: plaintext }]
    })
  }

  /** What the author itself recorded about its keys, in public: strangers can follow it. */
  function historyOf(actor: Hash): Promise<KeyEvidence[]> {
    const stream = keyStream(actor)
    const known = histories.get(stream) ?? readHistory(stream, actor)
    histories.set(stream, known)
    return known
  }

  async function readHistory(stream: string, actor: Hash): Promise<KeyEvidence[]> {
    const positions = new Set((await ledger.readStream(stream)).map(({ position }) => position))
    return (await commitsAt(pool, [...positions])).flatMap(({ position, bytes, signature, blinding }) =>
      blinding === null && same(decodeCommit(bytes).actor, actor) ? [{ position, commit: bytes, signature }] : [],
    )
  }
}

const POSTS: ReadonlySet<string> = new Set(['status:create', 'status:update'])
const same = (a: Hash, b: Hash): boolean => Buffer.compare(a, b) === 0

/** `GET /log/receipt/{position or id}.tlog-proof`. A token is welcome and never needed. */
export function registerReceipts(app: FastifyInstance, deps: Deps & NoteDeps): void {
  app.get('/log/receipt/:name', { config: { limit: 'log' } }, async (request, reply) =>
    answerReceipt(reply, deps, request, notedReader(deps, request.viewer)),
  )
}

/** Whoever asks with a token: what they see of a vault is an event. */
function notedReader(deps: NoteDeps, viewer: Viewer | null): Reader | null {
  if (viewer === null || viewer.account === null) return readerOf(viewer)
  const { id } = viewer.account
  return { ...viewer, scopes: viewer.grant.scopes, note: () => noteAccess(deps, id, appOf(viewer), { what: 'GET:/log/receipt/:name' }) }
}

/** The receipt that the last step of the path names. @throws {ApiError} 404 */
export async function answerReceipt(reply: FastifyReply, deps: Deps, request: FastifyRequest, reader: Reader | null): Promise<FastifyReply> {
  const [, ref = ''] = /^(\d{1,15}|[0-9a-f]{64})\.tlog-proof$/.exec((request.params as { name: string }).name) ?? []
  const position = ref.length === 64 ? await positionOf(deps.pool, Buffer.from(ref, 'hex')) : Number(ref)
  if (ref === '' || position === null) throw notFound()
  return sendReceipt(reply, position, await receiptsNow(deps).receiptAt(position, reader))
}

const sendReceipt = (reply: FastifyReply, position: number, text: string): FastifyReply =>
  reply
    .type('text/plain; charset=utf-8')
    .header('content-disposition', `attachment; filename="${position}.tlog-proof"`)
    .header('cache-control', 'private, no-store')
    .header('vary', 'Authorization, Cookie')
    .send(text)
