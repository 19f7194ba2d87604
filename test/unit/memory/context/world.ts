/** Facts for contexts under test. */

import type { Wishes } from '../../../../src/memory/context/compose.ts'
import type { ContextFacts, FoundTurn, KnownMemory, Turn } from '../../../../src/memory/context/facts.ts'
import { DEFAULT_SETTINGS } from '../../../../src/memory/context/settings.ts'

export const memory = (id: string, fields: Partial<KnownMemory> = {}): KnownMemory => ({
  id,
  type: 'factual',
  category: 'fact_about_user',
  text: `Fact number ${id}`,
  subject: 'user',
  tags: [],
  status: 'active',
  pinned: false,
  confidence: 0.9,
  importance: 0.5,
  sensitive: false,
  observedAt: '2024-05-03T10:00:00.000Z',
  validFrom: null,
  validTo: null,
  disputedWith: [],
  conversationIds: ['1'],
  ...fields,
})

export const turn = (id: string, text: string, fields: Partial<Turn> = {}): Turn => ({
  id,
  conversationId: '1',
  parentId: Number(id) > 1 ? String(Number(id) - 1) : null,
  ordinal: Number(id),
  role: 'user',
  author: null,
  at: '2024-05-03T10:00:00.000Z',
  text,
  ...fields,
})

export const found = (turn: Turn, score = 1): FoundTurn => ({ turn, score, why: [{ signal: 'words', value: score }], spans: [] })

export const NOTHING: ContextFacts = {
  memories: [],
  foundMemories: [],
  foundTurns: [],
  conversations: new Map([['1', { id: '1', title: 'A walk', provider: 'chatgpt', createdAt: '2024-05-03T10:00:00.000Z' }]]),
  names: [],
  disputed: new Map(),
  conversation: null,
}

export const wishes = (fields: Partial<Wishes> = {}): Wishes => ({
  settings: DEFAULT_SETTINGS,
  recipe: null,
  preset: null,
  budget: 1_500,
  message: '',
  history: 'text',
  ...fields,
})
