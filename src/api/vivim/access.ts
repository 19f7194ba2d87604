/**
 * What applications and assistants read is an event that its owner sees: noted before the answer goes out, or there is no answer.
 * People who read their own vault on the pages of this instance are not noted.
 */
import type { MemoryEvents, Reader } from '../../events/memories.ts'
import type { Viewer } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { refused } from '../errors.ts'
import type { Reading } from './call.ts'

export type NoteDeps = Pick<ApiDeps, 'execute' | 'newId' | 'now'>

/** Of a query; the schema of the event allows no more. */
const LONGEST_QUERY = 2_000
const MOST_IDS = 1_000

/** Who reads with this token. */
export const readerOf = ({ app, grant }: Pick<Viewer, 'app' | 'grant'>): Reader => ({
  kind: 'app',
  appId: app?.id ?? null,
  grantId: grant.id,
  name: app?.name ?? 'A token without an application',
})

/**
 * Notes that `reader` read from the vault of an account. Durable when it returns.
 *
 * @param what  the route or tool: printable ASCII without spaces, e.g. `GET:/conversations/:id`
 * @throws {ApiError} when it cannot be recorded: then nothing may be shown
 */
export async function noteAccess(
  deps: NoteDeps,
  accountId: string,
  reader: Reader,
  { what, ...reading }: Reading & { readonly what: string },
): Promise<void> {
  const { query = null, conversationIds = [], messageIds = [], memoryIds = [], tokens = null } = reading
  const data: MemoryEvents['memory:access'] = {
    id: deps.newId(),
    accountId,
    at: new Date(deps.now()).toISOString(),
    reader,
    what,
    query: query === null ? null : query.slice(0, LONGEST_QUERY).toWellFormed(),
    conversationIds: named(conversationIds),
    messageIds: named(messageIds),
    memoryIds: named(memoryIds),
    tokens,
  }
  const outcome = await deps.execute({ by: 'instance', lane: 'private', commands: [{ do: 'NoteAccess', data }] })
  if (!outcome.ok) throw refused(outcome.refusal)
}

/** Each once; what rests on no conversation names none. */
const named = (ids: readonly string[]): string[] => [...new Set(ids)].filter((id) => id !== '').slice(0, MOST_IDS)
