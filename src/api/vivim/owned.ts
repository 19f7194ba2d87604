/** What a person's vault has, looked up by id: theirs, or not found. */
import type { Command, Request } from '../../handlers/commands.ts'
import { type ConversationRow, conversationById } from '../../projections/read/conversations.ts'
import { type MessageRow, messageById } from '../../projections/read/messages.ts'
import { type ShelfRow, shelfById } from '../../projections/read/shelves.ts'
import type { ApiDeps } from '../deps.ts'
import { perform } from '../deps.ts'
import { notFound, unavailable } from '../errors.ts'
import { wrongField } from './parameters.ts'

export type VaultDeps = ApiDeps

/** @throws {ApiError} 404 */
export async function ownConversation({ pool, vault }: VaultDeps, accountId: string, id: string): Promise<ConversationRow> {
  return (await conversationById(pool, vault.cipher, accountId, id)) ?? missing('No such conversation')
}

/** @throws {ApiError} 404 */
export async function ownMessage({ pool, vault }: VaultDeps, accountId: string, id: string): Promise<MessageRow> {
  return (await messageById(pool, vault.cipher, accountId, id)) ?? missing('No such message')
}

/** @throws {ApiError} 404 */
export async function ownShelf({ pool, vault }: VaultDeps, accountId: string, id: string): Promise<ShelfRow> {
  return (await shelfById(pool, vault.cipher, accountId, id)) ?? missing('No such collection or notebook')
}

/** A message that a body names, of this conversation. @throws {ApiError} 422 naming the field */
export async function assertMessageIn(deps: VaultDeps, { id, accountId }: ConversationRow, messageId: string, field: string): Promise<void> {
  const message = await messageById(deps.pool, deps.vault.cipher, accountId, messageId)
  if (message?.conversationId !== id) throw wrongField(field, 'is no message of this conversation')
}

function missing(words: string): never {
  throw notFound(words)
}

/** What was written a moment ago. @throws {ApiError} 503 when the read tables are far behind: it is durable all the same */
export async function readBack<T>(read: Promise<T | null>): Promise<T> {
  const found = await read
  if (found === null) throw unavailable('This is recorded, and cannot be shown yet: read it in a moment')
  return found
}

/** Events in one commit, with room to spare. */
const MOST_COMMANDS = 900
/** UTF-16 units of their JSON: 4 MiB of a commit, even where every character takes three bytes. */
const MOST_UNITS = 1_300_000

/** Records in the name of a person: as one commit, or as several in their order when there is too much for one. What was recorded before is left alone when repeated. */
export async function performAll(deps: VaultDeps, accountId: string, commands: readonly Command[]): Promise<void> {
  for (const batch of batches(commands)) await perform(deps, { by: { account: accountId }, lane: 'private', commands: batch })
}

/** Requests that were made elsewhere, one after the other. */
export async function performEach(deps: VaultDeps, requests: readonly Request[]): Promise<void> {
  for (const request of requests) await perform(deps, request)
}

function* batches(commands: readonly Command[]): Generator<Command[]> {
  let [batch, units]: [Command[], number] = [[], 0]
  for (const command of commands) {
    const size = JSON.stringify(command).length
    if (batch.length > 0 && (batch.length >= MOST_COMMANDS || units + size > MOST_UNITS)) {
      yield batch
      ;[batch, units] = [[], 0]
    }
    batch.push(command)
    units += size
  }
  if (batch.length > 0) yield batch
}
