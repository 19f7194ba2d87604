/**
 * What of a message may be learnt from: the person's own words, and nothing else. Everything that they only brought along is masked: code, quotes,
 * pasted texts and logs, forwarded mail, secrets, texts to be translated or rewritten, stories and roles. Pure, in linear time.
 *
 * Masking keeps every place: a masked text is as long as the text.
 */
import type { Block, Message } from '../events/conversations.ts'
import { secretsIn } from './secrets.ts'

/** Stands for a character that is not the person's word. No rule reads across it. */
export const BARRIER = '\uE000'

/** Longer messages are pastes, at most with a word before or after. */
const LONG_MESSAGE = 6_000
/** Longer paragraphs are not said, but pasted. */
const LONG_PARAGRAPH = 1_600
/** A line said before or after a paste. */
const REMARK = 600

type Said = Pick<Message, 'role' | 'recipient' | 'status' | 'hidden' | 'injected' | 'blocks'>

/** True when a person said this to an assistant, and their source did not hide it. */
export const isSaid = ({ role, recipient, hidden, injected }: Said): boolean => role === 'user' && recipient === null && !hidden && !injected

/** A block's own words. */
export type Words = { readonly block: number; readonly text: string; readonly masked: string }

/** What a person says in a message, block by block; empty when it is nothing of theirs. */
export function wordsOf(message: Said): Words[] {
  if (!isSaid(message)) return []
  return message.blocks.flatMap((block, index) => {
    const text = textOf(block)
    if (text === null) return []
    const masked = masking(text)
    return masked === null ? [] : [{ block: index, text, masked }]
  })
}

const textOf = (block: Block): string | null => (block.t === 'text' && block.format !== 'html' ? block.text : null)

/** The text with all that is not said masked; null when nothing is left. */
export function masking(text: string): string | null {
  if (text.length > LONG_MESSAGE) return remarksOf(text)
  const mask = new Mask(text)
  maskCode(mask)
  maskQuotes(mask)
  for (const [start, end] of secretsIn(text)) mask.cover(start, end)
  maskLines(mask)
  maskTasks(mask)
  return mask.result()
}

/** Of a long message: what is said before and after. */
function remarksOf(text: string): string | null {
  const first = text.slice(0, REMARK + 1).indexOf('\n\n')
  if (first === -1) return null
  const masked = masking(text.slice(0, first))
  return masked === null ? null : masked + BARRIER.repeat(text.length - first)
}

class Mask {
  readonly text: string
  readonly #covered: Uint8Array

  constructor(text: string) {
    this.text = text
    this.#covered = new Uint8Array(text.length)
  }

  cover(start: number, end: number): void {
    this.#covered.fill(1, start, end)
  }

  isCovered(at: number): boolean {
    return this.#covered[at] === 1
  }

  result(): string | null {
    let masked = ''
    let from = 0
    let some = false
    for (let at = 0; at <= this.text.length; at++) {
      const covered = this.#covered[at] === 1
      if (at < this.text.length && covered === (this.#covered[from] === 1)) continue
      if (at > from) {
        const is = this.#covered[from] === 1
        if (!is && /\S/.test(this.text.slice(from, at))) some = true
        masked += is ? BARRIER.repeat(at - from) : this.text.slice(from, at)
      }
      from = at
    }
    return some ? masked : null
  }
}

/** Fences to their end or that of the text, spans in backticks, formulas, tags of HTML. */
function maskCode(mask: Mask): void {
  const { text } = mask
  for (let at = text.indexOf('```'); at !== -1; ) {
    const end = text.indexOf('```', at + 3)
    mask.cover(at, end === -1 ? text.length : end + 3)
    at = end === -1 ? -1 : text.indexOf('```', end + 3)
  }
  for (const match of text.matchAll(/`[^`\n]{1,500}`|\$\$[^$]{1,2000}\$\$|<\/?[a-zA-Z][^<>\n]{0,500}>|\b(?:https?|ftp):\/\/\S{1,2000}/g)) {
    mask.cover(match.index, match.index + match[0].length)
  }
}

/** Pairs of quotation marks. What stands between them is somebody's words; only names of one or two words stay. */
const QUOTES: readonly (readonly [open: string, close: string])[] = [
  ['"', '"'],
  ['“', '”'],
  ['„', '“'],
  ['«', '»'],
  ['»', '«'],
  ['‹', '›'],
]
const LONGEST_QUOTE = 2_000

function maskQuotes(mask: Mask): void {
  const { text } = mask
  for (const [open, close] of QUOTES) {
    for (let at = text.indexOf(open); at !== -1; ) {
      const end = text.indexOf(close, at + 1)
      if (end === -1 || end - at > LONGEST_QUOTE) break
      if (!isName(text.slice(at + 1, end))) mask.cover(at, end + 1)
      at = text.indexOf(open, end + 1)
    }
  }
}

const isName = (quoted: string): boolean => /^\p{Lu}[\p{L}’'-]{0,30}(?: \p{Lu}[\p{L}’'-]{0,30})?$/u.test(quoted)

/** Before a text that was brought along. */
const INTRODUCES =
  /(?:(?<![\p{L}])(?:following|below|here(?:'s| is| are)|this|these|text|e?-?mail|article|essay|letter|code|error|log|logs|output|message|transcript|document|story|paragraph|passage|excerpt|post|tweet|review|bio|cv|resume|résumé|prompt|poem|lyrics|chapter|folgend\p{L}*|hier ist|text|nachricht|brief|aufsatz|artikel|siguiente|texto|correo|carta|mensaje|artículo|aquí está|suivant\p{L}*|texte|courriel|lettre|voici|seguinte|mensagem|artigo|aqui está)\b)[^\n:]{0,80}:\s*$/iu
/** Before what somebody says of themselves. */
const ABOUT_ME =
  /(?<![\p{L}])(?:about me|about myself|my (?:profile|preferences|details|background|setup|info)|facts|remember|note|fyi|über mich|zu mir|merk\p{L}*|sobre mí|recuerda|à mon sujet|sur moi|retiens|sobre mim|lembra|lembre)\b/iu
/** Of mail, chats and logs. */
const FOREIGN_LINE =
  /^\s*(?:>|\|.*\||(?:from|to|cc|subject|date|sent|von|an|betreff|de|para|asunto|objet|à|assunto)\s?:|on .{4,80} wrote:|am .{4,80} schrieb|el .{4,80} escribió|le .{4,80} a écrit|em .{4,80} escreveu|\[?\d{1,2}[:.]\d{2}(?:[:.]\d{2})?(?: ?[ap]m)?\]?[\s,-]|\[?\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}[,\s]+\d{1,2}:\d{2}|(?:user|assistant|human|ai|bot|system)\s?:|at \S+\(|traceback|exception|error:|warning:|\{|\}|\[|<)/iu
/** From a line like this on, it is a mail. */
const MAIL_HEAD = /^\s*(?:from|subject|sent|von|betreff|asunto|objet|assunto|de)\s?: \S/iu
/** Of a conversation of others: who speaks. */
const SPEAKER = /^\s*\p{Lu}[\p{L}.’'-]{0,30}(?: \p{Lu}[\p{L}.’'-]{0,30}){0,2}\s?: /u
/** Lines that look like code: more signs than words. */
const CODE_LINE =
  /(?:[;{}]\s*$|=>|\b(?:const|let|var|def|function|import|return|class|public|void|SELECT|FROM)\b.*[=(;:{]|^\s*[#/*]{1,3}\s*(?:include|define)|\w\(.*\)\s*[;{]?$|^\s{4,}\S.*[=;{}()])/
const LABEL =
  /^\s*(?:[-*•]\s+)?(?:me|i|note|ps|p\.s\.|fyi|remember|also|name|location|job|ich|hinweis|merke|yo|nota|recuerda|moi|remarque|eu|lembrete)\s?:/iu
const isForeign = (line: string): boolean =>
  (FOREIGN_LINE.test(line.slice(0, 200)) || SPEAKER.test(line.slice(0, 120))) && !LABEL.test(line.slice(0, 60))

function maskLines(mask: Mask): void {
  const { text } = mask
  let brought = false
  for (let start = 0; start <= text.length; ) {
    const next = text.indexOf('\n', start)
    const end = next === -1 ? text.length : next
    const line = text.slice(start, Math.min(end, start + LONG_PARAGRAPH + 1))
    brought ||= MAIL_HEAD.test(line.slice(0, 40))
    if (brought || line.length > LONG_PARAGRAPH || isForeign(line) || CODE_LINE.test(line.slice(0, 400))) {
      mask.cover(start, end)
    } else if (line.trimEnd().endsWith(':') && end < text.length) {
      const lead = line.slice(-200)
      brought = INTRODUCES.test(lead) && !ABOUT_ME.test(lead)
    }
    if (next === -1) break
    start = next + 1
  }
}

/** Asks for work on a text: whatever follows is that text. */
const REWORK =
  /(?<![\p{L}])(?:translat(?:e|ion)|rewrite|re-write|rephrase|paraphrase|proofread|summari[sz]e|correct (?:this|the|my)|improve (?:this|the|my)|edit (?:this|the|my)|fix (?:the |my )?grammar|check (?:the |my )?grammar|polish|shorten|expand on|continue (?:this|the)|analy[sz]e (?:this|the)|grade (?:this|the)|übersetz\p{L}*|umschreib\p{L}*|formulier\p{L}*|korrigier\p{L}*|zusammenfass\p{L}*|fass\p{L}* .{0,40} zusammen|verbesser\p{L}*|traduc\p{L}*|traduz\p{L}*|reescrib\p{L}*|reescrev\p{L}*|resum\p{L}*|corrig\p{L}*|mejora|melhora|tradui\p{L}*|reformul\p{L}*|résum\p{L}*)(?=[\s:,.!?]|$)/iu
/** Asks for fiction, or to be somebody: what is said then is not said of oneself. */
const FICTION =
  /(?<![\p{L}'’])(?:role-?play|pretend|act as|you are (?:a|an|the)|you're (?:a|an)|imagine|(?:write|compose|create|generate|draft|make|give me|tell me)(?: me)? (?:a|an|the|some|another)\b.{0,40}\b(?:story|poem|song|screenplay|dialogue|monologue|lyrics|character|scene|tale|essay|letter|e-?mail|speech|cv|resume|bio|cover letter|post|tweet|message|script)|in the style of|rollenspiel|stell dir vor|tu so als|schreib\p{L}*(?: mir| uns)? (?:eine?n?|den|das|die)|du bist (?:ein|eine|der|die)|imagina|finge|actúa como|eres (?:un|una)|escribe(?:me)? (?:un|una)|imagine que|fais comme si|agis comme|tu es (?:un|une)|écris(?:-moi)? (?:un|une)|finja|aja como|atue como|você é (?:um|uma)|escreva(?:-me)? (?:um|uma))(?=[\s:,.!?]|$)/iu

/** From the first sentence that asks for such work, everything is somebody else's. */
function maskTasks(mask: Mask): void {
  const { text } = mask
  const rework = REWORK.exec(text)
  const fiction = FICTION.exec(text)
  const starts = [rework, fiction].flatMap((match) => (match === null || mask.isCovered(match.index) ? [] : [match.index]))
  if (starts.length === 0) return
  mask.cover(Math.min(...starts), text.length)
}
