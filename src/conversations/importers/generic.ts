/**
 * Conversations in the plain forms that tools agree on: `{messages: [{role, content, …}]}` (one, a list of them, or one on each line), a bare list
 * of messages, ShareGPT's `{conversations: [{from, value}]}`, Chatbot UI's `{history: […]}`. The last resort for JSON: whatever says who spoke and
 * what. Where something has no id, one follows from what was said first, so that a conversation that goes on is still the same.
 */
import type { Json } from '../../events/conversations.ts'
import { type Found, skipped } from '../found.ts'
import { type Element, elements, jsonLines } from '../json/elements.ts'
import { field, idOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf } from '../json/fields.ts'
import { type Peek, peek } from '../json/peek.ts'
import { conversation, type Place, tell } from './drafts.ts'
import { isSaid, moment, toMessages } from './generic-messages.ts'
import type { Archive, Importer } from './importer.ts'
import { foreign, recognise, silent } from './records.ts'
import { digest, label } from './values.ts'

export const generic: Importer = {
  name: 'generic',
  version: 1,
  provider: 'other',
  detect: (archive) => recognise(archive, ['.json', '.jsonl', '.ndjson'], likeness),
  async *read(archive, { members }) {
    for (const member of members) yield* readMember(archive, member)
  },
}

function likeness({ form, values }: Peek): number {
  const [first] = values
  if (form === 'object' || form === 'list' || form === 'lines') {
    if (first !== undefined && messagesOf(first).some(isSaid)) return 0.35
    if (
      form === 'object' &&
      [...listOf(first, 'conversations'), ...listOf(first, 'history'), ...listOf(first, 'chats')].some((each) => messagesOf(each).some(isSaid))
    )
      return 0.35
  }
  return form !== 'object' && values.length > 0 && values.slice(0, 5).every((value) => isObject(value) && isSaid(value)) ? 0.3 : 0
}

/** The messages of a record, by whatever name. */
export function messagesOf(record: Json): readonly JsonObject[] {
  for (const name of ['messages', 'conversation', 'conversations', 'turns', 'items', 'dialogue', 'chat']) {
    const found = objectsOf(record, name)
    if (found.some(isSaid)) return found
  }
  return []
}

/** How many messages without a conversation around them are held together. */
const MOST = 100_000

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  const { form, around } = await layoutOf(archive, member)
  const loose: JsonObject[] = []
  for await (const element of form === 'lines'
    ? jsonLines(archive.open(member))
    : elements(archive.open(member), around === null ? {} : { keys: [around] })) {
    if (element.problem !== null) yield problem(element, member)
    else if (isObject(element.value) && isSaid(element.value) && messagesOf(element.value).length === 0) {
      if (loose.length < MOST) loose.push(element.value)
      else yield skipped(`${member} ${element.pointer}`, 'too-large', `more than ${MOST} messages in one conversation`)
    } else if (around === null || element.pointer.startsWith(`/${around}/`))
      yield* readGeneric(element.value, { member, pointer: element.pointer, raw: element.raw })
  }
  if (loose.length > 0) yield* readGeneric({ messages: loose }, { member, pointer: null, raw: null })
}

const problem = (element: Extract<Element, { detail: string }>, member: string): Found =>
  skipped(`${member} ${element.pointer}`.trim(), element.problem, element.detail)

/** Whether a file is lines, and the key of the list of conversations in the object around it. */
async function layoutOf(archive: Archive, member: string): Promise<{ readonly form: Peek['form']; readonly around: string | null }> {
  const { form, values } = await peek(archive, member)
  const [first] = values
  if (form !== 'object' || first === undefined || messagesOf(first).length > 0) return { form, around: null }
  const around = ['conversations', 'history', 'chats'].find((name) => listOf(first, name).some((each) => messagesOf(each).length > 0))
  return { form, around: around ?? null }
}

/** Pure: one conversation. */
export function readGeneric(record: Json, place: Place): readonly Found[] {
  if (!isObject(record)) return foreign(place, 'no conversation')
  const said = messagesOf(record)
  const title = label(record, 'title', 'name', 'subject')
  if (said.length === 0) return silent(place, title)
  const messages = toMessages(said)
  const [first] = messages
  const told = conversation(
    {
      nativeId:
        idOf(record, 'id') ??
        idOf(record, 'conversation_id') ??
        idOf(record, 'uuid') ??
        digest('generic', title, first?.createdAt.value ?? null, JSON.stringify(first?.blocks)),
      product: null,
      title,
      createdAt: moment(record, 'created_at', 'createdAt', 'create_time', 'created', 'timestamp', 'date'),
      updatedAt: moment(record, 'updated_at', 'updatedAt', 'update_time', 'updated'),
      model: label(record, 'model') ?? label(objectOf(record, 'model') ?? undefined, 'id', 'name'),
      tags: listOf(record, 'tags').filter((tag) => typeof tag === 'string'),
      messages,
      extra: rest(record, 'id', 'conversation_id', 'uuid', 'title', 'name', 'subject', 'model', 'tags', ...LISTS, ...MOMENTS),
    },
    place,
  )
  const provider = textOf(record, 'provider')?.toLowerCase() ?? textOf(field(record, 'source'), 'provider')
  const known = provider !== null && /^[a-z0-9-]{2,40}$/.test(provider)
  return tell('generic', known ? { ...told, provider } : told)
}

const LISTS = ['messages', 'conversation', 'conversations', 'turns', 'items', 'dialogue', 'chat']
const MOMENTS = ['created_at', 'createdAt', 'create_time', 'created', 'updated_at', 'updatedAt', 'update_time', 'updated', 'timestamp', 'date']
