/**
 * Our own exports, read back: the same text, order, branches and ids as were exported (see ../export/vivim-export.ts). A file may have come from
 * anywhere and been written by anybody, so it is believed no more than any other.
 */
import { messageBlocks } from '../../events/conversation-schema.ts'
import type { Block, Conversation, Instant, Json } from '../../events/conversations.ts'
import { type Found, type FoundConversation, type FoundMessage, skipped } from '../found.ts'
import { fromIso, UNKNOWN } from '../instants.ts'
import { elements } from '../json/elements.ts'
import { countOf, field, flagOf, idOf, isObject, type JsonObject, listOf, numberOf, objectOf, objectsOf, textOf } from '../json/fields.ts'
import { conversation, type Place, tell } from './drafts.ts'
import type { Archive, Importer } from './importer.ts'
import { foreign, recognise } from './records.ts'
import { label } from './values.ts'

const VERSION = 1

export const vivimExport: Importer = {
  name: 'vivim-export',
  version: 1,
  provider: 'vivim',
  detect: (archive) =>
    recognise(archive, ['.json'], ({ form, values: [head] }) => (form === 'object' && textOf(head, 'format') === 'vivim-export' ? 1 : 0)),
  async *read(archive, { members }) {
    for (const member of members) yield* readMember(archive, member)
  },
}

/** Sections that are cut into records; what else stands at the top is the head. */
const SECTIONS = ['assets', 'conversations', 'collections', 'notebooks', 'memories']

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  for await (const element of elements(archive.open(member), { keys: SECTIONS })) {
    const { pointer } = element
    if (element.problem !== null) yield skipped(`${member} ${pointer}`.trim(), element.problem, element.detail)
    else if (pointer === '/version' && element.value !== VERSION) {
      yield skipped(member, 'unknown-format', `version ${JSON.stringify(element.value).slice(0, 40)} of the format is not known here`)
      return
    } else yield* readRecord(element.value, { member, pointer, raw: element.raw })
  }
}

function readRecord(record: Json, place: Place): readonly Found[] {
  switch (place.pointer?.split('/')[1]) {
    case 'assets':
      return readAsset(record, place)
    case 'conversations':
      return readExported(record, place)
    case 'memories':
      return readMemory(record, place)
    case 'collections':
    case 'notebooks':
      return [skipped(`${place.member} ${place.pointer}`, 'unknown-format', 'collections and notebooks are not brought in: make them again')]
    default:
      return []
  }
}

function readAsset(record: Json, place: Place): readonly Found[] {
  const [id, base64] = [idOf(record, 'id'), textOf(record, 'base64')]
  if (id === null) return foreign(place, 'a file without an id')
  if (base64 === null) return [skipped(`${place.member} ${place.pointer}`, 'missing', 'the file was not part of the export')]
  const bytes = Buffer.from(base64, 'base64')
  return [{ kind: 'asset', asset: { nativeId: `asset ${id}`, content: { bytes }, name: label(record, 'name'), mime: label(record, 'mime') } }]
}

function readMemory(record: Json, place: Place): readonly Found[] {
  const text = textOf(record, 'text')
  if (text === null || text.trim() === '') return foreign(place, 'a memory without words')
  const memory = { nativeId: idOf(record, 'id'), text, createdAt: fromIso(textOf(record, 'at')), scope: null, extra: null, ...place }
  return [{ kind: 'memory', memory }]
}

/** Pure: one conversation. */
export function readExported(record: Json, place: Place): readonly Found[] {
  if (!isObject(record)) return foreign(place, 'no conversation')
  const id = idOf(record, 'id')
  const nativeId = idOf(record, 'nativeId') ?? id
  if (nativeId === null) return foreign(place, 'a conversation without an id')
  const told = objectsOf(record, 'messages')
  const names = new Map(told.flatMap((message) => pair(idOf(message, 'id'), idOf(message, 'nativeId') ?? idOf(message, 'id'))))
  const nameOf = (message: string | null): string | null => (message === null ? null : (names.get(message) ?? message))
  const provider = textOf(record, 'provider')
  const found: FoundConversation = {
    ...conversation({ nativeId, messages: told.map((message, index) => messageOf(message, index, nameOf)) }, place),
    ...hereOf(id),
    ...(provider !== null && /^[a-z0-9][a-z0-9-]{0,39}$/.test(provider) ? { provider } : {}),
    ...aboutOf(record),
    activeLeaf: nameOf(idOf(record, 'activeLeafId')),
    extra: field(record, 'extra') ?? null,
  }
  return tell('vivim-export', found)
}

/** Ids of instances are decimal. */
const hereOf = (id: string | null): { readonly here?: string } => (id !== null && /^[1-9]\d{0,18}$/.test(id) ? { here: id } : {})

const pair = (id: string | null, name: string | null): [string, string][] => (id === null || name === null ? [] : [[id, name]])

function aboutOf(record: JsonObject) {
  const project = objectOf(record, 'project')
  const url = textOf(objectOf(record, 'source') ?? undefined, 'url')
  return {
    product: oneOf(PRODUCTS, textOf(record, 'product')),
    title: textOf(record, 'title'),
    createdAt: instantOf(field(record, 'createdAt')),
    updatedAt: instantOf(field(record, 'updatedAt')),
    model: label(record, 'model'),
    project: project === null ? null : { id: label(project, 'id'), name: label(project, 'name') },
    tags: listOf(record, 'tags').filter((tag) => typeof tag === 'string'),
    starred: flagOf(record, 'starred'),
    archived: flagOf(record, 'archived'),
    temporary: flagOf(record, 'temporary'),
    doNotRemember: flagOf(record, 'doNotRemember'),
    groupedBy: oneOf(GROUPINGS, textOf(record, 'groupedBy')) ?? 'native',
    url: url !== null && /^https?:\/\/[^\s/]/.test(url) ? url : null,
  } satisfies Partial<FoundConversation>
}

function messageOf(message: JsonObject, index: number, nameOf: (id: string | null) => string | null): FoundMessage {
  const id = idOf(message, 'id')
  const [rating, latencyMs, usage] = [numberOf(message, 'rating'), numberOf(message, 'latencyMs'), usageOf(objectOf(message, 'usage'))]
  return {
    ...hereOf(id),
    nativeId: idOf(message, 'nativeId') ?? id ?? `#${index}`,
    parent: nameOf(idOf(message, 'parentId')),
    role: oneOf(ROLES, textOf(message, 'role')) ?? 'user',
    author: label(message, 'author'),
    recipient: label(message, 'recipient'),
    channel: label(message, 'channel'),
    model: label(message, 'model'),
    status: oneOf(STATUSES, textOf(message, 'status')) ?? 'complete',
    hidden: flagOf(message, 'hidden'),
    injected: flagOf(message, 'injected'),
    createdAt: instantOf(field(message, 'createdAt')),
    blocks: listOf(message, 'blocks').map(blockOf),
    ...(usage === null ? {} : { usage }),
    ...(rating === null || Math.abs(rating) > 10 ? {} : { rating }),
    ...(latencyMs === null || latencyMs < 0 ? {} : { latencyMs }),
    pointer: textOf(objectOf(message, 'source') ?? undefined, 'pointer'),
    raw: null,
    extra: field(message, 'extra') ?? null,
  }
}

/** A block of ours, with its file to be found again; anything else as it came. */
function blockOf(record: Json): Block {
  const parsed = messageBlocks.safeParse([record])
  const block = parsed.success ? parsed.data[0] : undefined
  return block === undefined ? { t: 'opaque', nativeType: 'vivim-export/block', raw: record } : unstored(block)
}

function unstored(block: Block): Block {
  if (block.t === 'tool_result') return { ...block, content: block.content.map(unstored) }
  if (!('asset' in block) || block.asset.state !== 'stored') return block
  return { ...block, asset: { ...block.asset, state: 'missing-in-export' } }
}

const ROLES = ['user', 'assistant', 'system', 'tool', 'developer', 'context'] as const
const STATUSES = ['complete', 'partial', 'error', 'aborted'] as const
const PRODUCTS = ['web', 'cli', 'ide', 'api', 'share'] as const satisfies readonly Conversation['product'][]
const GROUPINGS = ['native', 'time-gap'] as const
const CONFIDENCES = ['exact', 'derived', 'inferred', 'unknown'] as const

const oneOf = <T extends string>(known: readonly T[], value: string | null): T | null => known.find((one) => one === value) ?? null

/** As it was exported, when it can have been. */
function instantOf(value: Json | undefined): Instant {
  if (typeof value === 'string') return fromIso(value)
  const confidence = oneOf(CONFIDENCES, textOf(value, 'confidence'))
  if (confidence === null) return UNKNOWN
  const told = field(value, 'original')
  const original = typeof told === 'number' || (typeof told === 'string' && told.length <= 1000) ? told : null
  const moment = fromIso(textOf(value, 'value')).value
  return { value: moment, original, confidence: moment === null ? 'unknown' : confidence }
}

function usageOf(usage: JsonObject | null): NonNullable<FoundMessage['usage']> | null {
  const counted = oneOf(['provider', 'local'] as const, textOf(usage ?? undefined, 'counted'))
  if (usage === null || counted === null) return null
  const count = (name: string) => {
    const value = countOf(usage, name)
    return value === undefined ? {} : { [name]: value }
  }
  return {
    ...count('input'),
    ...count('output'),
    ...count('reasoning'),
    ...count('cacheRead'),
    ...count('cacheWrite'),
    ...count('total'),
    counted,
  }
}
