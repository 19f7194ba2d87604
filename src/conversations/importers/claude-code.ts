/**
 * Claude Code's transcripts: `projects/<path>/<session>.jsonl`, a tree of lines by `uuid` and `parentUuid`; those of agents it sent off lie in
 * files of their own (`isSidechain`), and are conversations of their own. One message of the model may be spread over several lines with the same
 * `message.id`. What the person did not write themselves (reminders, commands, summaries) is told apart: see claude-code-words.ts, memory.md B.11.
 */
import type { Json } from '../../events/conversations.ts'
import { type Found, type FoundConversation, type FoundMessage, skipped } from '../found.ts'
import { jsonLines } from '../json/elements.ts'
import { field, flagOf, idOf, isObject, type JsonObject, objectOf, textOf } from '../json/fields.ts'
import type { Peek } from '../json/peek.ts'
import { type Line, lineMessages } from './claude-code-lines.ts'
import { conversation, type Place, tell } from './drafts.ts'
import type { Archive, Importer } from './importer.ts'
import { recognise, silent } from './records.ts'
import { given, label } from './values.ts'

export const claudeCode: Importer = {
  name: 'claude-code',
  version: 1,
  provider: 'claude-code',
  detect: (archive) => recognise(archive, ['.jsonl'], likeness),
  async *read(archive, { members }) {
    for (const member of members) yield* readMember(archive, member)
  },
}

const likeness = ({ form, values }: Peek): number => {
  if (form !== 'lines' && form !== 'object') return 0
  return values.some((line) => textOf(line, 'sessionId') !== null && field(line, 'parentUuid') !== undefined && isObject(field(line, 'message')))
    ? 0.95
    : 0
}

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  const lines: Line[] = []
  for await (const element of jsonLines(archive.open(member))) {
    if (element.problem !== null) yield skipped(`${member} ${element.pointer}`, element.problem, element.detail)
    else if (isObject(element.value)) lines.push({ value: element.value, pointer: element.pointer, raw: element.raw })
    else yield skipped(`${member} ${element.pointer}`, 'invalid', 'no object')
  }
  yield* readClaudeCode(lines, { member, pointer: null, raw: null })
}

/** Pure: the sessions in the lines of a file, most often one. */
export function readClaudeCode(lines: readonly Line[], place: Place): readonly Found[] {
  const bySession = new Map<string, Line[]>()
  for (const line of lines) {
    const key = sessionOf(line.value)
    const known = key === null ? undefined : bySession.get(key)
    if (known !== undefined) known.push(line)
    else if (key !== null) bySession.set(key, [line])
  }
  const elsewhere = new Set(lines.map(({ value }) => idOf(value, 'uuid')))
  return [...bySession].flatMap(([key, own]) => told(key, { own, all: lines, elsewhere }, place))
}

/** A session, or an agent of one. A file may tell the titles of other sessions: such a line belongs to none. */
function sessionOf(line: JsonObject): string | null {
  const session = idOf(line, 'sessionId')
  if (session === null || idOf(line, 'uuid') === null) return null
  const agent = idOf(line, 'agentId')
  return flagOf(line, 'isSidechain') && agent !== null ? `${session}/${agent}` : session
}

type Session = { readonly own: readonly Line[]; readonly all: readonly Line[]; readonly elsewhere: ReadonlySet<string | null> }

function told(nativeId: string, { own, all, elsewhere }: Session, place: Place): readonly Found[] {
  const { assets, messages, joints } = lineMessages(own)
  const title = titleOf(own, all)
  if (messages.length === 0) return silent(place, title)
  const ids = new Set([...messages.map(({ nativeId }) => nativeId), ...joints.map(([id]) => id)])
  const first = own.find(({ value }) => textOf(value, 'cwd') !== null)?.value
  const told: FoundConversation = conversation(
    {
      nativeId,
      product: 'cli',
      title,
      model: messages.map(({ model }) => model).find((model) => model !== null) ?? null,
      project: projectOf(first),
      activeLeaf: messages.at(-1)?.nativeId ?? null,
      messages: messages.map((message) => begun(message, { own: ids, elsewhere })),
      joints,
      extra: about(first),
    },
    place,
  )
  return [...assets, ...tell('claude-code', told)]
}

/** A session that goes on from another one of its file begins here, and says from where. */
function begun(
  message: FoundMessage,
  { own, elsewhere }: { readonly own: ReadonlySet<string>; readonly elsewhere: ReadonlySet<string | null> },
): FoundMessage {
  const { parent, extra } = message
  if (parent === null || own.has(parent) || !elsewhere.has(parent)) return message
  return { ...message, parent: null, extra: { ...(isObject(extra) ? extra : {}), continues: parent } }
}

const projectOf = (line: JsonObject | undefined) => {
  const id = line === undefined ? null : label(line, 'cwd')
  return id === null ? null : { id, name: id.split(/[/\\]/).findLast((part) => part !== '') ?? id }
}

const about = (line: JsonObject | undefined): Json => {
  const told = {
    ...given('gitBranch', label(line, 'gitBranch')),
    ...given('version', label(line, 'version')),
    ...given('forkedFrom', objectOf(line, 'forkedFrom')),
  }
  return Object.keys(told).length === 0 ? null : told
}

/** A title is told by a line of its own, that names the session, or (as a summary) the last message it is about. */
function titleOf(own: readonly Line[], all: readonly Line[]): string | null {
  const ids = new Set(own.map(({ value }) => idOf(value, 'uuid')))
  const session = idOf(own[0]?.value, 'sessionId')
  const titles = all
    .map(({ value }) => value)
    .filter((value) => {
      const type = textOf(value, 'type')
      if (type === 'summary') return ids.has(idOf(value, 'leafUuid'))
      return (type === 'custom-title' || type === 'ai-title') && idOf(value, 'sessionId') === session
    })
  const chosen = titles.findLast((value) => textOf(value, 'type') === 'custom-title') ?? titles.at(-1)
  return label(chosen, 'customTitle', 'aiTitle', 'title', 'summary')
}
