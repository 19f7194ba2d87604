/** Going on with conversations that were held elsewhere, on any of their branches. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Role } from '../../../src/events/conversations.ts'
import type { Command } from '../../../src/handlers/commands.ts'
import { branchOf } from '../../../src/projections/read/branches.ts'
import { conversationById } from '../../../src/projections/read/conversations.ts'
import { over, type World, world } from './world.ts'

let w: World
beforeAll(async () => {
  w = await world()
})
afterAll(() => w.close())

const moment = (value: string | null) => ({ value, original: null, confidence: value === null ? 'unknown' : 'exact' }) as const

/** A conversation from elsewhere: two answers to one question, the first of which is shown. @param at  when it was said */
async function imported(
  at: string,
): Promise<{ readonly id: string; readonly ids: Readonly<Record<'system' | 'question' | 'first' | 'second', string>> }> {
  const { newId, execute, projections } = w.instance.deps
  const accountId = w.person.id
  const id = newId()
  const ids = { system: newId(), question: newId(), first: newId(), second: newId() }
  const message = (messageId: string, parentId: string | null, role: Role, text: string): Command => {
    const unsaid = { author: null, recipient: null, channel: null, hidden: false, injected: false, source: null, extra: null }
    const blocks = [{ t: 'text', format: 'markdown', text }] as const
    const data = {
      id: messageId,
      conversationId: id,
      accountId,
      parentId,
      role,
      model: 'gpt',
      status: 'complete',
      createdAt: moment(at),
      blocks,
      ...unsaid,
    } as const
    return { do: 'AddMessage', data }
  }
  const details = { title: 'Elsewhere', titleSource: 'provider', tags: [], starred: false, archived: false, activeLeafId: ids.first } as const
  const source = {
    origin: 'import',
    provider: 'chatgpt',
    product: 'web',
    createdAt: moment(at),
    updatedAt: moment(at),
    model: 'gpt',
    project: null,
  } as const
  const rest = {
    temporary: false,
    doNotRemember: false,
    groupedBy: 'native',
    forkedFrom: null,
    source: null,
    extra: null,
    at: new Date().toISOString(),
  } as const
  const outcome = await execute({
    by: { account: accountId },
    lane: 'private',
    commands: [
      { do: 'CreateConversation', data: { id, accountId, ...details, ...source, ...rest } },
      message(ids.system, null, 'system', 'You are somebody else’s assistant.'),
      message(ids.question, ids.system, 'user', 'What is a heron?'),
      message(ids.first, ids.question, 'assistant', 'A bird.'),
      message(ids.second, ids.question, 'assistant', 'A wading bird.'),
    ],
  })
  if (!outcome.ok || outcome.position === null) throw new Error('not recorded')
  await projections.waitFor(outcome.position)
  return { id, ids }
}

const asked = () =>
  w.server.asked
    .at(-1)
    ?.body.messages?.slice(1)
    .map(({ content }) => content)

async function shown(id: string): Promise<string[]> {
  const { pool, vault } = w.instance.deps
  const conversation = await conversationById(pool, vault.cipher, w.person.id, id)
  return branchOf(await w.messages(id), conversation?.activeLeafId ?? null).map(({ blocks: [block] }) => (block?.t === 'text' ? block.text : ''))
}

it('a question goes on with the branch that is shown; what another system was told is not', async () => {
  const { id } = await imported('2024-05-05T10:00:00.000Z')
  await over(await w.ask('And an egret?', { conversationId: id }))
  expect(asked()).toEqual(['What is a heron?', 'A bird.', 'And an egret?'])
  expect((await shown(id)).slice(1)).toEqual(['What is a heron?', 'A bird.', 'And an egret?', 'Hello!'])
})

it('after any message there, another branch begins and is shown from then on; the others stay', async () => {
  const { id, ids } = await imported('2024-05-05T10:00:00.000Z')
  await over(await w.ask('Which one?', { conversationId: id, parentId: ids.second }))
  expect(asked()).toEqual(['What is a heron?', 'A wading bird.', 'Which one?'])
  expect((await shown(id)).slice(1)).toEqual(['What is a heron?', 'A wading bird.', 'Which one?', 'Hello!'])
  expect(await w.messages(id)).toHaveLength(6)
})

it('an answer from elsewhere can be asked for again: the new one stands beside it and is shown', async () => {
  const { id, ids } = await imported('2024-05-05T10:00:00.000Z')
  w.server.say({ text: ['A tall one.'] })
  const wishes = { modelId: await w.addModel(), tools: [], context: null, maxOutputTokens: null, temperature: null }
  const again = await w.chat.retry({ ...wishes, accountId: w.person.id, conversationId: id, messageId: ids.first })
  if (!again.ok) throw new Error(again.refusal.message)
  await over(again.turn)
  expect((await w.messages(id)).filter(({ parentId }) => parentId === ids.question)).toHaveLength(3)
  expect((await shown(id)).slice(1)).toEqual(['What is a heron?', 'A tall one.'])
})

it('what claims to have been said in the future does not hide what is said now', async () => {
  const { id, ids } = await imported('2199-01-01T00:00:00.000Z')
  await over(await w.ask('Now?', { conversationId: id, parentId: ids.second }))
  expect((await shown(id)).slice(-2)).toEqual(['Now?', 'Hello!'])
})
