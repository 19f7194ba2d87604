/** Memories over the API: read with their evidence, judged by their owner, and every reading of them noted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../../src/api/deps.ts'
import type { Claim, Evidence, MemoryEvents } from '../../../../src/events/memories.ts'
import { policyFor, verifyReceipt } from '../../../../src/ledger/receipt-verdict.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { type Ask, askDescribed } from './described.ts'

type Memory = { readonly id: string; readonly text: string; readonly status: string; readonly pinned: boolean; readonly confirmed: boolean }
type Access = {
  readonly what: string
  readonly query: string | null
  readonly memoryIds: string[]
  readonly conversationIds: string[]
  readonly messageIds: string[]
  readonly reader: object
}

let here: TestInstance
let ask: Ask
let ada: TestAccount
let ben: TestAccount
beforeAll(async () => {
  here = await testInstance()
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
})
afterAll(() => here.close())

const SAID = 'By the way, I live in Lisbon since March.'

/** Something that Ada said, as evidence. */
async function said(text = SAID, quote = 'I live in Lisbon'): Promise<Evidence> {
  const answer = await ask('POST', '/conversations', {
    as: ada,
    body: { title: 'Moving', doNotRemember: true, messages: [{ text, createdAt: '2025-04-01' }] },
  })
  const { id, messages } = answer.json<{ id: string; messages: { id: string; position: number }[] }>()
  const start = text.indexOf(quote)
  return {
    conversationId: id,
    messageId: messages[0]?.id ?? '',
    position: messages[0]?.position ?? 0,
    block: 0,
    start,
    end: start + quote.length,
    quote,
    role: 'user',
    stance: 'supports',
  }
}

const LIVES: Claim = {
  type: 'identity',
  category: 'home',
  text: 'Ada lives in Lisbon.',
  subject: 'ada',
  predicate: 'lives in',
  object: 'lisbon',
  language: 'en',
  validFrom: '2025-03',
  validTo: null,
  tags: ['home'],
}

async function record(claim: Partial<Claim> = {}, evidence?: Evidence): Promise<string> {
  const data: MemoryEvents['memory:record'] = {
    ...LIVES,
    ...claim,
    id: here.deps.newId(),
    accountId: ada.id,
    status: 'candidate',
    confidence: 0.8,
    importance: 0.7,
    sensitive: false,
    observedAt: '2025-04-01T00:00:00.000Z',
    evidence: [evidence ?? (await said())],
    derivation: { engine: 'rules', by: 'home@1', model: null, prompt: null, output: null },
    members: [],
    at: new Date().toISOString(),
  }
  await perform(here.deps, { by: 'instance', lane: 'private', commands: [{ do: 'RecordMemory', data }] })
  return data.id
}

const read = async (id: string) => (await ask('GET', `/memories/${id}`, { as: ada })).json<Memory>()
const ids = async (query: string) => (await ask('GET', `/memories${query}`, { as: ada })).json<Memory[]>().map(({ id }) => id)
const accesses = async (query = '') => {
  await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
  return (await ask('GET', `/accesses${query}`, { as: ada })).json<Access[]>()
}

describe('a memory', () => {
  test('is shown with its evidence, and found by what it is', async () => {
    const id = await record({ text: 'Ada keeps bees.', category: 'biography', type: 'factual', subject: 'ada', tags: ['bees'] })
    expect(await read(id)).toMatchObject({ text: 'Ada keeps bees.', status: 'candidate', evidence: [{ quote: 'I live in Lisbon' }] })
    for (const query of ['?tag=bees', '?type=factual&category=biography', '?query=keeps+bees', '?status=candidate&minImportance=0.7', '?subject=ada'])
      expect([query, await ids(query)]).toEqual([query, expect.arrayContaining([id])])
    for (const query of ['?tag=wasps', '?type=goal', '?query=keeps+wasps', '?minImportance=0.9', '?pinned=true'])
      expect(await ids(query)).not.toContain(id)
  })

  test('is confirmed, pinned and put away, and each can be taken back', async () => {
    const id = await record()
    const act = async (verb: string) => (await ask('POST', `/memories/${id}/${verb}`, { as: ada })).json<Memory>()
    expect(await act('confirm')).toMatchObject({ status: 'active', confirmed: true })
    expect(await act('pin')).toMatchObject({ pinned: true })
    expect(await act('unpin')).toMatchObject({ pinned: false })
    expect(await act('archive')).toMatchObject({ status: 'archived' })
    expect(await act('restore')).toMatchObject({ status: 'active' })
  })

  test('is corrected in its owner’s words, and what it said before is in its history', async () => {
    const id = await record()
    const answer = await ask('PATCH', `/memories/${id}`, { as: ada, body: { text: 'Ada lives in Porto.', object: 'Porto' } })
    expect(answer.json()).toMatchObject({ text: 'Ada lives in Porto.', object: 'porto', tags: ['home'], confirmed: true, status: 'active' })
    const past = (await ask('GET', `/memories/${id}/history`, { as: ada })).json<{ type: string; before: { text: string } | null }[]>()
    expect(past.map(({ type }) => type)).toContain('correct')
    expect(past.find(({ type }) => type === 'correct')?.before?.text).toBe('Ada lives in Lisbon.')
  })

  test('is not changed by who means another version', async () => {
    const id = await record()
    const { headers } = await ask('GET', `/memories/${id}`, { as: ada })
    const mine = { 'if-match': String(headers.etag) }
    expect((await ask('GET', `/memories/${id}`, { as: ada, headers: { 'if-none-match': String(headers.etag) } })).statusCode).toBe(304)
    expect((await ask('POST', `/memories/${id}/pin`, { as: ada, headers: mine })).statusCode).toBe(200)
    expect((await ask('PATCH', `/memories/${id}`, { as: ada, headers: mine, body: { text: 'x' } })).statusCode).toBe(412)
  })

  test.each([
    ['#/text', { text: '' }],
    ['#/validFrom', { validFrom: 'last spring' }],
    ['#/type', { type: 'gossip' }],
  ])('is not corrected to what is none: %s', async (pointer, body) => {
    const id = await record()
    expect((await ask('PATCH', `/memories/${id}`, { as: ada, body })).json()).toMatchObject({ status: 422, errors: [{ pointer }] })
  })

  test('is nobody’s but its owner’s', async () => {
    const id = await record()
    for (const [method, path, body] of [
      ['GET', `/memories/${id}`],
      ['GET', `/memories/${id}/why`],
      ['GET', `/memories/${id}/history`],
      ['GET', `/memories/${id}/relations`],
      ['PATCH', `/memories/${id}`, { text: 'x' }],
      ['POST', `/memories/${id}/pin`],
      ['POST', `/memories/${id}/relations`, { targetId: id, relation: 'similar' }],
      ['POST', `/memories/${id}/resolve`, { with: id, as: 'holds' }],
    ] as const)
      expect([path, (await ask(method, path, { as: ben, ...(body && { body }) })).statusCode]).toEqual([path, 404])
    expect((await ask('GET', '/memories', { as: ben })).json()).toEqual([])
  })

  test('comes in pages that miss nothing', async () => {
    const wanted = [await record({ tags: ['paged'] }), await record({ tags: ['paged'] }), await record({ tags: ['paged'] })]
    const first = await ask('GET', '/memories?tag=paged&limit=2', { as: ada })
    const [, rest = ''] = /\/api\/vivim\/v1([^>]+)>; rel="next"/.exec(String(first.headers.link)) ?? []
    const found = [...first.json<Memory[]>(), ...(await ask('GET', rest, { as: ada })).json<Memory[]>()]
    expect(found.map(({ id }) => id)).toEqual(wanted.toReversed())
  })
})

describe('what somebody writes down', () => {
  const remember = (body: object) => ask('POST', '/memories', { as: ada, body })

  test('is remembered at once, as their own word', async () => {
    const answer = await remember({ text: 'I am allergic to walnuts.', tags: ['Health'] })
    expect([answer.statusCode, answer.json()]).toMatchObject([
      201,
      { status: 'active', confidence: 1, tags: ['health'], evidence: [], derivation: { engine: 'person' } },
    ])
    expect(answer.headers.location).toBe(`/api/vivim/v1/memories/${answer.json<Memory>().id}`)
    expect(await read(answer.json<Memory>().id)).toMatchObject({ text: 'I am allergic to walnuts.' })
  })

  test('may rest on words of a message, if they stand there', async () => {
    const { messageId, conversationId } = await said('The boiler was serviced in October, and it was loud.', 'serviced')
    const answer = await remember({ text: 'The boiler was serviced in October.', quote: 'serviced in October', messageId })
    expect(answer.json()).toMatchObject({
      evidence: [{ conversationId, messageId, block: 0, start: 15, end: 34, quote: 'serviced in October', role: 'user' }],
    })
    for (const [pointer, body] of [
      ['#/quote', { quote: 'serviced in May', messageId }],
      ['#/messageId', { quote: 'serviced in October', messageId: '1' }],
      ['#/messageId', { quote: 'serviced in October' }],
    ] as const)
      expect((await remember({ text: 'The boiler was serviced.', ...body })).json()).toMatchObject({ status: 422, errors: [{ pointer }] })
  })
})

describe('why a memory is there', () => {
  test('is answered by words that were said, verified in the message and in the log', async () => {
    const id = await record()
    const { evidence } = (await ask('GET', `/memories/${id}/why`, { as: ada })).json<{
      evidence: { excerpt: string; verified: object; receiptUrl: string }[]
    }>()
    expect(evidence).toMatchObject([{ excerpt: SAID, conversationTitle: 'Moving', verified: { quote: true, log: true, author: 'proven' } }])
    const receipt = await here.ask('GET', new URL(evidence[0]?.receiptUrl ?? '').pathname, { as: ada })
    expect(verifyReceipt(receipt.body, policyFor(here.deps.ledger.verifierKey))).toMatchObject({ ok: true, entry: { is: 'open', author: 'proven' } })
    expect(receipt.body.length).toBeGreaterThan(0)
  })

  test('is told apart from words that were not said there', async () => {
    const evidence = await said()
    const id = await record({}, { ...evidence, start: evidence.start + 1, end: evidence.end + 1 })
    const why = (await ask('GET', `/memories/${id}/why`, { as: ada })).json<{ evidence: { verified: object }[] }>()
    expect(why.evidence[0]?.verified).toMatchObject({ quote: false, log: true })
  })

  test('is in receipts of the message for nobody without the scope of the vault', async () => {
    const { position } = await said('a sentence about quokkas', 'quokkas')
    const receipt = async (scopes: readonly string[]) => {
      const as = await here.createToken(ada.id, scopes)
      return verifyReceipt((await here.ask('GET', `/log/receipt/${position}.tlog-proof`, { as })).body, policyFor(here.deps.ledger.verifierKey))
    }
    const words = (verdict: Awaited<ReturnType<typeof receipt>>) =>
      JSON.stringify(verdict, (_, value: unknown) => (value instanceof Uint8Array ? Buffer.from(value).toString() : value))
    expect(words(await receipt(['read']))).not.toContain('quokkas')
    expect(words(await receipt(['read', 'memory:read']))).toContain('quokkas')
    expect((await accesses('?limit=2')).map(({ what }) => what)).toContain('GET:/log/receipt/:name')
  })
})

describe('memories that disagree', () => {
  async function dispute(): Promise<[string, string]> {
    const [lisbon, porto] = [await record({ confidence: 1 } as never), await record({ text: 'Ada lives in Porto.', object: 'porto' })]
    const own = { accountId: ada.id, at: new Date().toISOString() }
    const commands = [
      { do: 'DisputeMemory', data: { ...own, id: lisbon, with: porto } },
      { do: 'DisputeMemory', data: { ...own, id: porto, with: lisbon } },
    ] as const
    await perform(here.deps, { by: 'instance', lane: 'private', commands })
    return [lisbon, porto]
  }
  const pairs = async () =>
    (await ask('GET', '/memories/conflicts', { as: ada }))
      .json<{ state: string; first: Memory; second: Memory }[]>()
      .map(({ state, first, second }) => [state, ...[first.id, second.id].toSorted()])

  test('are shown together, until their owner says which holds', async () => {
    const [lisbon, porto] = await dispute()
    expect(await pairs()).toContainEqual(['disputed', ...[lisbon, porto].toSorted()])
    const answer = await ask('POST', `/memories/${porto}/resolve`, { as: ada, body: { with: lisbon, as: 'holds' } })
    expect(answer.json()).toMatchObject({ id: porto, status: 'active', disputedWith: [] })
    expect(await read(lisbon)).toMatchObject({ status: 'superseded', supersededBy: porto, validTo: '2025-03' })
    expect(await pairs()).toContainEqual(['superseded', ...[lisbon, porto].toSorted()])
  })

  test('may both hold', async () => {
    const [lisbon, porto] = await dispute()
    await ask('POST', `/memories/${lisbon}/resolve`, { as: ada, body: { with: porto, as: 'both' } })
    expect([(await read(lisbon)).status, (await read(porto)).status]).toEqual(['active', 'active'])
    expect((await ask('POST', `/memories/${lisbon}/resolve`, { as: ada, body: { with: porto, as: 'both' } })).statusCode).toBe(422)
  })

  test('and others are related, as their owner says', async () => {
    const [a, b] = [await record(), await record()]
    const relation = { sourceId: a, targetId: b, relation: 'follows', weight: 0.5 }
    expect((await ask('POST', `/memories/${a}/relations`, { as: ada, body: { targetId: b, relation: 'follows', weight: 0.5 } })).statusCode).toBe(204)
    expect((await ask('GET', `/memories/${b}/relations`, { as: ada })).json()).toMatchObject([relation])
    expect((await ask('POST', `/memories/${a}/relations`, { as: ada, body: { targetId: a, relation: 'follows' } })).statusCode).toBe(422)
    expect((await ask('POST', `/memories/${a}/relations`, { as: ada, body: { targetId: '1', relation: 'follows' } })).statusCode).toBe(422)
    expect((await ask('DELETE', `/memories/${a}/relations/follows/${b}`, { as: ada })).statusCode).toBe(204)
    expect((await ask('DELETE', `/memories/${a}/relations/hates/${b}`, { as: ada })).statusCode).toBe(404)
    expect((await ask('GET', `/memories/${a}/relations`, { as: ada })).json()).toEqual([])
  })
})

describe('what is read is noted', () => {
  test('with who read it and what they saw, before the answer goes out', async () => {
    const id = await record({ tags: ['noted'] })
    await ask('GET', '/memories?query=lisbon&tag=noted', { as: ada })
    const [newest] = await accesses()
    expect(newest).toMatchObject({ what: 'GET:/memories', query: 'lisbon', memoryIds: [id], reader: { kind: 'app', appId: null } })
  })

  test('when conversations and messages are read, too, and when somebody looks at this very list', async () => {
    const { conversationId, messageId } = await said()
    for (const path of [`/conversations/${conversationId}`, `/messages/${messageId}`]) {
      await ask('GET', path, { as: ada })
      expect((await accesses())[0]).toMatchObject({ conversationIds: [conversationId], messageIds: [messageId] })
    }
    expect((await accesses())[0]).toMatchObject({ what: 'GET:/accesses' })
  })

  test('in pages, and for nobody else', async () => {
    const first = await ask('GET', '/accesses?limit=3', { as: ada })
    const [, rest = ''] = /\/api\/vivim\/v1([^>]+)>; rel="next"/.exec(String(first.headers.link)) ?? []
    const more = (await ask('GET', rest, { as: ada })).json<{ id: string }[]>()
    expect(more).toHaveLength(3)
    expect(first.json<{ id: string }[]>().map((one) => one.id)).not.toContain(more[0]?.id)
    const whats = (await ask('GET', '/accesses', { as: ben })).json<Access[]>().map(({ what }) => what)
    expect(whats).not.toContain('GET:/accesses/x')
    expect(new Set(whats)).toEqual(new Set(['GET:/memories']))
  })
})

test('memories of the same subject are listed together, once', async () => {
  for (const object of ['tea', 'jazz', 'rain'])
    await record({ type: 'preference', category: 'like', text: `Zoe likes ${object}.`, subject: 'zoe', predicate: `likes ${object}`, object })
  const active = (await ids('?subject=zoe')).map((id) => ask('POST', `/memories/${id}/confirm`, { as: ada }))
  await Promise.all(active)
  const consolidate = async () => (await ask('POST', '/memories/consolidate', { as: ada })).json<{ rollups: number }>()
  expect((await consolidate()).rollups).toBeGreaterThan(0)
  const rollup = (await ask('GET', '/memories?subject=zoe', { as: ada }))
    .json<{ derivation: { engine: string }; members: string[] }[]>()
    .find(({ derivation }) => derivation.engine === 'rollup')
  expect(rollup?.members).toHaveLength(3)
  expect((await consolidate()).rollups).toBe(0)
})

test('how much there is is counted, and what kinds of memories there are is told', async () => {
  const answer = (await ask('GET', '/statistics', { as: ada })).json<{ conversations: { totals: object }; memories: { total: number } }>()
  expect(answer.memories.total).toBe((await ids('?limit=200')).length)
  expect(answer.conversations).toMatchObject({ providers: [{ provider: 'vivim' }] })
  const types = (await ask('GET', '/memories/types', { as: ada })).json<{ type: string }[]>().map(({ type }) => type)
  expect(types).toHaveLength(10)
})
