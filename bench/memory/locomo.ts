/**
 * Files of LoCoMo's shape, as a bench reads them: conversations of two people in dated sessions, and questions with the turns that answer them.
 * The file itself is never part of the project. Untrusted: whatever is not as expected is left out, and counted.
 *
 * @see Maharana et al., "Evaluating very long-term conversational memory of LLM agents", 2024
 */

/** `text`: what was said and, a line further, what a picture shows. */
export type Turn = { readonly id: string; readonly speaker: string; readonly text: string; readonly caption: string | null }
/** `at`: ISO 8601; null when the file does not say it in a way we read. */
export type Session = { readonly name: string; readonly at: string | null; readonly turns: readonly Turn[] }
export type Asked = { readonly question: string; readonly category: number; readonly evidence: readonly string[] }
export type Sample = {
  readonly id: string
  readonly sessions: readonly Session[]
  readonly questions: readonly Asked[]
  readonly unanswerable: number
}

type Fields = Readonly<Record<string, unknown>>
const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value)
const fieldsIn = (value: unknown): readonly Fields[] => (Array.isArray(value) ? value.filter(isFields) : [])
const textIn = (value: unknown): string => (typeof value === 'string' ? value : '')

/** @throws {SyntaxError} when it is no JSON */
export function parseLocomo(json: string): readonly Sample[] {
  const data: unknown = JSON.parse(json)
  return fieldsIn(Array.isArray(data) ? data : [data]).map(sampleOf)
}

function sampleOf(sample: Fields, place: number): Sample {
  const sessions = sessionsOf(isFields(sample['conversation']) ? sample['conversation'] : {})
  const known = new Set(sessions.flatMap(({ turns }) => turns.map(({ id }) => id)))
  const asked = fieldsIn(sample['qa']).map((qa) => ({
    question: textIn(qa['question']),
    category: Number(qa['category']),
    evidence: turnsNamed(qa['evidence']).filter((id) => known.has(id)),
  }))
  const questions = asked.filter(({ evidence }) => evidence.length > 0)
  return { id: textIn(sample['sample_id']) || `sample ${place + 1}`, sessions, questions, unanswerable: asked.length - questions.length }
}

function sessionsOf(conversation: Fields): readonly Session[] {
  const numbers = Object.keys(conversation).flatMap((key) => /^session_(\d+)$/.exec(key)?.[1] ?? [])
  return numbers
    .map(Number)
    .toSorted((a, b) => a - b)
    .map((number) => ({
      name: `session ${number}`,
      at: momentOf(textIn(conversation[`session_${number}_date_time`])),
      turns: fieldsIn(conversation[`session_${number}`]).map(turnOf),
    }))
    .filter(({ turns }) => turns.length > 0)
}

const turnOf = (turn: Fields): Turn => ({
  id: textIn(turn['dia_id']),
  speaker: textIn(turn['speaker']),
  text: textIn(turn['text']) || textIn(turn['clean_text']),
  caption: textIn(turn['blip_caption']) || null,
})

/** `["D8:6; D9:17"]`, `["D:11:26"]` and `["D30:05"]` occur. */
function turnsNamed(evidence: unknown): readonly string[] {
  const named = [evidence].flat(2).flatMap((each) => [...textIn(each).matchAll(/D:?(\d+):0*(\d+)/g)])
  return [...new Set(named.map(([, session, turn]) => `D${session}:${turn}`))]
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

/** `1:56 pm on 8 May, 2023`; anything else that is a date is read as such. */
function momentOf(told: string): string | null {
  const [, hour, minute, half, day, month = '', year] = /(\d+):(\d+)\s*([ap]m) on (\d+) (\w{3})\w*,? (\d{4})/i.exec(told) ?? []
  const place = MONTHS.indexOf(month.toLowerCase())
  const time =
    place === -1
      ? Date.parse(told)
      : Date.UTC(Number(year), place, Number(day), (Number(hour) % 12) + (half?.toLowerCase() === 'pm' ? 12 : 0), Number(minute))
  return Number.isNaN(time) ? null : new Date(time).toISOString()
}

/** A session as a file that our generic importer reads. Who has no role is a person. */
export function archiveOf(sample: Sample): string {
  const conversations = sample.sessions.map(({ name, at, turns }) => ({
    id: `${sample.id} ${name}`,
    title: name,
    ...(at === null ? {} : { created_at: at }),
    messages: turns.map(({ id, speaker, text, caption }) => ({
      id,
      role: speaker,
      ...(at === null ? {} : { created_at: at }),
      content: [text, caption].filter((part) => part !== null && part !== '').map((part) => ({ type: 'text', text: part })),
    })),
  }))
  return conversations.map((conversation) => JSON.stringify(conversation)).join('\n')
}

/** As a memory is charged for the turn: see budget.ts. */
export const charactersOf = ({ text, caption }: Turn): number => text.length + (caption === null ? 0 : caption.length + 1)
