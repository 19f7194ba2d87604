/**
 * Claims in what a person says: cues of their language's grammar, sentence by sentence, each held against everything that would take it back. Pure
 * and deterministic: the same words give the same claims. Sentences are short (see sentences.ts), so a cue costs what the sentence is long.
 */
import type { Claim } from '../../events/memories.ts'
import { everyMatch } from '../every-match.ts'
import { speaksOfSecrets } from '../secrets.ts'
import type { Sentence } from '../sentences.ts'
import { type Time, timesIn } from '../time.ts'
import { TIME_WORDS } from '../time-words.ts'
import type { Cue, Grammar } from './grammar.ts'
import { importanceOf, type Key, type Meaning, meaningOf } from './meanings.ts'
import { type Found, objectAt } from './objects.ts'
import { comparedPlace } from './places.ts'

/** Raised whenever the same words may give another claim. */
export const RULES = 'rules@1'

/** A claim with the words it rests on: half-open, in the text. `ends`: predicate that is over for this object. */
export type Learnt = {
  readonly key: Key
  readonly claim: Claim
  readonly start: number
  readonly end: number
  readonly confidence: number
  readonly importance: number
  readonly sensitive: boolean
  readonly ends: string | null
}

/** What stays the same for all cues of a sentence. */
type Scene = {
  readonly text: string
  readonly sentence: string
  readonly offset: number
  readonly asks: boolean
  readonly grammar: Compiled
  readonly said: string | null
}

type CompiledCue = Cue & { readonly form: RegExp }
export type Compiled = Grammar & {
  /** Whether any of them is there at all: most sentences say nothing. */
  readonly anyForm: RegExp
  readonly forms: readonly CompiledCue[]
  readonly kinForm: RegExp
  readonly calledForm: RegExp
  readonly facts: readonly CompiledCue[]
}

const EDGE = "(?<![\\p{L}\\p{N}_'’@/.-])"

/** A grammar with its expressions made, once. */
export function compiled(grammar: Grammar): Compiled {
  const cue = (one: Cue, flags: string, edge: string): CompiledCue => ({
    ...one,
    form: new RegExp(`${edge}(?:${one.say})(?![\\p{L}\\p{N}_])`, flags),
  })
  return {
    ...grammar,
    anyForm: new RegExp(`${EDGE}(?:${grammar.cues.map(({ say }) => say.replace(/\(\?<\w+>/g, '(?:')).join('|')})`, 'iu'),
    forms: grammar.cues.map((one) => cue(one, 'giu', EDGE)),
    kinForm: new RegExp(`${EDGE}(?:${grammar.kin.say})(?![\\p{L}\\p{N}_])`, 'giu'),
    calledForm: new RegExp(`(?:${grammar.kin.called})\\s+`, 'iuy'),
    facts: grammar.kin.facts.map((one) => cue(one, 'iuy', '')),
  }
}

/** @param masked  of a block, see gate.ts; `text`: the same, unmasked */
export function claimsIn(text: string, masked: string, { start, end, asks, cut }: Sentence, grammar: Compiled, said: string | null): Learnt[] {
  const sentence = masked.slice(start, end)
  if (!grammar.trigger.test(sentence) || speaksOfSecrets(sentence)) return []
  const scene: Scene = { text, sentence, offset: start, asks, grammar, said }
  const forms = cut ? grammar.forms.filter(({ object }) => object !== 'clause') : grammar.forms
  const found = [...(grammar.anyForm.test(sentence) ? forms.flatMap((cue) => byCue(scene, cue)) : []), ...ofKin(scene)]
  return found
    .filter((one, n) => !found.some((other, m) => m !== n && makesVoid(other, one, m < n)))
    .sort((a, b) => a.start - b.start || a.end - b.end)
}

/** Of two that lie in each other, what was only to be remembered says less than what it was, `has a dog` less than its name, the shorter less than the longer. */
function makesVoid(other: Learnt, one: Learnt, isEarlier: boolean): boolean {
  const within = one.start >= other.start && one.end <= other.end
  const around = one.start <= other.start && one.end >= other.end
  if (one.key === 'remember') return around && other.key !== 'remember'
  if (one.key === 'instruction') return around && other.key === 'answersIn'
  if (one.key === 'possession') return within && (other.key === 'pet' || other.key === 'kin')
  return one.key === other.key && within && (!around || isEarlier)
}

function byCue(scene: Scene, cue: CompiledCue): Learnt[] {
  const found: Learnt[] = []
  for (const match of everyMatch(cue.form, scene.sentence)) {
    if (!isMeant(scene, match.index, cue)) continue
    const learnt = learn(scene, cue, match, { start: match.index, subject: 'user', prefix: '' })
    if (learnt !== null) found.push(learnt)
  }
  return found
}

/** Whether the words before let it stand. */
function isMeant({ sentence, grammar, asks }: Scene, at: number, cue: Cue): boolean {
  const before = sentence.slice(0, at)
  if (cue.only === 'start' && before.trim() !== '' && !/^[^\p{L}]*(?:\p{L}+[,!]\s*)?$/u.test(before)) return false
  if (grammar.unreal.test(before) || (cue.key === 'event' && !beginsClause(before, grammar))) return false
  return !(asks && grammar.asking.test(sentence))
}

/** What happened is told by a clause of its own: `the photo we took last year` tells of a photo. */
function beginsClause(before: string, { and, cut, restart, code }: Grammar): boolean {
  const trimmed = before.trimEnd()
  const last = /[\p{L}'’]+$/u.exec(trimmed)?.[0].toLowerCase()
  if (last === undefined || and.has(last) || cut.has(last) || restart.has(last)) return true
  return timesIn(before, code, '2000-01-01T00:00:00.000Z').some(({ end }) => end >= trimmed.length)
}

/** Of what happened, not what somebody thought of it. */
function tale(sentence: string, object: Found, { and, restart }: Grammar): Found {
  const told = sentence.slice(object.start, object.end)
  const dash = /\s[-–—]\s|[,;(]\s/u.exec(told)?.index ?? told.length
  const again = everyMatch(/\s([\p{L}&]+)\s([\p{L}'’]+)/gu, told).find(
    ([, one = '', two = '']) => and.has(one.toLowerCase()) && restart.has(two.toLowerCase()),
  )
  return { ...object, end: object.start + Math.min(dash, again?.index ?? told.length) }
}

type From = { readonly start: number; readonly subject: string; readonly prefix: string }

function learn(scene: Scene, cue: Cue, match: RegExpMatchArray, from: From): Learnt | null {
  const { sentence, grammar, said } = scene
  const after = (match.index ?? 0) + match[0].length
  const whole = fromVerb(match, given(match) ?? objectAt(sentence, after, cue.object, grammar, said))
  const object = whole !== null && cue.key === 'event' ? tale(sentence, whole, grammar) : whole
  if (object === null) return null
  const words = sentence.slice(object.start, object.end)
  if (cue.fits !== undefined && !cue.fits.test(words.toLowerCase())) return null
  if (cue.proper === true && !/\p{Lu}/u.test(words)) return null
  if (cue.never?.test(words.toLowerCase()) === true) return null
  const rest = sentence.slice(Math.max(object.end, after))
  if (grammar.takesBack.test(rest) || (scene.asks && !grammar.after.test(rest))) return null
  return made(scene, cue, { match, object, words, from })
}

/** Some objects begin within their cue: `always use …`, `went to …`. */
function fromVerb(match: RegExpMatchArray, object: Found | null): Found | null {
  const verb = match.groups?.v
  if (verb === undefined || object === null) return object
  const within = match[0].indexOf(verb)
  return { ...object, start: within === -1 ? object.start : (match.index ?? 0) + within }
}

/** The object that the cue itself names. */
function given(match: RegExpMatchArray): Found | null {
  const words = match.groups?.o
  if (words === undefined) return null
  const start = (match.index ?? 0) + match[0].lastIndexOf(words)
  return { start, end: start + words.length, sure: 1 }
}

type Hit = { readonly match: RegExpMatchArray; readonly object: Found; readonly words: string; readonly from: From }

function made(scene: Scene, cue: Cue, { match, object, words, from }: Hit): Learnt | null {
  const { grammar, sentence, said, offset } = scene
  const meaning = meaningOf(cue.key)
  const all = timesIn(sentence, grammar.code, said)
  const times = cue.key === 'event' ? all.filter(({ start, end }) => start < object.end || end <= (match.index ?? 0)) : all
  if (cue.only === 'time' && times.length === 0) return null
  const what = (match.groups?.what ?? '').toLowerCase().replace(/^lieblings-?/, '')
  const compared = comparedObject(cue.key, words, object, grammar)
  const time = object.date === undefined ? times.find(({ kind }) => kind === 'since' || DATED.has(cue.key)) : undefined
  const end = Math.max(
    object.end,
    (match.index ?? 0) + match[0].length,
    time !== undefined && time.start >= object.end && time.start - object.end < 24 ? time.end : 0,
  )
  const claim: Claim = {
    type: meaning.type,
    category: meaning.category,
    text: sentenceOf(grammar, cue.key, {
      o: shown(cue.key, words),
      p: match.groups?.p ?? '',
      what,
      prefix: from.prefix || dueOf(cue.key, what, grammar),
      date: dateToTell(grammar, time),
    }),
    subject: cue.key === 'deadline' && what !== '' ? withoutArticle(what, grammar) : from.subject,
    predicate: predicateOf(meaning, what, compared.isCountry),
    object: compared.object,
    language: grammar.code,
    validFrom: time?.date ?? null,
    validTo: cue.key === 'event' ? (time?.date ?? null) : null,
    tags: [],
  }
  const hedged = grammar.hedge.test(sentence.slice(0, match.index ?? 0))
  const confidence = round(meaning.confidence * object.sure * (hedged ? 0.65 : 1))
  return {
    key: cue.key,
    claim,
    start: offset + from.start,
    end: offset + end,
    confidence,
    importance: importanceOf(meaning),
    sensitive: meaning.sensitive === true,
    ends: meaning.ends ?? null,
  }
}

/** Keys of something that happened at a time. */
const DATED: ReadonlySet<Key> = new Set<Key>(['event', 'moved', 'joined', 'leftJob', 'leftHome', 'plan', 'training', 'deadline', 'decision'])
const PLACES: ReadonlySet<Key> = new Set<Key>(['home', 'moved', 'leftHome', 'livedIn', 'origin', 'bornIn'])

function comparedObject(key: Key, words: string, { date }: Found, grammar: Grammar): { readonly object: string; readonly isCountry: boolean } {
  if (date !== undefined) return { object: date, isCountry: false }
  const normal = words.normalize('NFC').toLowerCase().replaceAll('’', "'").replace(/\s+/g, ' ').trim()
  if (PLACES.has(key)) return comparedPlace(normal)
  return { object: withoutArticle(normal, grammar), isCountry: false }
}

function withoutArticle(words: string, { articles }: Grammar): string {
  const [first = '', ...more] = words.split(' ')
  return articles.has(first) && more.length > 0 ? more.join(' ') : words
}

function predicateOf({ predicate }: Meaning, what: string, isCountry: boolean): string {
  const told = predicate.replace('{what}', what)
  return isCountry && predicate === 'lives in' ? 'lives in country' : told
}

function dateToTell({ code }: Grammar, time: Time | undefined): string | null {
  if (time === undefined) return null
  return time.kind === 'at' ? time.date : `${TIME_WORDS[code].since.split('|')[0]} ${time.date}`
}

/** What is due. */
const dueOf = (key: Key, what: string, grammar: Grammar): string =>
  key === 'deadline' && what !== '' ? capitalise(withoutArticle(what, grammar)) : ''
const capitalise = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`
/** Well-known places are written as names, however they were typed. */
const shown = (key: Key, words: string): string =>
  PLACES.has(key) && words === words.toLowerCase() ? words.split(' ').map(capitalise).join(' ') : words

type Parts = { readonly o: string; readonly p: string; readonly what: string; readonly prefix: string; readonly date: string | null }

/** One sentence of the language's own, with the words as they were said. */
function sentenceOf({ texts }: Grammar, key: Key, { o, p, what, prefix, date }: Parts): string {
  const filled = texts[key].replace(/\{(o|p|what)\}/g, (_all, part: string) => (part === 'o' ? o : part === 'p' ? p.trim() : what))
  const body = filled.replace(/\s+/g, ' ').trim()
  const told = prefix === '' ? body : `${prefix}: ${body.charAt(0).toLowerCase()}${body.slice(1)}`
  return `${told.charAt(0).toUpperCase()}${told.slice(1)}${date === null ? '' : ` (${date})`}${/[.!?]$/.test(told) && date === null ? '' : '.'}`
}

const round = (value: number): number => Math.round(value * 100) / 100

/** What is said of one's own people: who they are, and where they live or work. */
function ofKin(scene: Scene): Learnt[] {
  const { sentence, grammar } = scene
  const found: Learnt[] = []
  for (const match of everyMatch(grammar.kinForm, sentence)) {
    const said = match.groups?.kin?.toLowerCase()
    const kin = said === undefined ? undefined : grammar.kin.words[said]
    if (
      said === undefined ||
      kin === undefined ||
      grammar.unreal.test(sentence.slice(0, match.index)) ||
      (scene.asks && grammar.asking.test(sentence))
    )
      continue
    found.push(...aboutKin(scene, match, { said, kin }))
  }
  return found
}

type Relative = { readonly said: string; readonly kin: string }

function aboutKin(scene: Scene, match: RegExpExecArray, { said, kin }: Relative): Learnt[] {
  const { sentence, grammar } = scene
  const after = match.index + match[0].length
  const named = nameOf(sentence, after, grammar)
  const at = named?.after ?? after
  const prefix = `${said.charAt(0).toUpperCase()}${said.slice(1)}${named === null ? '' : ` ${named.name}`}`
  const fact = factAt(scene, at, { start: match.index, subject: `user's ${kin}${named === null ? '' : ` ${named.name.toLowerCase()}`}`, prefix })
  const isMeant = named !== null && (!scene.asks || grammar.after.test(sentence.slice(named.end)))
  const who = !isMeant ? [] : [kinship(scene, { said, kin }, { start: match.index, end: named.end, name: named.name })]
  return fact === null ? who : [...who, fact]
}

/** `sister Ana`, `sister, Ana,`, `sister's name is Ana`. */
function nameOf(sentence: string, at: number, grammar: Compiled): { readonly name: string; readonly end: number; readonly after: number } | null {
  grammar.calledForm.lastIndex = at
  const called = grammar.calledForm.exec(sentence)
  const from = called === null ? at + (/^,?\s+/.exec(sentence.slice(at, at + 4))?.[0].length ?? 0) : at + called[0].length
  if (from === at) return null
  const found = objectAt(sentence, from, 'name', grammar, null)
  if (found === null || found.start > from + 2 || found.sure < 1) return null
  const name = sentence.slice(found.start, found.end)
  if (name.split(' ').length > 3 || /['’]s$/u.test(name)) return null
  const rest = sentence.slice(found.end)
  if (called === null && !/^(?:[,)]|\s+\p{Ll}|$)/u.test(rest)) return null
  return { name, end: found.end, after: found.end + (/^["”“»']?,?/.exec(rest)?.[0].length ?? 0) }
}

function factAt(scene: Scene, at: number, from: From): Learnt | null {
  const { sentence, grammar } = scene
  const space = /^\s+/.exec(sentence.slice(at, at + 4))?.[0].length ?? 0
  for (const cue of grammar.facts) {
    cue.form.lastIndex = at + space
    const match = cue.form.exec(sentence)
    if (match === null) continue
    const learnt = learn(scene, cue, match, from)
    if (learnt !== null) return { ...learnt, importance: round(learnt.importance * 0.75) }
  }
  return null
}

function kinship(
  { offset, grammar }: Scene,
  { said, kin }: Relative,
  { start, end, name }: { readonly start: number; readonly end: number; readonly name: string },
): Learnt {
  const key: Key = grammar.kin.pets.has(said) ? 'pet' : 'kin'
  const meaning = meaningOf(key)
  const claim: Claim = {
    type: meaning.type,
    category: meaning.category,
    text: sentenceOf(grammar, key, { o: name, p: '', what: said, prefix: '', date: null }),
    subject: 'user',
    predicate: predicateOf(meaning, kin, false),
    object: name.toLowerCase(),
    language: grammar.code,
    validFrom: null,
    validTo: null,
    tags: [],
  }
  const { confidence } = meaning
  return { key, claim, start: offset + start, end: offset + end, confidence, importance: importanceOf(meaning), sensitive: false, ends: null }
}
