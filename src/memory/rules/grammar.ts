/** The shape of one language's rules: cues that begin a claim, what may follow them, and what takes a claim back. Data only; claims.ts reads it. */
import type { LanguageCode } from '../language.ts'
import type { Key } from './meanings.ts'

/**
 * What follows a cue. `place`, `name`, `organisation`: capitalised words; `thing`: a few words, up to the next clause; `clause`: the rest of the
 * sentence; `date`: a moment; `birthday`: a day and month; `rest`: nothing, the cue has it all.
 */
export type Kind = 'place' | 'name' | 'organisation' | 'thing' | 'trade' | 'clause' | 'date' | 'birthday' | 'rest'

export type Cue = {
  readonly key: Key
  /** Source of a regular expression, case ignored. Groups: `o` the object itself, `what` what it is about, `p` a preposition for the sentence. */
  readonly say: string
  readonly object: Kind
  /** `start`: only where a sentence starts. `time`: only when a moment is named. */
  readonly only?: 'start' | 'time'
  /** The object must match: as it was said, lower-case. */
  readonly fits?: RegExp
  /** The object must be a name: written with a capital. */
  readonly proper?: true
  /** The object must not match. */
  readonly never?: RegExp
}

/** Somebody of one's own: family, friends, pets. */
export type Kin = {
  /** `my (older )?(?<kin>sister|…)`. */
  readonly say: string
  /** The word as it is compared, in English, by each word of the group `kin`. */
  readonly words: Readonly<Record<string, string>>
  /** After it, before the name: `'s name is`, ` is called`. */
  readonly called: string
  /** What is said of them, right after: `lives in`. */
  readonly facts: readonly Cue[]
  readonly pets: ReadonlySet<string>
}

export type Grammar = {
  readonly code: LanguageCode
  /** No claim without one of these: looked for first. */
  readonly trigger: RegExp
  readonly cues: readonly Cue[]
  readonly kin: Kin
  /** Anywhere before a cue: the sentence does not say it, or not of here and now. */
  readonly unreal: RegExp
  /** Anywhere before a cue: said with less than certainty. */
  readonly hedge: RegExp
  /** A sentence that begins like this asks, or tells somebody to do something. */
  readonly asking: RegExp
  /** What may stand between a claim and a question in one sentence. */
  readonly after: RegExp
  /** Ends a thing. */
  readonly cut: ReadonlySet<string>
  /** `and`, `or`. */
  readonly and: ReadonlySet<string>
  /** After `and`, begins something else. */
  readonly restart: ReadonlySet<string>
  /** A thing does not begin with these. */
  readonly notThing: ReadonlySet<string>
  /** A thing with one of these means something only where it was said. */
  readonly vague: ReadonlySet<string>
  /** Off the end of a thing. */
  readonly trailing: ReadonlySet<string>
  readonly articles: ReadonlySet<string>
  /** Inside names of places and people. */
  readonly connectors: ReadonlySet<string>
  /** Capitalised, and no name. */
  readonly notName: ReadonlySet<string>
  /** Right after an object: takes it back (`anymore`). */
  readonly takesBack: RegExp
  /** How each key is said of the user: `{o}`, `{p}`, `{what}`. A day is added in brackets. */
  readonly texts: Readonly<Record<Key, string>>
}

export const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))
