/**
 * A conversation copied from a screen: text in which lines such as `You said:` or `Assistant:` tell who speaks. Who speaks is guessed from words,
 * and the report's format says so; nothing tells when. The last resort.
 */
import type { Found } from '../found.ts'
import { skipped } from '../found.ts'
import { peekAll } from '../json/peek.ts'
import { conversation, markdown, message, NOWHERE, type Place, tell } from './drafts.ts'
import type { Archive, Importer } from './importer.ts'
import { foreign } from './records.ts'
import { digest } from './values.ts'

export const text: Importer = {
  name: 'text',
  version: 1,
  provider: 'other',
  async detect(archive) {
    const members = (await peekAll(archive, '.txt', '.md', '.markdown')).filter(
      ([, { form, text }]) => (form === 'text' || form === 'list') && turnsIn(text).length > 1,
    )
    return members.length === 0 ? null : { score: 0.15, members: members.map(([path]) => path) }
  },
  async *read(archive, { members }) {
    for (const member of members) yield* readMember(archive, member)
  },
}

/** Nobody copies more from a screen. Bytes. */
const LONGEST = 16 * 1024 * 1024
const utf8 = new TextDecoder('utf-8', { fatal: true })

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of archive.open(member)) {
    length += part.length
    if (length > LONGEST) break
    parts.push(part)
  }
  const words = decoded(Buffer.concat(parts))
  if (length > LONGEST) yield skipped(member, 'too-large', `over the limit of ${LONGEST} bytes`)
  else if (words === null) yield skipped(member, 'encoding', 'not UTF-8')
  else yield* readText(words, { member, pointer: null, raw: null })
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return utf8.decode(bytes)
  } catch {
    return null
  }
}

const PEOPLE = ['you said', 'you', 'user', 'human', 'me', 'i said']
const MACHINES = [
  'assistant',
  'ai',
  'bot',
  'a',
  'model',
  'chatgpt',
  'gpt',
  'claude',
  'gemini',
  'bard',
  'grok',
  'deepseek',
  'kimi',
  'qwen',
  'z.ai',
  'glm',
  'mistral',
  'le chat',
  'copilot',
  'perplexity',
  'meta ai',
  'poe',
]
const LABEL = new RegExp(
  `^[ \\t]*(?:#{1,6}[ \\t]*|\\*\\*|__)?(${[...PEOPLE, ...MACHINES, ...MACHINES.map((name) => `${name} said`), 'system']
    .map((name) => name.replaceAll('.', '\\.'))
    .toSorted((a, b) => b.length - a.length)
    .join('|')})(?:\\*\\*|__)?[ \\t]*:(?:\\*\\*|__)?[ \\t]*`,
  'i',
)

type Turn = { readonly speaker: string; readonly lines: readonly string[] }

/** Pure, linear. */
function turnsIn(words: string): readonly Turn[] {
  const turns: { speaker: string; lines: string[] }[] = []
  let fenced = false
  for (const line of words.split(/\r?\n/)) {
    if (/^[ \t]{0,3}(```|~~~)/.test(line)) fenced = !fenced
    const label = fenced ? null : LABEL.exec(line.slice(0, 200))
    if (label !== null) turns.push({ speaker: (label[1] ?? '').toLowerCase(), lines: [line.slice(label[0].length)] })
    else turns.at(-1)?.lines.push(line)
  }
  return turns
}

/** Where the first label stands, there may be a title before it. */
const titleBefore = (words: string): string | null => {
  const before = words.split(/\r?\n/, 5).map((line) => line.trim())
  const first = before.find((line) => line !== '')
  return first === undefined || LABEL.test(first) ? null : first.replace(/^#{1,6} */, '').slice(0, 200)
}

/** One conversation in a text. Pure. */
export function readText(words: string, place: Place = NOWHERE): readonly Found[] {
  const turns = turnsIn(words)
    .map(({ speaker, lines }) => ({ speaker, text: lines.join('\n').trim() }))
    .filter(({ text }) => text !== '')
  const [first] = turns
  if (first === undefined) return foreign(place, 'nothing in the text says who speaks, as `You said:` or `Assistant:` would')
  const messages = turns.map(({ speaker, text }, index) =>
    message({
      nativeId: `turn ${index}`,
      parent: index === 0 ? null : `turn ${index - 1}`,
      role: roleOf(speaker),
      author: authorOf(speaker),
      blocks: [markdown(text)],
    }),
  )
  const told = conversation(
    { nativeId: digest('text', first.speaker, first.text), product: null, title: titleBefore(words), messages, extra: { identity: 'heuristic' } },
    place,
  )
  return tell('text', told)
}

const roleOf = (speaker: string) => (speaker === 'system' ? 'system' : PEOPLE.includes(speaker) ? 'user' : 'assistant')
/** A machine that was called by its name. */
const authorOf = (speaker: string): string | null => {
  const name = speaker.replace(/ said$/, '')
  return roleOf(speaker) !== 'assistant' || ['assistant', 'ai', 'bot'].includes(name) ? null : name
}
