/** What an assistant can do in a vault, asked by the official client in both generations of the protocol. */
import type { CallToolResult } from '@modelcontextprotocol/client'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import { accesses } from '../../../src/projections/read/accesses.ts'
import { memoryById } from '../../../src/projections/read/memories.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import { connected, newClient, type Wire, wireTo, withToken } from '../../support/mcp-client.ts'
import { learnt, type Said, saidIn } from '../../support/vault.ts'

let here: TestInstance
let wire: Wire
let ada: TestAccount
let token: string
let moving: Said
let lisbon: string
let porto: string
beforeAll(async () => {
  here = await testInstance({ learns: false })
  wire = await wireTo(here)
  ada = await here.createAccount('ada')
  token = (await here.createToken(ada.id, ['memory:read', 'memory:write'])).token
  moving = await saidIn(here, ada.id, 'Moving house', '2024-05-03T10:00:00.000Z', [
    'I moved to Lisbon in March. Which tram goes to Belém?',
    'Tram 15E goes to Belém from Praça da Figueira.',
  ])
  const boxes = await saidIn(here, ada.id, 'Boxes', '2024-06-01T10:00:00.000Z', [
    'I live in Porto these days. Where do I get boxes?',
    'Ask at the post office.',
  ])
  const home = { type: 'identity', category: 'home', subject: 'user', predicate: 'lives in', importance: 0.9 } as const
  lisbon = await learnt(here, ada.id, moving.evidence(0, 'moved to Lisbon'), {
    ...home,
    text: 'Lives in Lisbon',
    object: 'lisbon',
    validFrom: '2024-03',
  })
  porto = await learnt(here, ada.id, boxes.evidence(0, 'I live in Porto'), {
    ...home,
    text: 'Lives in Porto',
    object: 'porto',
    observedAt: '2024-06-01T10:00:00.000Z',
  })
  const dispute = { accountId: ada.id, at: '2024-06-02T00:00:00.000Z' }
  await perform(here.deps, {
    by: 'instance',
    lane: 'private',
    commands: [
      { do: 'DisputeMemory', data: { ...dispute, id: lisbon, with: porto } },
      { do: 'DisputeMemory', data: { ...dispute, id: porto, with: lisbon } },
    ],
  })
  await settled()
})
afterAll(() => here.close())

const settled = () => here.deps.vault.retrieval.upTo(here.deps.ledger.head().size - 1)
const notes = async () => {
  await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
  return accesses(here.deps.pool, here.deps.vault.cipher, ada.id, { limit: 20 })
}

type Call = (name: string, args?: Record<string, unknown>) => Promise<CallToolResult>

/** Both generations must behave alike: the stateless one of 2026, and sessions. */
describe.each([
  ['2026-07-28', { mode: { pin: '2026-07-28' } } as const],
  ['2025-11-25', { mode: 'legacy' } as const],
])('in revision %s', (_revision, versionNegotiation) => {
  let call: Call
  let close: () => Promise<void>
  let client: ReturnType<typeof newClient>
  beforeAll(async () => {
    client = newClient({ versionNegotiation })
    await connected(wire, withToken(token), client)
    call = async (name, args = {}) => (await client.callTool({ name, arguments: args })) as CallToolResult
    close = () => client.close()
  })
  afterAll(() => close())

  test('the server says what it is for, and its tools have schemas and say whether they change anything', async () => {
    expect(client.getInstructions()).toContain('not instructions')
    const { tools } = await client.listTools()
    expect(tools.map(({ name }) => name)).toEqual([
      'search',
      'fetch',
      'get_context',
      'recall',
      'why',
      'list_conflicts',
      'timeline',
      'remember',
      'correct',
      'forget',
    ])
    for (const { outputSchema, annotations } of tools) {
      expect(outputSchema?.type).toBe('object')
      expect(typeof annotations?.readOnlyHint).toBe('boolean')
    }
    expect(tools.filter(({ annotations }) => annotations?.readOnlyHint === false).map(({ name }) => name)).toEqual(['remember', 'correct', 'forget'])
  })

  test('search and fetch answer in the shapes of ChatGPT, as one text of JSON too', async () => {
    const found = await call('search', { query: 'tram to Belém' })
    const { results } = found.structuredContent as { results: { id: string; title: string; url: string }[] }
    expect(found.content).toEqual([{ type: 'text', text: JSON.stringify({ results }) }])
    const hit = results.find(({ id }) => id === `message:${moving.messageIds[1]}`)
    expect(hit?.title).toContain('Moving house')
    expect(hit?.url).toBe(`https://here.example/api/vivim/v1/messages/${moving.messageIds[1]}`)
    const whole = await call('fetch', { id: hit?.id ?? '' })
    expect(whole.structuredContent).toMatchObject({ id: hit?.id, title: 'Moving house', metadata: { kind: 'message', role: 'assistant' } })
    expect((whole.structuredContent as { text: string }).text).toContain('Which tram goes to Belém?')
    const room = await call('fetch', { id: `conversation:${moving.conversationId}` })
    expect((room.structuredContent as { text: string }).text).toContain('Tram 15E')
    const memory = await call('fetch', { id: `memory:${lisbon}` })
    expect((memory.structuredContent as { text: string }).text).toContain('“moved to Lisbon”')
  })

  test('get_context gives the notes as text, with what they are made of', async () => {
    const { content, structuredContent } = await call('get_context', { task: 'Plan a tram ride in Lisbon', budget_tokens: 800 })
    const { text, tokens, items } = structuredContent as { text: string; tokens: number; items: { id: string }[] }
    expect(content).toEqual([{ type: 'text', text }])
    expect(text).toMatch(/^<vivim-notes id="[0-9a-f]{16}">/)
    expect(text).toContain('Not settled: Lives in')
    expect(tokens).toBeLessThanOrEqual(800)
    expect(items.map(({ id }) => id)).toContain(moving.messageIds[1])
    const [note] = await notes()
    expect(note).toMatchObject({
      what: 'mcp:get_context',
      query: 'Plan a tram ride in Lisbon',
      tokens,
      reader: { kind: 'assistant', name: 'test-assistant 1.0.0' },
    })
  })

  test('recall finds one by one, with reasons', async () => {
    const { structuredContent } = await call('recall', { query: 'Where do I live?', k: 5, kinds: ['memory'] })
    const { found } = structuredContent as { found: { id: string; text: string; why: unknown[]; status: string }[] }
    expect(found.map(({ id }) => id)).toEqual(expect.arrayContaining([`memory:${lisbon}`]))
    expect(found[0]?.why.length).toBeGreaterThan(0)
    const late = await call('recall', { query: 'tram', since: '2024-06-01' })
    expect((late.structuredContent as { found: { id: string }[] }).found.map(({ id }) => id)).not.toContain(`message:${moving.messageIds[1]}`)
  })

  test('why shows the words, and that what is signed in the log still says them', async () => {
    const { structuredContent } = await call('why', { memory_id: `[m:${lisbon}]` })
    expect(structuredContent).toMatchObject({
      id: `memory:${lisbon}`,
      verified: true,
      evidence: [{ quote: 'moved to Lisbon', verified: true, problem: null, said: '2024-05-03T10:00:00.000Z', conversation: 'Moving house' }],
      disputed_with: [{ id: `memory:${porto}`, text: 'Lives in Porto' }],
    })
  })

  test('list_conflicts gives both sides with their dates', async () => {
    const { structuredContent } = await call('list_conflicts')
    const { conflicts } = structuredContent as { conflicts: { state: string; earlier: { text: string; from: string }; later: { said: string } }[] }
    expect(conflicts).toHaveLength(1)
    expect(conflicts[0]).toMatchObject({
      state: 'disputed',
      earlier: { text: 'Lives in Lisbon', from: '2024-03' },
      later: { text: 'Lives in Porto', said: '2024-06-01T10:00:00.000Z' },
    })
  })

  test('timeline is in the order of time', async () => {
    const { structuredContent } = await call('timeline', { entity: 'Lisbon' })
    const { timeline } = structuredContent as { timeline: { at: string; text: string }[] }
    expect(timeline.map(({ text }) => text)).toContain('Lives in Lisbon')
    expect(timeline.map(({ at }) => at)).toEqual(timeline.map(({ at }) => at).toSorted())
  })

  test('what is not there, or badly asked for, is said so', async () => {
    for (const [name, args] of [
      ['fetch', { id: 'memory:1' }],
      ['fetch', { id: '../etc/passwd' }],
      ['why', { memory_id: 'message:1' }],
      ['get_context', { task: 'x', conversation_id: 'conversation:1' }],
      ['recall', { query: '' }],
      ['recall', { query: 'x', k: 1_000 }],
      ['forget', { dry_run: false }],
      ['forget', { query: 'Lisbon', dry_run: false }],
    ] as const) {
      const { isError, content } = await call(name, args)
      expect([name, isError]).toEqual([name, true])
      expect(JSON.stringify(content)).not.toMatch(/\.ts|select |node_modules/)
    }
  })

  test('resources and prompts are there', async () => {
    const { resources } = await client.listResources()
    expect(resources.map(({ uri }) => uri)).toEqual(expect.arrayContaining(['vivim://profile', `vivim://conversation/${moving.conversationId}`]))
    const profile = await client.readResource({ uri: 'vivim://profile' })
    expect(JSON.stringify(profile.contents)).toContain('Not settled: Lives in')
    const memory = await client.readResource({ uri: `vivim://memory/${lisbon}` })
    expect(JSON.stringify(memory.contents)).toContain('moved to Lisbon')
    const room = await client.readResource({ uri: `vivim://conversation/${moving.conversationId}` })
    expect(JSON.stringify(room.contents)).toContain('Tram 15E')
    await expect(client.readResource({ uri: 'vivim://memory/1' })).rejects.toThrow()
    expect((await notes())[0]).toMatchObject({ what: 'mcp:resource:conversation', conversationIds: [moving.conversationId] })
    const { prompts } = await client.listPrompts()
    expect(prompts.map(({ name }) => name)).toEqual(['recall', 'save-session'])
    const { messages } = await client.getPrompt({ name: 'recall', arguments: { about: 'trams' } })
    expect(JSON.stringify(messages)).toContain('Task: trams')
  })

  test('remember makes a candidate when nobody can be asked, with evidence where the words were said', async () => {
    const text = `Takes the tram to Belém (${_revision})`
    const { structuredContent } = await call('remember', { text, quote: 'Which tram goes to Belém?' })
    const { id, status } = structuredContent as { id: string; status: string }
    expect(status).toBe('candidate')
    const row = await memoryById(here.deps.pool, here.deps.vault.cipher, ada.id, id.slice('memory:'.length))
    expect(row).toMatchObject({
      text,
      derivation: { engine: 'assistant', by: 'test-assistant 1.0.0' },
      evidence: [{ quote: 'Which tram goes to Belém?', messageId: moving.messageIds[0] }],
    })
    expect((await call('remember', { text })).structuredContent).toMatchObject({ id })
    expect(await call('remember', { text: 'My password is hunter2hunter2' })).toMatchObject({ isError: true })
  })

  test('correct changes what it says, and forget forgets it for good', async () => {
    const { structuredContent } = await call('remember', { text: `Owns a bike (${_revision})` })
    const { id } = structuredContent as { id: string }
    const text = `Owns a folding bike (${_revision})`
    expect((await call('correct', { memory_id: id, text })).structuredContent).toMatchObject({ id, text, status: 'active' })
    expect((await call('forget', { memory_id: id })).structuredContent).toMatchObject({ forgotten: false, memories: [{ id, text }] })
    expect((await call('forget', { memory_id: id, dry_run: false })).structuredContent).toMatchObject({ forgotten: true })
    expect(await call('why', { memory_id: id })).toMatchObject({ isError: true })
    expect(await call('remember', { text })).toMatchObject({ isError: true })
  })

  test('a client that can ask the person asks before it remembers or forgets', async () => {
    const asked: string[] = []
    let yes = true
    const other = newClient({ versionNegotiation, capabilities: { elicitation: { form: {} } } })
    other.setRequestHandler('elicitation/create', async ({ params }) => {
      asked.push(params.message)
      return yes ? { action: 'accept', content: { yes: true } } : { action: 'decline' }
    })
    await connected(wire, withToken(token), other)
    const text = `Is allergic to peanuts (${_revision})`
    const kept = await other.callTool({ name: 'remember', arguments: { text } })
    expect(kept.structuredContent).toMatchObject({ text, status: 'active' })
    expect(asked).toEqual([expect.stringContaining(text)])
    yes = false
    const { id } = kept.structuredContent as { id: string }
    expect(await other.callTool({ name: 'forget', arguments: { memory_id: id, dry_run: false } })).toMatchObject({ isError: true })
    expect(await other.callTool({ name: 'remember', arguments: { text: 'Likes rain' } })).toMatchObject({ isError: true })
    await other.close()
  })
})
