/** One valid payload of every type around conversations, as full as it may be. See samples.ts. */
import type { Block, ConversationEvents, Instant } from '../../../src/events/conversations.ts'

const at = '2026-01-31T12:00:00.000Z'
const hex = '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08'
const instant: Instant = { value: at, original: '2026-01-31T12:00:00Z', confidence: 'exact' }
const own = { id: '8000000000000000001', accountId: '1', at }
const asset = {
  assetId: '8000000000000000031',
  pointer: 'file-service://file-7',
  name: 'loom.png',
  mime: 'image/png',
  bytes: 1234,
  state: 'stored' as const,
}

export const blocks: readonly Block[] = [
  {
    t: 'text',
    format: 'markdown',
    text: 'The engine weaves *algebraic patterns*.',
    citations: [
      {
        start: 4,
        end: 10,
        kind: 'web',
        url: 'https://remote.example/engine',
        title: 'Notes',
        snippet: 'just as the Jacquard loom weaves flowers',
        refId: 'turn0search0',
      },
    ],
    extra: { content_type: 'text' },
  },
  { t: 'code', lang: 'ts', text: 'const loom = 1', filename: 'loom.ts' },
  { t: 'image', asset, alt: 'A loom', prompt: 'draw a loom', width: 1200, height: 800 },
  { t: 'audio', asset: { ...asset, mime: 'audio/wav' }, transcript: 'Hello', durationMs: 1500 },
  { t: 'video', asset: { ...asset, assetId: null, state: 'missing-in-export' } },
  { t: 'file', asset: { assetId: null, pointer: null, state: 'external' } },
  { t: 'reasoning', text: 'Let me think', summary: 'Thought', encrypted: false, durationMs: 2000, recap: false },
  { t: 'tool_call', callId: 'call_1', name: 'search', args: { query: 'loom', top: 5 }, server: 'web' },
  {
    t: 'tool_result',
    callId: 'call_1',
    name: 'search',
    ok: true,
    content: [{ t: 'text', format: 'plain', text: 'found' }],
    structured: { hits: [1, 2, null] },
  },
  {
    t: 'artifact',
    artifactId: 'doc-1',
    version: '2',
    kind: 'text/markdown',
    title: 'Notes',
    op: 'update',
    content: '# Notes',
    patch: [{ from: 'a', to: 'b' }],
  },
  {
    t: 'search',
    queries: ['loom'],
    results: [{ url: 'https://remote.example/engine', title: 'Engine', snippet: 'weaves', published: '1843' }],
  },
  { t: 'error', name: 'timeout', text: 'The tool did not answer' },
  { t: 'opaque', nativeType: 'hologram', raw: { content_type: 'hologram', depth: 3, of: ['a', null] } },
]

const message = {
  id: '8000000000000000011',
  conversationId: own.id,
  accountId: '1',
  parentId: '8000000000000000010',
  role: 'assistant',
  author: 'Engine',
  recipient: 'all',
  channel: 'final',
  model: 'gpt-5',
  status: 'complete',
  hidden: false,
  injected: false,
  createdAt: instant,
  blocks,
  usage: { input: 10, output: 20, reasoning: 5, cacheRead: 1, cacheWrite: 2, total: 38, counted: 'provider' },
  rating: 1,
  latencyMs: 1200,
  source: { importId: '8000000000000000021', pointer: '/0/mapping/b', raw: hex, nativeId: 'b' },
  extra: { weight: 1 },
} as const

const details = {
  title: 'The engine',
  titleSource: 'provider',
  tags: ['loom', 'ada'],
  starred: true,
  archived: false,
  activeLeafId: message.id,
} as const

const shelf = {
  ...own,
  id: '8000000000000000041',
  kind: 'collection',
  name: 'Looms',
  description: 'All about weaving',
  icon: '🧵',
  color: '#88aaff',
  parentId: '8000000000000000040',
} as const

const counts = { conversations: 2, messages: 20, assets: 1, memories: 3 }
const item = { kind: 'conversation', id: own.id } as const

export const conversationSamples: ConversationEvents = {
  'conversation:create': {
    ...own,
    ...details,
    origin: 'import',
    provider: 'chatgpt',
    product: 'web',
    createdAt: instant,
    updatedAt: { value: null, original: 1769860800.5, confidence: 'unknown' },
    model: 'gpt-5',
    project: { id: 'g-p-1', name: 'Engines' },
    temporary: false,
    doNotRemember: false,
    groupedBy: 'native',
    forkedFrom: { conversationId: '8000000000000000002', messageId: '8000000000000000012' },
    source: {
      importId: '8000000000000000021',
      importer: 'chatgpt',
      importerVersion: 1,
      archive: hex,
      member: 'conversations-000.json',
      pointer: '/0',
      raw: hex,
      nativeId: '67c1a2b0-1111-4222-8333-123456789abc',
      url: 'https://chat.example/share/67c1',
    },
    extra: { gizmo_id: null, plugin_ids: ['a'] },
  },
  'conversation:update': { ...own, ...details, title: 'The analytical engine', titleSource: 'person', updatedAt: instant },
  'conversation:delete': own,
  'conversation:share': {
    ...own,
    shareId: '8000000000000000051',
    tokenHash: 'n4bQgYhMfWWaL-qgxVrQFaO_TxsrC4Is0V1sFbDwCgg',
    leafId: message.id,
    expiresAt: '2026-02-28T12:00:00.000Z',
  },
  'conversation:unshare': { ...own, shareId: '8000000000000000051' },
  'message:add': message,
  'message:update': { ...message, status: 'partial' },
  'asset:store': {
    ...own,
    id: '8000000000000000031',
    sha256: hex,
    bytes: 1234,
    mime: 'image/png',
    name: 'loom.png',
    file: '80/8000000000000000031',
    key: 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=',
  },
  'asset:delete': { ...own, id: '8000000000000000031' },

  'import:start': { ...own, id: '8000000000000000021', name: 'export.zip', bytes: 123_456, sha256: hex, via: 'upload' },
  'import:report': {
    ...own,
    id: '8000000000000000021',
    state: 'partial',
    summary: '2 conversations, 1 left out',
    formats: [{ importer: 'chatgpt', version: 1, conversations: 2 }],
    found: { ...counts, conversations: 3 },
    imported: counts,
    unchanged: { conversations: 0, messages: 0, assets: 0, memories: 0 },
    updated: { conversations: 0, messages: 1, assets: 0, memories: 0 },
    skipped: [{ item: 'conversations-001.json', reason: 'truncated', detail: 'ends inside a string', count: 1 }],
    unknown: [{ type: 'hologram', count: 2 }],
    missingAssets: 4,
  },

  'shelf:create': shelf,
  'shelf:update': { ...shelf, kind: 'notebook', name: 'Notes', parentId: null },
  'shelf:delete': { ...own, id: shelf.id },
  'shelf:put': { ...own, id: shelf.id, item, note: 'Begin here', place: 1.5 },
  'shelf:take': { ...own, id: shelf.id, item },
}
