/**
 * The conversation in what a provider answers, or in what its page carries: found by its shape, wherever it lies, and read by the importer of that
 * provider. Attacker-controlled; the search is bounded. Pure.
 */
import type { Json } from '../../events/conversations.ts'
import type { Found, FoundConversation } from '../found.ts'
import { readConversation as readChatgpt } from '../importers/chatgpt/conversation.ts'
import { readConversation as readClaude } from '../importers/claude/conversation.ts'
import { readDeepseekShare } from '../importers/deepseek.ts'
import { type Place, tell } from '../importers/drafts.ts'
import { readConversation as readGrok } from '../importers/grok/conversation.ts'
import { readKimi } from '../importers/kimi.ts'
import { readMistral } from '../importers/mistral.ts'
import { isTree, readTree } from '../importers/open-webui-tree.ts'
import { field, idOf, isObject, type JsonObject, listOf, objectOf, objectsOf, textOf } from '../json/fields.ts'
import { isGeminiShare, readGeminiShare } from './gemini-share.ts'
import type { Provider } from './links.ts'

type Shape = {
  readonly is: (value: Json) => boolean
  /** @param id  of the share, or of the page */
  readonly read: (value: Json, place: Place, id: string) => readonly Found[]
}

const told = (format: string, read: FoundConversation | readonly Found[]): readonly Found[] => ('messages' in read ? tell(format, read) : read)
const first = (value: Json, name: string): JsonObject | undefined => objectsOf(value, name)[0]
const withId = (value: Json, name: string, id: string): Json => (isObject(value) && idOf(value, name) === null ? { ...value, [name]: id } : value)

const SHAPES: { readonly [P in Provider]: Shape } = {
  chatgpt: {
    is: (value) => objectOf(value, 'mapping') !== null && (field(value, 'current_node') !== undefined || field(value, 'create_time') !== undefined),
    read(value, place, id) {
      const reading = readChatgpt(withId(value, 'conversation_id', id), place)
      return 'conversation' in reading ? tell('chatgpt', reading.conversation) : reading
    },
  },
  claude: {
    is: (value) => first(value, 'chat_messages') !== undefined,
    read: (value, place, id) => told('claude', readClaude(withId(value, 'uuid', id), place)),
  },
  gemini: { is: isGeminiShare, read: readGeminiShare },
  grok: {
    is: (value) => textOf(first(value, 'responses'), 'sender') !== null && objectOf(value, 'conversation') !== null,
    read: (value, place, id) => told('grok', readGrok(asExported(value, id), place)),
  },
  deepseek: {
    is: (value) => [...objectsOf(value, 'messages'), ...objectsOf(value, 'chat_messages')].some((each) => field(each, 'fragments') !== undefined),
    read: (value, place, id) => readDeepseekShare({ data: { biz_data: value } }, place, id),
  },
  kimi: {
    is: (value) => objectsOf(value, 'messages').some((each) => listOf(each, 'blocks').length > 0),
    read: (value, place) => readKimi({ share: value }, place),
  },
  qwen: { is: isTree, read: (value, place, nativeId) => readTree(value, place, { provider: 'qwen', nativeId }) },
  zai: { is: isTree, read: (value, place, nativeId) => readTree(value, place, { provider: 'zai', nativeId }) },
  mistral: { is: isMistral, read: (value, place, id) => readMistral(messagesOfMistral(value, id), place) },
}

/** Grok's share links name things as its pages do, its export as its database does. The first answer may name one of another conversation. */
function asExported(value: Json, id: string): Json {
  const responses = objectsOf(value, 'responses').map((each) => snakeCased(each))
  const ids = new Set(responses.map((each) => idOf(each, 'response_id')))
  const spoken = responses
    .filter((each) => field(each, 'is_control') !== true)
    .map((each) => (ids.has(idOf(each, 'parent_response_id')) ? each : { ...each, parent_response_id: null }))
  return { conversation: { ...snakeCased(objectOf(value, 'conversation') ?? {}), id }, responses: spoken }
}

const snakeCased = (of: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]))

function isMistral(value: Json): boolean {
  const [message] = Array.isArray(value) ? (value as readonly Json[]) : objectsOf(value, 'messages')
  return (
    isObject(message) &&
    textOf(message, 'role') !== null &&
    field(message, 'content') !== undefined &&
    (field(message, 'contentChunks') !== undefined || field(message, 'chatId') !== undefined)
  )
}

function messagesOfMistral(value: Json, id: string): Json {
  const messages = Array.isArray(value) ? objectsOf({ value: value as Json }, 'value') : objectsOf(value, 'messages')
  return messages.map((each) => withId(each, 'chatId', id))
}

/** How much JSON is looked through. */
const MOST = 300_000

/** The first value with the shape of the provider's conversations, those nearest to the top first; null when there is none. */
export function conversationIn(provider: Provider, json: Json): Json {
  const { is } = SHAPES[provider]
  let level: readonly Json[] = [json]
  let left = MOST
  while (level.length > 0 && left > 0) {
    const found = level.find((value) => typeof value === 'object' && value !== null && is(value))
    if (found !== undefined) return found
    left -= level.length
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value as JsonObject) : []))
  }
  return null
}

/** What the conversation in some JSON tells; null when there is none of the provider's in it. */
export function readPayload(provider: Provider, json: Json, place: Place, id: string): readonly Found[] | null {
  const value = conversationIn(provider, json)
  return value === null ? null : SHAPES[provider].read(value, place, id)
}
