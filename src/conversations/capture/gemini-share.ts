/**
 * Gemini's shares, as `batchexecute` answers them: lists without names, in which a place means what it means. The places were measured by others
 * (convolvger, 2026) and are all in this file. A turn holds a question and its answer. Pure.
 */
import type { Block, Instant, Json } from '../../events/conversations.ts'
import type { Found, FoundMessage } from '../found.ts'
import { conversation, markdown, message, type Place, tell } from '../importers/drafts.ts'
import { silent } from '../importers/records.ts'
import { given, parsed } from '../importers/values.ts'
import { fromMillis, UNKNOWN } from '../instants.ts'

/** The value at a place; null when there is none. */
function at(value: Json, ...places: readonly number[]): Json {
  let here: Json | undefined = value
  for (const place of places) here = Array.isArray(here) ? (here as readonly Json[])[place] : undefined
  return here ?? null
}
const textAt = (value: Json, ...places: readonly number[]): string | null => {
  const text = at(value, ...places)
  return typeof text === 'string' && text !== '' ? text : null
}
const listAt = (value: Json, ...places: readonly number[]): readonly Json[] => {
  const list = at(value, ...places)
  return Array.isArray(list) ? list : []
}

/** The payloads of an answer of `batchexecute`: JSON after a mark against misuse, in pieces with their lengths before them. */
export function batchPayloads(answer: string, rpc: string): readonly Json[] {
  return answer.split('\n').flatMap((line) => {
    const rows = line.startsWith('[') ? parsed(line) : undefined
    return listAt(rows ?? null).flatMap((row) => {
      const payload = textAt(row, 0) === 'wrb.fr' && textAt(row, 1) === rpc ? textAt(row, 2) : null
      return payload === null ? [] : [parsed(payload) ?? null]
    })
  })
}

const RPC = 'ujx1Bf'
export const geminiPayloads = (answer: string): readonly Json[] => batchPayloads(answer, RPC)

/** `[root, …]`, with the turns at `[0][1]`. */
export const isGeminiShare = (value: Json): boolean =>
  listAt(value, 0, 1).some((turn) => textAt(turn, 2, 0, 0) !== null || textAt(turn, 3, 0, 0, 1, 0) !== null)

export function readGeminiShare(payload: Json, place: Place, id: string): readonly Found[] {
  const turns = listAt(payload, 0, 1)
  const title = textAt(payload, 0, 2, 1)
  const messages: FoundMessage[] = []
  for (const [index, turn] of turns.entries()) messages.push(...turnMessages(turn, index, messages.at(-1)?.nativeId ?? null))
  if (messages.length === 0) return silent(place, title)
  const model = textAt(payload, 0, 2, 7, 2)
  return tell('gemini', conversation({ nativeId: id, product: 'share', title: title?.slice(0, 1000) ?? null, model, messages }, place))
}

function turnMessages(turn: Json, index: number, parent: string | null): readonly FoundMessage[] {
  const [prompt, answer] = [textAt(turn, 2, 0, 0), textAt(turn, 3, 0, 0, 1, 0)]
  const nativeId = textAt(turn, 0, 1) ?? `turn ${index}`
  const createdAt = momentAt(turn, 4)
  const pointer = `/0/1/${index}`
  const question =
    prompt === null ? [] : [message({ nativeId: `${nativeId}/question`, parent, role: 'user', createdAt, pointer, blocks: [markdown(prompt)] })]
  if (answer === null) return question
  const blocks = [...searches(turn), markdown(answer)]
  const extra = given('citations', at(turn, 3, 0, 0, 2, 1))
  const said = message({
    nativeId,
    parent: question[0]?.nativeId ?? parent,
    role: 'assistant',
    createdAt,
    pointer,
    blocks,
    extra: Object.keys(extra).length === 0 ? null : extra,
  })
  return [...question, said]
}

const searches = (turn: Json): readonly Block[] => {
  const queries = listAt(turn, 3, 1).flatMap((query) => textAt(query, 0) ?? [])
  return queries.length === 0 ? [] : [{ t: 'search', queries, results: [] }]
}

/** `[seconds, nanoseconds]`. */
function momentAt(turn: Json, place: number): Instant {
  const [seconds, nanos] = [at(turn, place, 0), at(turn, place, 1)]
  if (typeof seconds !== 'number') return UNKNOWN
  return { ...fromMillis(seconds * 1000 + (typeof nanos === 'number' ? Math.floor(nanos / 1e6) : 0)), original: seconds }
}
