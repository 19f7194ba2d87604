/**
 * Atomic chat units: the smallest spans of a message that can be cited. Paragraphs, list items, headings, blocks of code, tables, formulas, quotes;
 * never a part of code, of a table or of a formula. Pure: the same text gives the same units. In linear time.
 */
import { hash } from 'node:crypto'
import type { Block, Message } from '../events/conversations.ts'
import { acuIdOf } from '../events/identifiers.ts'
import type { Acu, AcuType } from '../events/memories.ts'
import { languageOf } from './language.ts'
import { qualityOf } from './quality.ts'

/** Raised whenever the same text may be cut otherwise. */
export const SEGMENTS = 'segments@1'

/** Shorter spans say nothing by themselves. */
const SHORTEST = 10
/** Units of one message, at most: what is beyond is still in the message. */
const MOST_PER_MESSAGE = 400
/** Characters of one block that are cut, at most. */
const MOST_CHARACTERS = 200_000

export type Cut = { readonly start: number; readonly end: number; readonly type: AcuType }

/** The units of a message: of what people and assistants said, not of what machines put there. */
export function segment(message: Pick<Message, 'id' | 'role' | 'hidden' | 'injected' | 'blocks'>): Acu[] {
  if ((message.role !== 'user' && message.role !== 'assistant') || message.hidden || message.injected) return []
  return message.blocks.flatMap((block, index) => unitsOf(message.id, block, index)).slice(0, MOST_PER_MESSAGE)
}

function unitsOf(messageId: string, block: Block, index: number): Acu[] {
  if (block.t === 'code')
    return block.text.trim().length < SHORTEST ? [] : [unit(messageId, index, block.text, { start: 0, end: block.text.length, type: 'code_snippet' })]
  if (block.t !== 'text' || block.format === 'html') return []
  return cuts(block.text)
    .slice(0, MOST_PER_MESSAGE)
    .map((cut) => unit(messageId, index, block.text, cut))
}

function unit(messageId: string, block: number, text: string, { start, end, type }: Cut): Acu {
  const words = text.slice(start, end)
  return {
    id: acuIdOf(messageId, block, start, end),
    messageId,
    block,
    start,
    end,
    type,
    language: type === 'code_snippet' || type === 'formula' || type === 'table' ? null : languageOf(words),
    quality: qualityOf(words, type),
    hash: hash('sha256', words, 'hex').slice(0, 32),
  }
}

const FENCE = /^ {0,3}(`{3,}|~{3,})/
const HEADING = /^ {0,3}#{1,6}\s+\S/
const ITEM = /^\s{0,12}(?:[-*+•]|\d{1,3}[.)])\s+\S/
const TABLE = /^\s*\|.*\|\s*$/
const QUOTE = /^ {0,3}>/

type Line = { readonly start: number; readonly end: number; readonly text: string }
type Kind = 'fence' | 'formula' | 'heading' | 'item' | 'table' | 'quote' | 'blank' | 'text'

/** Where a text is cut, in its order. */
export function cuts(text: string): Cut[] {
  const lines = linesOf(text.slice(0, MOST_CHARACTERS))
  const found: Cut[] = []
  for (let n = 0; n < lines.length; ) {
    const last = lastOf(lines, n)
    const kind = kindOf(lines[n])
    if (kind !== 'blank') push(found, text, kind, { first: lines[n], last: lines[last] })
    n = last + 1
  }
  return found
}

function linesOf(text: string): Line[] {
  const lines: Line[] = []
  for (let start = 0; start <= text.length; ) {
    const next = text.indexOf('\n', start)
    const end = next === -1 ? text.length : next
    lines.push({ start, end, text: text.slice(start, Math.min(end, start + 2_000)) })
    start = end + 1
  }
  return lines
}

function kindOf(line: Line | undefined): Kind {
  const text = line?.text ?? ''
  if (text.trim() === '') return 'blank'
  if (FENCE.test(text)) return 'fence'
  if (text.trimStart().startsWith('$$') || text.trimStart().startsWith('\\[')) return 'formula'
  if (HEADING.test(text)) return 'heading'
  if (TABLE.test(text)) return 'table'
  if (QUOTE.test(text)) return 'quote'
  return ITEM.test(text) ? 'item' : 'text'
}

/** Index of the last line of the unit that begins at line `n`. */
function lastOf(lines: readonly Line[], n: number): number {
  const kind = kindOf(lines[n])
  if (kind === 'blank' || kind === 'heading') return n
  if (kind === 'fence') return closing(lines, n, (FENCE.exec(lines[n]?.text ?? '')?.[1] ?? '```').slice(0, 3))
  if (kind === 'formula') return closingFormula(lines, n)
  let last = n
  while (last + 1 < lines.length && continues(kind, kindOf(lines[last + 1]))) last++
  return last
}

const continues = (kind: Kind, next: Kind): boolean => (kind === 'item' || kind === 'text' ? next === 'text' : next === kind)

function closing(lines: readonly Line[], n: number, mark: string): number {
  for (let last = n + 1; last < lines.length; last++) if (lines[last]?.text.trimStart().startsWith(mark) === true) return last
  return lines.length - 1
}

function closingFormula(lines: readonly Line[], n: number): number {
  const first = lines[n]?.text.trim() ?? ''
  const mark = first.startsWith('$$') ? '$$' : '\\]'
  if (first.slice(2).includes(mark)) return n
  for (let last = n + 1; last < lines.length; last++) if (lines[last]?.text.includes(mark) === true) return last
  return n
}

function push(found: Cut[], text: string, kind: Kind, { first, last }: { readonly first: Line | undefined; readonly last: Line | undefined }): void {
  if (first === undefined || last === undefined) return
  let { start } = first
  let { end } = last
  while (start < end && /\s/.test(text[start] ?? '')) start++
  while (end > start && /\s/.test(text[end - 1] ?? '')) end--
  if (end - start >= SHORTEST || (kind === 'item' && end - start >= 4))
    found.push({ start, end, type: typeOf(kind, text.slice(start, Math.min(end, start + 2_000)), text[end - 1]) })
}

const DECISION =
  /\b(?:we|i)(?:['’]ve| have)? (?:decided|agreed)\b|\bdecision:|\b(?:wir haben|ich habe) (?:uns |mich )?(?:entschieden|beschlossen)\b|\b(?:hemos|he) decidido\b|\b(?:nous avons|j['’]ai) décidé\b|\b(?:decidimos|decidi)\b/iu
const TASK = /^(?:[-*+]\s+)?\[[ xX]\]|^(?:todo|to-do|action item|aufgabe|tarea|tâche|tarefa)\b\s?[:-]/iu
const ANSWER = /^(?:\*\*)?(?:answer|response|antwort|respuesta|réponse|resposta)(?:\*\*)?\s?:/iu
const THOUGHT = 140

function typeOf(kind: Kind, words: string, last: string | undefined): AcuType {
  if (kind === 'fence') return 'code_snippet'
  if (kind === 'formula' || kind === 'heading' || kind === 'table' || kind === 'quote') return kind
  if (TASK.test(words)) return 'task'
  if (kind === 'item') return 'list_item'
  if (last === '?') return 'question'
  if (ANSWER.test(words)) return 'answer'
  if (DECISION.test(words)) return 'decision'
  return words.length < THOUGHT && /\b(?:i (?:think|wonder|guess)|ich (?:denke|frage mich)|creo que|je pense|acho que)\b/iu.test(words)
    ? 'thought'
    : 'statement'
}
