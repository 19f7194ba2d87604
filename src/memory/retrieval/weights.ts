/**
 * The numbers of the ranking, all of them: few, round, each with its reason. They were chosen on conversations between people; around each of them
 * the results stay level (a quarter more or less moves recall by less than a point), so that none is fitted to a question.
 */

/** BM25: how soon a repeated word stops counting, and how much long texts are held against. The usual values. */
export const SATURATION = 1
export const LENGTH = 0.75

/**
 * A turn is understood from those around it: words said one, two, three turns before count half, a quarter, an eighth; of the turns after it half
 * as much, because answers come after questions. They are added before saturation: a word in three turns of a row is not three times the evidence.
 */
export const BEFORE = [0.5, 0.25, 0.125] as const
export const AFTER = [0.25, 0.125, 0.0625] as const

/** The session as a whole says what a turn in it is about. */
export const SESSION = 0.4

/** A turn of whoever the question is about. */
export const SPEAKER = 1.5
/** Of the asker or the assistant, when the question says "I" or "you": less certain than a name. */
export const PRONOUN = 1.2
/** A turn that asks tells less than one that tells. */
export const QUESTION = 0.85

/** A turn of few words of its own lives on its neighbours': `INFORMATION` of its score depends on how many it has, half of it reached at `FEW`. */
export const INFORMATION = 0.5
export const FEW = 4

/** A question about a day finds what was said then or soon after: this share of the best score, falling off over `DAYS` days. */
export const DAY = 0.3
export const DAYS = 5
/** A question for the latest prefers the new: up to this share of the best score. */
export const RECENT = 0.2

/** Turns on the question's topic in other words (see topics.ts): at most this share of the best score, when no turn contains a word of the question. */
export const TOPIC = 0.5

/** A message that a fitting memory rests on: this share of the memory's score. */
export const MEMORY = 0.25

/** What is nearest by the vectors of a model: at most this share of the best score, so that words and meaning weigh about the same. */
export const VECTOR = 0.6
