/**
 * Codex' transcripts: `sessions/YYYY/MM/DD/rollout-*.jsonl`. What was said are the lines `response_item`; `event_msg` repeats them for the screen
 * and is read only where a file has nothing else. Instructions, environment and permissions arrive as messages of the person: they are not theirs.
 * Early files have the items themselves as lines. See memory.md B.11.
 */
import type { Json } from '../../events/conversations.ts'
import { type Found, skipped } from '../found.ts'
import { fromIso } from '../instants.ts'
import { jsonLines } from '../json/elements.ts'
import { field, idOf, isObject, type JsonObject, objectOf, rest, textOf } from '../json/fields.ts'
import type { Peek } from '../json/peek.ts'
import { codexMessages, type Item } from './codex-items.ts'
import { conversation, type Place, tell } from './drafts.ts'
import type { Archive, Importer } from './importer.ts'
import { recognise, silent } from './records.ts'
import { given, label } from './values.ts'

export const codex: Importer = {
  name: 'codex',
  version: 1,
  provider: 'codex',
  detect: (archive) => recognise(archive, ['.jsonl'], likeness),
  async *read(archive, { members }) {
    for (const member of members) yield* readMember(archive, member)
  },
}

const KINDS = ['session_meta', 'response_item', 'event_msg', 'turn_context', 'compacted']

function likeness({ form, values: [first, second] }: Peek): number {
  if ((form !== 'lines' && form !== 'object') || !isObject(first)) return 0
  if (KINDS.includes(textOf(first, 'type') ?? '') && field(first, 'payload') !== undefined) return 0.95
  const bare = idOf(first, 'id') !== null && textOf(first, 'timestamp') !== null && field(first, 'instructions') !== undefined
  return bare && (second === undefined || textOf(second, 'type') !== null || textOf(second, 'record_type') !== null) ? 0.8 : 0
}

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  const items: Item[] = []
  for await (const element of jsonLines(archive.open(member))) {
    const { pointer } = element
    if (element.problem !== null) yield skipped(`${member} ${pointer}`, element.problem, element.detail)
    else if (isObject(element.value)) items.push(itemOf(element.value, pointer, element.raw))
    else yield skipped(`${member} ${pointer}`, 'invalid', 'no object')
  }
  yield* readCodex(items, { member, pointer: null, raw: null })
}

/** Lines of early files are wrapped as later ones are. */
export function itemOf(line: JsonObject, pointer: string, raw: string): Item {
  const payload = objectOf(line, 'payload')
  const at = field(line, 'timestamp') ?? null
  if (payload !== null) return { kind: textOf(line, 'type') ?? 'nothing', payload, at, pointer, raw }
  const kind =
    textOf(line, 'record_type') === 'state' ? 'state' : textOf(line, 'type') === null && idOf(line, 'id') !== null ? 'session_meta' : 'response_item'
  return { kind, payload: line, at, pointer, raw }
}

/** Pure: one session. */
export function readCodex(items: readonly Item[], place: Place): readonly Found[] {
  const meta = items.find(({ kind }) => kind === 'session_meta')?.payload ?? {}
  const { messages, assets } = codexMessages(items)
  if (messages.length === 0) return silent(place, null)
  const cwd = label(meta, 'cwd')
  const told = conversation(
    {
      nativeId: idOf(meta, 'id') ?? `file ${place.member ?? ''}`,
      product: 'cli',
      createdAt: fromIso(field(meta, 'timestamp') ?? items[0]?.at),
      model: messages.map(({ model }) => model).find((model) => model !== null) ?? null,
      project: cwd === null ? null : { id: cwd, name: cwd.split(/[/\\]/).findLast((part) => part !== '') ?? cwd },
      activeLeaf: messages.at(-1)?.nativeId ?? null,
      messages,
      extra: aboutOf(meta),
    },
    place,
  )
  return [...assets, ...tell('codex', told)]
}

const aboutOf = (meta: JsonObject): Json => {
  const about = rest(meta, 'id', 'timestamp', 'cwd', 'type')
  return isObject(about) ? { ...about, ...given('forked_from_id', idOf(meta, 'forked_from_id')) } : about
}
