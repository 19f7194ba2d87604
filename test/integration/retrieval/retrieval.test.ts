/** A vault is asked: what was said is found at once, by whoever said it, and not any more once it is gone. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import type { Message } from '../../../src/events/conversations.ts'
import type { Memory } from '../../../src/events/memories.ts'
import type { Command } from '../../../src/handlers/commands.ts'
import { Retrieval } from '../../../src/memory/retrieval/retrieval.ts'
import type { Query } from '../../../src/memory/retrieval/types.ts'
import { messageById } from '../../../src/projections/read/messages.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import * as said from '../conversations/said.ts'

let here: TestInstance
let ada: TestAccount
let ben: TestAccount
let retrieval: Retrieval

const record = (account: TestAccount, ...commands: readonly Command[]) =>
  perform(here.deps, { by: { account: account.id }, lane: 'private', commands })
const derive = (...commands: readonly Command[]) => perform(here.deps, { by: 'instance', lane: 'private', commands })

const talk = (account: TestAccount, id: string, provider: string): Command => ({
  do: 'CreateConversation',
  data: said.conversation(account.id, id, { provider, title: `talk ${id}` }),
})
const tell = (account: TestAccount, conversation: string, id: string, words: string, extra: Partial<Message> = {}): Command => ({
  do: 'AddMessage',
  data: said.message(account.id, conversation, id, { blocks: [said.text(words)], ...extra }),
})

async function ask(account: TestAccount, text: string, query: Partial<Query> = {}) {
  await retrieval.upTo(here.deps.ledger.head().size - 1)
  return retrieval.search(account.id, { text, limit: 10, ...query })
}
const idsOf = async (...asked: Parameters<typeof ask>) => (await ask(...asked)).hits.map(({ id }) => id)

const claim = (accountId: string, id: string, text: string, messageId: string, conversationId: string): Memory => ({
  id,
  accountId,
  type: 'factual',
  category: 'other',
  text,
  subject: 'user',
  predicate: `says ${id}`,
  object: text,
  language: 'en',
  validFrom: null,
  validTo: null,
  tags: [],
  status: 'active',
  confidence: 1,
  importance: 0.5,
  sensitive: false,
  observedAt: '2026-01-31T12:00:00.000Z',
  evidence: [{ conversationId, messageId, position: 0, block: 0, start: 0, end: 4, quote: 'Clay', role: 'user', stance: 'supports' }],
  derivation: { engine: 'rules', by: 'rules@1', model: null, prompt: null, output: null },
  members: [],
  at: '2026-01-31T12:00:00.000Z',
})

beforeAll(async () => {
  here = await testInstance()
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
  retrieval = here.deps.vault.retrieval
  await record(
    ada,
    talk(ada, '100', 'chatgpt'),
    tell(ada, '100', '1001', 'Which glaze goes on a stoneware bowl?'),
    tell(ada, '100', '1002', 'A matte glaze, fired slowly.', { role: 'assistant', parentId: '1001' }),
    tell(ada, '100', '1003', 'You are a careful potter of bowls.', { role: 'system', injected: true }),
    talk(ada, '200', 'claude'),
    tell(ada, '200', '2001', 'My sister plays the bassoon in Leipzig.', { author: 'Ada' }),
  )
  await record(ben, talk(ben, '300', 'chatgpt'), tell(ben, '300', '3001', 'The bassoon is out of tune.'))
})

afterAll(async () => {
  await here.close()
})

describe('what was said', () => {
  it('is found, with its place, its moment, its reasons and where it says so', async () => {
    const { hits, indexedTo, terms } = await ask(ada, 'Who plays the bassoon?')
    expect(hits[0]).toMatchObject({ kind: 'message', id: '2001', conversationId: '200', messageId: '2001', spans: [[10, 15], [20, 27]] }) // biome-ignore format: pairs
    expect(hits[0]?.at).toBe((await messageById(here.deps.pool, here.deps.vault.cipher, ada.id, '2001'))?.createdAt.value)
    expect(hits[0]?.why.map(({ signal }) => signal)).toContain('words')
    expect(indexedTo).toBe(here.deps.ledger.head().size)
    expect(terms).toEqual(['plays', 'bassoon'])
  })

  it('is found by its owner alone', async () => {
    expect(await idsOf(ada, 'bassoon')).toEqual(['2001'])
    expect(await idsOf(ben, 'bassoon')).toEqual(['3001'])
  })

  it('is found from the moment it is recorded', async () => {
    await record(ada, tell(ada, '200', '2002', 'She also collects tram tickets.'))
    expect((await idsOf(ada, 'tram'))[0]).toBe('2002')
  })

  it('is found as it was corrected', async () => {
    await record(ada, tell(ada, '200', '2002', 'She also collects bus tickets.'))
    expect(await idsOf(ada, 'tram')).toEqual([])
    expect((await idsOf(ada, 'bus'))[0]).toBe('2002')
  })

  it('is found by words that are quoted, first of all', async () => {
    await record(ada, tell(ada, '200', '2003', 'The bowl of glaze fell down.'), tell(ada, '200', '2004', 'Glaze the bowl, she said.'))
    expect((await idsOf(ada, '"glaze the bowl"'))[0]).toBe('2004')
    expect((await idsOf(ada, '"bowl of glaze"'))[0]).toBe('2003')
  })

  it('is found while it is typed, without what was said around it', async () => {
    expect(await idsOf(ada, 'basso', { prefix: true })).toEqual(['2001'])
  })

  it('can be narrowed down', async () => {
    expect((await idsOf(ada, 'glaze bowl', { provider: 'claude' })).every((id) => id.startsWith('2'))).toBe(true)
    expect((await idsOf(ada, 'glaze', { conversationId: '100' })).every((id) => id.startsWith('1'))).toBe(true)
    expect(await idsOf(ada, 'glaze', { role: 'assistant' })).toEqual(['1002'])
    expect(await idsOf(ada, 'bassoon', { speaker: 'Ada' })).toEqual(['2001'])
    expect(await idsOf(ada, 'bassoon', { speaker: 'Nobody' })).toEqual([])
    expect(await idsOf(ada, 'bassoon', { until: '1999-01-01T00:00:00.000Z' })).toEqual([])
    expect(await idsOf(ada, 'bassoon', { provider: 'nowhere' })).toEqual([])
  })

  it('is what people said, unless machines are asked for too', async () => {
    expect(await idsOf(ada, 'careful potter')).not.toContain('1003')
    expect(await idsOf(ada, 'careful potter', { includeHidden: true })).toContain('1003')
  })

  it('fits into a budget', async () => {
    const { hits } = await ask(ada, 'glaze bowl bassoon tickets', { budgetTokens: 50 })
    expect(hits.length).toBeGreaterThan(0)
    expect(hits.length).toBeLessThan(4)
  })

  it('leads to what is like it, elsewhere', async () => {
    await record(ada, talk(ada, '400', 'grok'), tell(ada, '400', '4001', 'The stoneware bowl cracked under its glaze.'))
    await retrieval.upTo(here.deps.ledger.head().size - 1)
    const hits = await retrieval.related(ada.id, { messageId: '1001' }, 5)
    expect(hits[0]?.id).toBe('4001')
    expect(hits.map(({ conversationId }) => conversationId)).not.toContain('100')
    expect(await retrieval.related(ben.id, { messageId: '1001' }, 5)).toEqual([])
    expect((await retrieval.related(ada.id, { conversationId: '100' }, 5))[0]?.id).toBe('4001')
  })
})

describe('what was learnt', () => {
  it('is found, and brings up what it rests on', async () => {
    await record(ada, talk(ada, '500', 'chatgpt'), tell(ada, '500', '5001', 'Clay is in the cellar, left of the door.'))
    await derive({ do: 'RecordMemory', data: claim(ada.id, '9001', 'Keeps porcelain downstairs.', '5001', '500') })
    const { hits } = await ask(ada, 'porcelain')
    expect(hits.map(({ kind, id }) => [kind, id])).toEqual(expect.arrayContaining([['memory', '9001'], ['message', '5001']])) // biome-ignore format: pairs
    expect(hits.find(({ kind }) => kind === 'memory')).toMatchObject({ messageId: '5001', conversationId: '500' })
    expect(await idsOf(ada, 'porcelain', { kinds: ['message'] })).toEqual(['5001'])
  })

  it('is found only when asked for once another took its place', async () => {
    await derive({ do: 'RecordMemory', data: claim(ada.id, '9002', 'Keeps porcelain upstairs.', '5001', '500') })
    await derive({ do: 'SupersedeMemory', data: { id: '9001', accountId: ada.id, by: '9002', validTo: null, at: '2026-02-01T12:00:00.000Z' } })
    expect(await idsOf(ada, 'porcelain', { kinds: ['memory'] })).toEqual(['9002'])
    expect(await idsOf(ada, 'porcelain', { kinds: ['memory'], includeSuperseded: true })).toEqual(expect.arrayContaining(['9001', '9002']))
    expect(await idsOf(ada, 'Where did we keep the porcelain before?', { kinds: ['memory'] })).toContain('9001')
  })

  it('is found no more when it is forgotten', async () => {
    await record(ada, { do: 'ForgetMemory', data: { id: '9002', accountId: ada.id, marks: [], at: '2026-02-02T12:00:00.000Z' } })
    expect(await idsOf(ada, 'porcelain upstairs', { kinds: ['memory'], includeSuperseded: true })).not.toContain('9002')
  })
})

describe('an index', () => {
  it('answers the same when it is made again, by another thread', async () => {
    const { pool, ledger, projections, now } = here.deps
    const url = pool.options.connectionString ?? ''
    const again = await Retrieval.open({
      databaseUrl: url,
      rowKey: ledger.rowKey,
      pool,
      projections: { ...projections, waitFor: async () => true, onChanges: () => () => {} },
      now,
      log: () => {},
    })
    const query = { text: 'glaze on the bowl of my sister', limit: 20 }
    await retrieval.rebuild(ada.id)
    const [one, other] = await Promise.all([retrieval.search(ada.id, query), again.search(ada.id, query)])
    expect(other.hits).toEqual(one.hits)
    expect(one.hits.length).toBeGreaterThan(3)
    expect(await again.status(ada.id)).toMatchObject({ ready: true, messages: (await retrieval.status(ada.id)).messages })
    await again.close()
    await expect(again.search(ada.id, query)).rejects.toThrow('closed')
  })

  it('finds nothing of a conversation that was deleted', async () => {
    expect((await idsOf(ada, 'bassoon'))[0]).toBe('2001')
    const { id } = ada
    await record(ada, { do: 'DeleteConversation', data: { id: '200', accountId: id, at: '2026-02-03T12:00:00.000Z' } })
    expect(await idsOf(ada, 'bassoon bus tickets sister')).toEqual([])
  })

  it('forgets the words of what is gone, when that is much', async () => {
    const dora = await here.createAccount('dora')
    const words = Array.from({ length: 520 }, (_, n) => tell(dora, '700', `7${1000 + n}`, `unheard${n} of`))
    await record(dora, talk(dora, '700', 'chatgpt'), ...words)
    await record(dora, talk(dora, '701', 'chatgpt'), tell(dora, '701', '7999', 'a lighthouse'))
    await ask(dora, 'lighthouse')
    expect((await retrieval.status(dora.id)).terms).toBeGreaterThan(520)
    await record(dora, { do: 'DeleteConversation', data: { id: '700', accountId: dora.id, at: '2026-02-03T12:00:00.000Z' } })
    expect(await idsOf(dora, 'unheard7')).toEqual([])
    await expect.poll(async () => (await retrieval.status(dora.id)).terms).toBeLessThan(20)
    expect(await idsOf(dora, 'lighthouse')).toEqual(['7999'])
  })

  it('has nothing for somebody who said nothing', async () => {
    const cleo = await here.createAccount('cleo')
    expect(await ask(cleo, 'bassoon')).toMatchObject({ hits: [], terms: [] })
  })
})
