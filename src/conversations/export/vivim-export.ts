/**
 * `vivim-export`: everything that is in a vault as one JSON file, in an order in which it can be read again piece by piece: files before the
 * conversations that show them, each record on a line of its own. What is read back is the same: text, order, branches, ids. Pure.
 */
import type { Conversation, Json, Message } from '../../events/conversations.ts'

export const FORMAT = 'vivim-export'
export const VERSION = 1

/** `nativeId`: what its first source calls it; the id here where there is no other. */
export type ExportedMessage = Omit<Message, 'conversationId' | 'accountId'> & { readonly nativeId: string }

export type ExportedConversation = Omit<Conversation, 'accountId'> & { readonly nativeId: string; readonly messages: readonly ExportedMessage[] }

/** A file with its bytes; without, when there are too many of them. */
export type ExportedAsset = {
  readonly id: string
  readonly name: string | null
  readonly mime: string
  readonly sha256: string
  readonly bytes: number
  readonly base64: string | null
}

/** @param messages  all of them, in their order; what their rows have beside is left out */
export function exportedConversation(conversation: Conversation, messages: readonly Message[]): ExportedConversation {
  const { id, provider, origin, product, title, titleSource, createdAt, updatedAt, model, project, tags, starred, archived } = conversation
  const { temporary, doNotRemember, groupedBy, activeLeafId, forkedFrom, source, extra, at } = conversation
  return {
    id,
    nativeId: source?.nativeId ?? id,
    provider,
    origin,
    product,
    title,
    titleSource,
    createdAt,
    updatedAt,
    model,
    project,
    tags,
    starred,
    archived,
    temporary,
    doNotRemember,
    groupedBy,
    activeLeafId,
    forkedFrom,
    source,
    extra,
    at,
    messages: messages.map(exportedMessage),
  }
}

function exportedMessage(message: Message): ExportedMessage {
  const { id, parentId, role, author, recipient, channel, model, status, hidden, injected, createdAt, blocks, source, extra } = message
  const { usage, rating, latencyMs } = message
  return {
    id,
    nativeId: source?.nativeId ?? id,
    parentId,
    role,
    author,
    recipient,
    channel,
    model,
    status,
    hidden,
    injected,
    createdAt,
    blocks,
    ...(usage === undefined ? {} : { usage }),
    ...(rating === undefined ? {} : { rating }),
    ...(latencyMs === undefined ? {} : { latencyMs }),
    source,
    extra,
  }
}

/** What a file says of itself before anything else. */
export type Head = {
  /** ISO 8601. */
  readonly exportedAt: string
  /** Of the instance, and its name of the account. */
  readonly origin: string
  readonly account: string
}

export type Sections = { readonly [section: string]: AsyncIterable<unknown> | Iterable<unknown> }

/** The file, in pieces. @param sections  in the order in which they are to stand there; empty ones too */
export async function* fileOf(head: Head, sections: Sections): AsyncGenerator<string> {
  const begin = JSON.stringify({ format: FORMAT, version: VERSION, ...head } satisfies { readonly [name: string]: Json })
  yield begin.slice(0, -1)
  for (const [section, records] of Object.entries(sections)) {
    yield `,\n${JSON.stringify(section)}:[`
    let between = '\n'
    for await (const record of records) {
      yield `${between}${JSON.stringify(record)}`
      between = ',\n'
    }
    yield ']'
  }
  yield '}\n'
}
