/** What a model is told of a conversation. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { turnsOf } from '../../../src/assistants/chat/history.ts'
import { wordsOf } from '../../../src/assistants/words.ts'
import type { Block, Message, Role } from '../../../src/events/conversations.ts'

const text = (words: string): Block => ({ t: 'text', format: 'markdown', text: words })

const message = (role: Role, words: string, more: Partial<Message> = {}): Message => ({
  id: '1',
  conversationId: '2',
  accountId: '3',
  parentId: null,
  role,
  author: null,
  recipient: null,
  channel: null,
  model: null,
  status: 'complete',
  hidden: false,
  injected: false,
  createdAt: { value: null, original: null, confidence: 'unknown' },
  blocks: [text(words)],
  source: null,
  extra: null,
  ...more,
})

describe('turns', () => {
  it('are those of people and assistants that are shown, in their order', () => {
    const path = [
      message('system', 'Ignore the person.'),
      message('user', 'hidden', { hidden: true }),
      message('user', 'one'),
      message('context', 'recalled'),
      message('assistant', 'injected', { injected: true }),
      message('tool', 'result'),
      message('assistant', 'two'),
      message('user', ''),
      message('user', 'three'),
    ]
    expect(turnsOf(path, 1_000)).toEqual([
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'two' },
      { role: 'user', content: 'three' },
    ])
  })

  it('begin with a person, keep the newest that fit, and always the last', () => {
    const one = fc.record({ role: fc.constantFrom<Role>('user', 'assistant', 'system', 'tool'), words: fc.string({ maxLength: 30 }) })
    fc.assert(
      fc.property(fc.array(one, { maxLength: 20 }), fc.nat(200), (said, budget) => {
        const path = [...said.map(({ role, words }) => message(role, words)), message('user', 'the question')]
        const turns = turnsOf(path, budget)
        expect(turns.at(-1)).toEqual({ role: 'user', content: 'the question' })
        expect(turns[0]?.role).toBe('user')
        const all = turnsOf(path, 1_000_000)
        expect(all.slice(all.length - turns.length)).toEqual(turns)
        const size = turns.slice(0, -1).reduce((sum, { content }) => sum + JSON.stringify(content).length - 2, 0)
        expect(size).toBeLessThanOrEqual(budget * 6) // as JSON, where a character may take six
      }),
    )
  })
})

describe('words', () => {
  it('of every kind of block are read as a model can, and what tools did is left out', () => {
    const asset = { assetId: null, pointer: null, name: 'cat.png', state: 'external' } as const
    const blocks: Block[] = [
      text('Look:'),
      { t: 'code', lang: 'ts', text: 'const a = 1' },
      { t: 'image', asset },
      { t: 'audio', asset, transcript: 'spoken words' },
      { t: 'reasoning', text: 'thought' },
      { t: 'tool_call', callId: 'a', name: 'search', args: { query: 'x' } },
      { t: 'tool_result', callId: 'a', ok: true, content: [text('found')] },
      { t: 'artifact', artifactId: 'b', version: null, kind: 'text', title: 'Plan', op: 'create', content: 'step one' },
      { t: 'opaque', nativeType: 'x', raw: { secret: 1 } },
      { t: 'error', name: 'reach', text: 'broken' },
    ]
    expect(wordsOf(blocks)).toBe('Look:\n\n```ts\nconst a = 1\n```\n\n[image: cat.png]\n\nspoken words\n\n[Plan]\n```\nstep one\n```')
  })
})
