/** What the rules can learn: each key with its type, its predicate (the same in every language, so that languages contradict each other) and its weight. */
import type { MemoryType } from '../../events/memories.ts'
import { BASE_IMPORTANCE } from '../types.ts'

export type Meaning = {
  readonly type: MemoryType
  readonly category: string
  /** `{what}` is replaced by what the words were about. */
  readonly predicate: string
  /** 0…1: how sure the words alone make it. */
  readonly confidence: number
  readonly importance?: number
  readonly sensitive?: true
  /** Predicate that is over: a memory that says it of the same object ends. */
  readonly ends?: string
}

const meaning = (type: MemoryType, category: string, predicate: string, confidence: number, more: Partial<Meaning> = {}): Meaning => ({
  type,
  category,
  predicate,
  confidence,
  ...more,
})

// biome-ignore format: one line per meaning
export const MEANINGS = {
  name: meaning('identity', 'identity', 'is called', 0.95),
  address: meaning('identity', 'identity', 'wants to be called', 0.9),
  home: meaning('identity', 'home', 'lives in', 0.9),
  moved: meaning('identity', 'home', 'lives in', 0.85),
  leftHome: meaning('factual', 'biography', 'no longer lives in', 0.85, { ends: 'lives in' }),
  livedIn: meaning('factual', 'biography', 'lived in', 0.8, { ends: 'lives in' }),
  origin: meaning('identity', 'bio', 'is from', 0.85),
  bornOn: meaning('identity', 'bio', 'was born on', 0.9),
  bornIn: meaning('identity', 'bio', 'was born in', 0.85),
  birthday: meaning('identity', 'bio', 'has birthday on', 0.95),
  age: meaning('identity', 'bio', 'is aged', 0.85),
  employer: meaning('identity', 'role', 'works at', 0.85),
  joined: meaning('identity', 'role', 'works at', 0.85),
  leftJob: meaning('factual', 'biography', 'no longer works at', 0.85, { ends: 'works at' }),
  occupation: meaning('identity', 'role', 'works as', 0.85),
  field: meaning('identity', 'role', 'works in', 0.75),
  studies: meaning('identity', 'role', 'studies', 0.8),
  speaks: meaning('identity', 'language', 'speaks', 0.85),
  nativeLanguage: meaning('identity', 'language', 'has as first language', 0.9),
  nationality: meaning('identity', 'identity', 'is', 0.8),
  faith: meaning('identity', 'belief', 'is', 0.8, { sensitive: true }),
  diet: meaning('preference', 'requirement', 'is', 0.9, { importance: 0.85 }),
  allergy: meaning('preference', 'requirement', 'is allergic to', 0.95, { importance: 0.95, sensitive: true }),
  avoids: meaning('preference', 'requirement', 'does not consume', 0.8, { importance: 0.75 }),
  condition: meaning('factual', 'health', 'has', 0.8, { importance: 0.85, sensitive: true }),
  partnered: meaning('relationship', 'relationship', 'is', 0.75, { sensitive: true }),
  prefers: meaning('preference', 'preference', 'prefers', 0.8),
  likes: meaning('preference', 'like', 'likes', 0.75),
  dislikes: meaning('preference', 'dislike', 'dislikes', 0.75),
  favourite: meaning('preference', 'like', 'has favourite {what}', 0.9),
  instruction: meaning('procedural', 'instruction', 'wants', 0.85),
  answersIn: meaning('procedural', 'instruction', 'wants answers in', 0.85),
  kin: meaning('relationship', 'person_info', 'has {what}', 0.85),
  pet: meaning('relationship', 'pet', 'has {what}', 0.85),
  possession: meaning('factual', 'possession', 'has', 0.75),
  drives: meaning('factual', 'possession', 'drives', 0.75),
  plays: meaning('factual', 'ability', 'plays', 0.75),
  uses: meaning('factual', 'background', 'uses', 0.7),
  goal: meaning('goal', 'goal', 'has as goal', 0.85),
  plan: meaning('goal', 'plan', 'plans', 0.7),
  learning: meaning('goal', 'learning', 'is learning', 0.8),
  training: meaning('goal', 'goal', 'prepares for', 0.75),
  project: meaning('project', 'project', 'is working on', 0.7),
  deadline: meaning('project', 'deadline', 'is due on', 0.85),
  decision: meaning('project', 'decision', 'decided', 0.75),
  event: meaning('episodic', 'event', 'did', 0.7),
  remember: meaning('semantic', 'fact', 'said to remember', 0.9, { importance: 0.8 }),
  email: meaning('relationship', 'contact', 'has email', 0.85, { sensitive: true }),
} as const satisfies Readonly<Record<string, Meaning>>

export type Key = keyof typeof MEANINGS
export const meaningOf = (key: Key): Meaning => MEANINGS[key]
export const importanceOf = ({ importance, type }: Meaning): number => importance ?? BASE_IMPORTANCE[type]
