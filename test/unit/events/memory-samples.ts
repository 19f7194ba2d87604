/** Payloads of what is learnt from conversations, as full as they may be. See samples.ts. */
import type { Claim, Evidence, MemoryEvents } from '../../../src/events/memories.ts'

const at = '2026-01-31T12:00:00.000Z'
const own = { id: '7100000000000000001', accountId: '1', at }
const digest = '2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae'

export const claim: Claim = {
  type: 'identity',
  category: 'home',
  text: 'The user lives in Lisbon.',
  subject: 'user',
  predicate: 'lives in',
  object: 'lisbon',
  language: 'en',
  validFrom: '2023-05',
  validTo: null,
  tags: ['home'],
}

export const evidence: Evidence = {
  conversationId: '7000000000000000001',
  messageId: '7000000000000000002',
  position: 12,
  block: 0,
  start: 4,
  end: 20,
  quote: 'I live in Lisbon',
  role: 'user',
  stance: 'supports',
}

const pair = { accountId: '1', sourceId: '7100000000000000001', targetId: '7100000000000000002', at }

export const memorySamples: { readonly [T in keyof MemoryEvents]: MemoryEvents[T] } = {
  'acu:segment': {
    accountId: '1',
    conversationId: '7000000000000000001',
    rules: 'segments@1',
    acus: [
      {
        id: '7200000000000000001',
        messageId: '7000000000000000002',
        block: 0,
        start: 0,
        end: 21,
        type: 'statement',
        language: 'en',
        quality: { overall: 0.5, richness: 0.25, integrity: 1, uniqueness: 0.75 },
        hash: digest.slice(0, 32),
      },
    ],
    at,
  },
  'acu:create': { ...own, text: 'Looms compute.', type: 'thought', tags: ['loom'], parentId: '7200000000000000001', relation: 'remix' },
  'acu:delete': own,
  'acu:link': { ...pair, relation: 'explains', weight: 0.9 },
  'acu:unlink': { ...pair, relation: 'explains' },

  'memory:record': {
    ...own,
    ...claim,
    status: 'active',
    confidence: 0.9,
    importance: 0.8,
    sensitive: false,
    observedAt: at,
    evidence: [evidence],
    derivation: { engine: 'model', by: 'rules@1', model: 'gpt-5', prompt: digest, output: digest },
    members: ['7100000000000000002'],
  },
  'memory:support': { ...own, evidence: [{ ...evidence, stance: 'contradicts', role: 'assistant' }] },
  'memory:supersede': { ...own, by: '7100000000000000002', validTo: '2026-01-31' },
  'memory:dispute': { ...own, with: '7100000000000000002' },
  'memory:resolve': { ...own, with: '7100000000000000002', as: 'holds' },
  'memory:confirm': own,
  'memory:correct': { ...own, claim },
  'memory:pin': own,
  'memory:unpin': own,
  'memory:archive': own,
  'memory:restore': own,
  'memory:forget': { ...own, marks: [digest.slice(0, 32)] },
  'memory:relate': { ...pair, relation: 'same_topic', weight: 0.5 },
  'memory:unrelate': { ...pair, relation: 'same_topic' },
  'memory:access': {
    ...own,
    reader: { kind: 'assistant', appId: '115000000000000005', grantId: '115000000000000006', name: 'Claude' },
    what: 'tools/search',
    query: 'where do I live',
    conversationIds: ['7000000000000000001'],
    messageIds: ['7000000000000000002'],
    memoryIds: ['7100000000000000001'],
    tokens: 321,
  },
  'extraction:report': {
    ...own,
    conversationId: '7000000000000000001',
    provider: 'openai',
    model: 'gpt-5',
    prompt: digest,
    output: digest,
    proposed: 5,
    accepted: 3,
    rejected: [{ reason: 'quote not found', count: 2 }],
  },

  'model:add': {
    ...own,
    provider: 'openai',
    name: 'Mine',
    model: 'gpt-5',
    baseUrl: 'https://api.openai.com/v1',
    embeddingModel: 'text-embedding-3-small',
  },
  'model:remove': own,
  'context:settings': { accountId: '1', settings: { preset: 'balanced', maxContextTokens: 12000 }, at },
  'recipe:save': { ...own, name: 'Writing', description: 'For long texts', weights: { L2: 1.5 }, excluded: ['L5'], budget: 12000 },
  'recipe:delete': own,
}
