/** Talking to a model: what is recorded when, what is told, and how an answer is stopped, asked for again, and survived. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Ask } from '../../../src/assistants/chat/request.ts'
import { KEY, over, said, textOf, type World, world } from './world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w.close())

const sent = (index = -1) => w.server.asked.at(index)?.body.messages?.map(({ role, content }) => [role, content]) ?? []

describe('a question', () => {
  it('is durable before the model hears of it, and its answer when its end is told', async () => {
    let known: unknown[] = []
    w.server.say(async () => {
      known = (await w.instance.deps.pool.query('select from conversations.message')).rows
      return { text: ['Good ', 'morning.'], usage: { input: 31, output: 4, cached: 10 } }
    })
    const turn = await w.ask('Good morning, how are you?')
    const events = await over(turn)
    expect(known).toHaveLength(1)
    expect([events[0]?.type, events.at(-1)?.type]).toEqual(['start', 'done'])
    expect(textOf(events)).toBe('Good morning.')
    const [question, answer] = await w.messages(turn.conversationId)
    expect(question).toMatchObject({ role: 'user', parentId: null, blocks: [{ t: 'text', text: 'Good morning, how are you?' }] })
    expect(answer).toMatchObject({
      id: turn.id,
      role: 'assistant',
      parentId: question?.id,
      status: 'complete',
      model: 'test-model',
      usage: { input: 31, output: 4, cacheRead: 10, counted: 'provider' },
      blocks: [{ t: 'text', format: 'markdown', text: 'Good morning.' }],
    })
  })

  it('goes on where the conversation was left, with all that was said on its branch', async () => {
    const first = await w.ask('My cat is called Mog.')
    await over(first)
    w.server.say({ text: ['Mog.'] })
    const second = await w.ask('What is my cat called?', { conversationId: first.conversationId })
    await over(second)
    expect(sent().slice(1)).toEqual([
      ['user', 'My cat is called Mog.'],
      ['assistant', 'Hello!'],
      ['user', 'What is my cat called?'],
    ])
    expect((await w.messages(first.conversationId)).map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant'])
  })

  it('asked after an earlier message begins another branch', async () => {
    const first = await w.ask('one')
    await over(first)
    const [question, answer] = await w.messages(first.conversationId)
    const second = await w.ask('two', { conversationId: first.conversationId, parentId: answer?.id ?? '' })
    await over(second)
    const other = await w.ask('instead of two', { conversationId: first.conversationId, parentId: answer?.id ?? '' })
    await over(other)
    expect(sent().slice(1)).toEqual([
      ['user', 'one'],
      ['assistant', 'Hello!'],
      ['user', 'instead of two'],
    ])
    expect((await w.messages(first.conversationId)).filter(({ parentId }) => parentId === answer?.id)).toHaveLength(2)
    expect(question?.parentId).toBeNull()
  })

  it('to nobody, in no conversation or below no message is refused, and nothing is recorded', async () => {
    const wishes = { tools: [], context: null, maxOutputTokens: null, temperature: null, doNotRemember: false, text: 'hi' }
    const modelId = await w.addModel()
    const ask = async (more: Partial<Ask>) => {
      const started = await w.chat.ask({ ...wishes, accountId: w.person.id, conversationId: null, modelId, ...more })
      return started.ok ? null : started.refusal.code
    }
    const stranger = await w.instance.createAccount(`stranger${w.instance.deps.newId()}`)
    const turn = await w.ask('mine')
    await over(turn)
    expect(await ask({ modelId: '1' })).toBe('NOT_FOUND')
    expect(await ask({ conversationId: '1' })).toBe('NOT_FOUND')
    expect(await ask({ accountId: stranger.id })).toBe('NOT_FOUND')
    expect(
      await ask({ accountId: stranger.id, modelId: await w.addModel('openai-compatible', stranger.id), conversationId: turn.conversationId }),
    ).toBe('NOT_FOUND')
    expect(await ask({ conversationId: turn.conversationId, parentId: '1' })).toBe('NOT_FOUND')
    expect(await w.messages(turn.conversationId)).toHaveLength(2)
  })
})

describe('an answer', () => {
  it('that is stopped is recorded as far as it came, and the model is left alone', async () => {
    w.server.say({ text: ['One. ', 'Two. '], ending: 'hang' })
    const turn = await w.ask('Count.')
    await said(turn, 'Two')
    turn.stop('person')
    const events = await over(turn)
    expect(events.at(-1)).toMatchObject({ type: 'done', status: 'aborted', messageId: turn.id })
    await w.server.asked.at(-1)?.gone
    const [, answer] = await w.messages(turn.conversationId)
    expect(answer).toMatchObject({ status: 'aborted', blocks: [{ text: 'One. Two. ' }] })
  })

  it('stopped before its first word is none, and can be asked for again', async () => {
    w.server.say({ ending: 'hang' })
    const asked = w.server.asked.length
    const turn = await w.ask('Think.')
    await expect.poll(() => w.server.asked.length).toBe(asked + 1)
    turn.stop('person')
    expect((await over(turn)).at(-1)).toMatchObject({ type: 'done', status: 'aborted', messageId: null })
    const [question, ...none] = await w.messages(turn.conversationId)
    expect(none).toEqual([])
    const wishes = { tools: [], context: null, maxOutputTokens: null, temperature: null }
    const started = await w.chat.retry({
      ...wishes,
      accountId: w.person.id,
      modelId: await w.addModel(),
      conversationId: turn.conversationId,
      messageId: question?.id ?? '',
    })
    if (!started.ok) throw new Error(started.refusal.message)
    await over(started.turn)
    expect(await w.messages(turn.conversationId)).toHaveLength(2)
  })

  it('asked for again stands beside the first, both stay, and the new one is shown', async () => {
    const turn = await w.ask('Say something.')
    await over(turn)
    w.server.say({ text: ['Something else.'] })
    const wishes = { tools: [], context: null, maxOutputTokens: null, temperature: null }
    const again = await w.chat.retry({
      ...wishes,
      accountId: w.person.id,
      modelId: await w.addModel(),
      conversationId: turn.conversationId,
      messageId: turn.id,
    })
    if (!again.ok) throw new Error(again.refusal.message)
    await over(again.turn)
    expect(sent().slice(1)).toEqual([['user', 'Say something.']])
    const [question, first, second] = await w.messages(turn.conversationId)
    expect([first?.parentId, second?.parentId]).toEqual([question?.id, question?.id])
    w.server.say({ text: ['ok'] })
    await over(await w.ask('And?', { conversationId: turn.conversationId }))
    expect(sent().slice(1)).toEqual([
      ['user', 'Say something.'],
      ['assistant', 'Something else.'],
      ['user', 'And?'],
    ])
  })

  it('whose connection breaks is kept as far as it came, and says what happened', async () => {
    w.server.say({ text: ['Half an '], ending: 'cut' })
    const turn = await w.ask('Tell me.')
    const events = await over(turn)
    expect(events.at(-1)).toMatchObject({ type: 'error', messageId: turn.id, failure: { kind: 'reach' } })
    const [, answer] = await w.messages(turn.conversationId)
    expect(answer).toMatchObject({
      status: 'error',
      blocks: [
        { t: 'text', text: 'Half an ' },
        { t: 'error', name: 'reach' },
      ],
    })
  })

  it('that the provider refuses is told in words, never with the key that was refused', async () => {
    const body = JSON.stringify({ error: { message: `Incorrect API key provided: ${KEY}. Find yours elsewhere.`, type: 'invalid_request_error' } })
    w.server.say({ status: 401, body })
    const turn = await w.ask('Hello?')
    const last = (await over(turn)).at(-1)
    expect(last).toMatchObject({ type: 'error', messageId: null, failure: { kind: 'key', status: 401 } })
    expect(JSON.stringify(last)).toContain('Incorrect API key provided: [key]')
    expect(await w.messages(turn.conversationId)).toHaveLength(1)
  })

  it('that ran out of tokens is partial', async () => {
    w.server.say({ text: ['And then'], ending: 'length' })
    const turn = await w.ask('A long story.')
    expect((await over(turn)).at(-1)).toMatchObject({ type: 'done', status: 'partial' })
  })

  it('is one at a time in a conversation', async () => {
    w.server.say({ text: ['…'], ending: 'hang' })
    const turn = await w.ask('First.')
    await said(turn, '…')
    await expect(w.ask('Second.', { conversationId: turn.conversationId })).rejects.toThrow('under way')
    turn.stop('person')
    await over(turn)
    await over(await w.ask('Second.', { conversationId: turn.conversationId }))
  })

  it('told to whoever comes late from its beginning', async () => {
    w.server.say({ text: ['a', 'b', 'c'] })
    const turn = await w.ask('Letters.')
    await over(turn)
    expect(textOf(await over(turn))).toBe('abc')
    expect(w.chat.find(w.person.id, turn.id)).toBe(turn)
    expect(w.chat.find('1', turn.id)).toBeNull()
  })

  it('of what a model thinks is kept apart from what it says', async () => {
    w.server.say({ reasoning: ['Let me ', 'see.'], text: ['Yes.'] })
    const turn = await w.ask('Is it?')
    await over(turn)
    const [, answer] = await w.messages(turn.conversationId)
    expect(answer?.blocks).toEqual([
      { t: 'reasoning', text: 'Let me see.' },
      { t: 'text', format: 'markdown', text: 'Yes.' },
    ])
  })
})

describe('an instance', () => {
  it('that stops records what has come, and answers nothing more', async () => {
    const chat = w.chatAgain()
    w.server.say({ text: ['As far as '], ending: 'hang' })
    const wishes = { modelId: await w.addModel(), tools: [], context: null, maxOutputTokens: null, temperature: null, doNotRemember: false }
    const started = await chat.ask({ ...wishes, accountId: w.person.id, conversationId: null, text: 'Go.' })
    if (!started.ok) throw new Error(started.refusal.message)
    await said(started.turn, 'far')
    await chat.close()
    const [, answer] = await w.messages(started.turn.conversationId)
    expect(answer).toMatchObject({ status: 'partial', blocks: [{ text: 'As far as ' }] })
    const refused = await chat.ask({ ...wishes, accountId: w.person.id, conversationId: null, text: 'More.' })
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'BUSY' } })
  })

  it('records a long answer while it is under way: what was recorded by then outlives the process', async () => {
    const chat = w.chatAgain(50)
    w.server.say({ text: ['Slowly ', 'it ', 'comes. '], pauseMs: 60, ending: 'hang' })
    const wishes = { modelId: await w.addModel(), tools: [], context: null, maxOutputTokens: null, temperature: null, doNotRemember: false }
    const started = await chat.ask({ ...wishes, accountId: w.person.id, conversationId: null, text: 'Go.' })
    if (!started.ok) throw new Error(started.refusal.message)
    const { conversationId } = started.turn
    await expect.poll(async () => (await w.messages(conversationId)).length, { timeout: 5_000 }).toBe(2)
    expect((await w.messages(conversationId))[1]).toMatchObject({ status: 'partial' })
    await said(started.turn, 'comes')
    started.turn.stop('person')
    await over(started.turn)
    expect((await w.messages(conversationId))[1]).toMatchObject({ status: 'aborted', blocks: [{ text: 'Slowly it comes. ' }] })
  })

  it('ends the answer in a conversation that is deleted', async () => {
    w.server.say({ text: ['Secret '], ending: 'hang' })
    const turn = await w.ask('Tell me a secret.')
    await said(turn, 'Secret')
    const data = { id: turn.conversationId, accountId: w.person.id, at: new Date().toISOString() }
    await w.instance.deps.execute({ by: { account: w.person.id }, lane: 'private', commands: [{ do: 'DeleteConversation', data }] })
    expect((await over(turn)).at(-1)).toMatchObject({ type: 'done', messageId: null })
    expect(await w.messages(turn.conversationId)).toEqual([])
  })
})
