/** What a model may read and propose in a chat: noted before it is told, never kept twice, never believed on its word. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ChatEvent } from '../../../src/assistants/chat/events.ts'
import { accesses } from '../../../src/projections/read/accesses.ts'
import { memories } from '../../../src/projections/read/memories.ts'
import { over, textOf, type World, world } from './world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterEach(() => w.server.forget())
afterAll(() => w.close())

const read = () => ({ db: w.instance.deps.pool, cipher: w.instance.deps.vault.cipher })
const remembered = () => memories(read().db, read().cipher, w.person.id, { limit: 100 })
const noted = () => accesses(read().db, read().cipher, w.person.id, { limit: 100 })

/** Everything that happened when the model first called a tool, and then said `done`. */
async function calling(name: string, args: object, question: string, more: object = {}): Promise<ChatEvent[]> {
  w.server.say({ calls: [{ id: 'call_7', name, args }] }, { text: ['done'] })
  return over(await w.ask(question, { tools: ['search', 'recall', 'remember'], ...more }))
}

const resultIn = (events: readonly ChatEvent[]) => events.find((event) => event.type === 'tool-result')
/** What the model was told, as it was sent. */
const toldLast = () => JSON.stringify(w.server.asked.at(-1)?.body.messages?.at(-1))

const claim = {
  type: 'identity',
  category: 'home',
  text: 'The user lives in Lisbon.',
  subject: 'user',
  predicate: 'lives in',
  object: 'Lisbon',
  validFrom: null,
  validTo: null,
}

describe('search', () => {
  it('finds what was said elsewhere, with its date, and keeps of it only where it stands', async () => {
    const first = await w.ask('The heron contract was signed by Marguerite.')
    await over(first)
    const events = await calling('search', { query: 'heron contract', limit: 3 }, 'Who signed?')
    expect(toldLast()).toContain('The heron contract was signed by Marguerite.')
    expect(toldLast()).toContain(new Date().toISOString().slice(0, 10))
    const kept = JSON.stringify(resultIn(events))
    expect(kept).toContain(first.conversationId)
    expect(kept).not.toContain('Marguerite')
    const [, answer] = await w.messages(conversationIn(events))
    expect(answer?.blocks.map(({ t }) => t)).toEqual(['tool_call', 'tool_result', 'text'])
    expect(JSON.stringify(answer?.blocks)).not.toContain('Marguerite')
  })

  it('masks secrets, whoever asks', async () => {
    await over(await w.ask('My deploy token is ghp_0123456789abcdefghijklmnopqrstuvwxyz for the walrus server.'))
    await calling('search', { query: 'walrus server token' }, 'What was the token?')
    expect(toldLast()).toContain('walrus server')
    expect(toldLast()).not.toContain('ghp_0123456789')
  })

  it('is noted with the name of the model before the model is told', async () => {
    let known = -1
    w.server.say({ calls: [{ id: 'c', name: 'search', args: { query: 'heron' } }] }, async () => {
      await w.instance.deps.projections.waitFor(w.instance.deps.ledger.checkpoint().size - 1)
      known = (await noted()).filter(({ what }) => what === 'chat:search').length
      return { text: ['ok'] }
    })
    const before = (await noted()).filter(({ what }) => what === 'chat:search').length
    await over(await w.ask('Look it up.', { tools: ['search'] }))
    expect(known).toBe(before + 1)
    expect((await noted())[0]).toMatchObject({
      what: 'chat:search',
      query: 'heron',
      reader: { kind: 'assistant', name: 'openai-compatible/test-model' },
    })
  })
})

describe('remember', () => {
  it('proposes what the person said, quoted to the character; recall finds it, not confirmed', async () => {
    const events = await calling('remember', { quote: 'I live in Lisbon', ...claim }, 'By the way, I live in Lisbon now.')
    expect(resultIn(events)).toMatchObject({ ok: true, result: { status: 'candidate' } })
    const memory = (await remembered()).find(({ object, derivation }) => object === 'lisbon' && derivation.engine === 'model')
    expect(memory).toMatchObject({
      status: 'candidate',
      type: 'identity',
      predicate: 'lives in',
      derivation: { by: 'chat', model: 'openai-compatible/test-model' },
    })
    const [question] = await w.messages(conversationIn(events))
    expect(memory?.evidence).toMatchObject([{ messageId: question?.id, block: 0, start: 12, end: 28, quote: 'I live in Lisbon', role: 'user' }])
    await calling('recall', { about: 'lives in Lisbon' }, 'Where do I live?')
    expect(toldLast()).toContain('not confirmed')
  })

  it.each([
    ['what was never said', { quote: 'I live in Porto', ...claim, object: 'Porto' }, 'I live somewhere.', 'did not say this'],
    ['what the quote does not say', { quote: 'I live somewhere', ...claim }, 'I live somewhere.', 'does not say this'],
    ['what was only pasted', { quote: 'I live in Lisbon', ...claim }, 'Translate this: "I live in Lisbon, and it rains."', 'own words'],
    ['a secret', { quote: 'my password is Lisbon', ...claim }, 'Remember my password is Lisbon ok', 'Secrets'],
  ])('refuses %s, and tells the model why', async (_what, args, question, why) => {
    const before = (await remembered()).length
    const events = await calling('remember', args, question)
    expect(resultIn(events)).toMatchObject({ ok: false, result: { problem: expect.stringContaining(why) as string } })
    expect(toldLast()).toContain(why)
    expect(textOf(events)).toBe('done')
    expect(await remembered()).toHaveLength(before)
  })

  it('of an assistant’s own words is refused', async () => {
    w.server.say({ text: ['You live in Madrid, I believe.'] })
    const first = await w.ask('Guess.')
    await over(first)
    const args = { quote: 'You live in Madrid', ...claim, object: 'Madrid' }
    const events = await calling('remember', args, 'No.', { conversationId: first.conversationId })
    expect(resultIn(events)).toMatchObject({ ok: false })
  })
})

describe('tools', () => {
  it('that were not asked for are not given; those that do not exist are not called', async () => {
    await over(await w.ask('Hello'))
    expect(w.server.asked.at(-1)?.body.tools).toBeUndefined()
    w.server.say({ calls: [{ id: 'c', name: 'remember', args: {} }] }, { text: ['ok'] })
    const events = await over(await w.ask('Hello', { tools: ['search'] }))
    expect(resultIn(events)).toMatchObject({ ok: false })
  })

  it('end: a model that goes round in circles is stopped', async () => {
    w.server.say(...Array.from({ length: 30 }, (_, i) => ({ calls: [{ id: `c${i}`, name: 'recall', args: { about: 'x' } }] })))
    const asked = w.server.asked.length
    const events = await over(await w.ask('Round and round', { tools: ['recall'] }))
    expect(events.at(-1)).toMatchObject({ type: 'done', status: 'complete' })
    expect(w.server.asked.length - asked).toBe(8)
  })
})

describe('context', () => {
  it('goes with the question, is noted, and its words are recorded nowhere', async () => {
    await over(await w.ask('My sister Ottilie keeps bees in Graz.'))
    await w.instance.deps.vault.retrieval.upTo(w.instance.deps.ledger.checkpoint().size - 1, 5_000)
    const turn = await w.ask('What does my sister Ottilie keep?', { context: { preset: null, recipeId: null, budgetTokens: 2_000 } })
    const events = await over(turn)
    const [system] = w.server.asked.at(-1)?.body.messages ?? []
    expect(String(system?.content)).toContain('Ottilie keeps bees in Graz')
    const told = events.find((event) => event.type === 'context')
    expect(told?.type === 'context' && told.given.length).toBeGreaterThan(0)
    expect((await noted())[0]).toMatchObject({ what: 'chat:context' })
    const [, answer] = await w.messages(turn.conversationId)
    expect(JSON.stringify(answer)).not.toContain('bees')
    expect(JSON.stringify(answer?.extra)).toContain('sha256')
  })
})

function conversationIn(events: readonly ChatEvent[]): string {
  const [start] = events
  return start?.type === 'start' ? start.conversationId : ''
}
