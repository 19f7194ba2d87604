/** An answer as it comes together, and as it is told. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Answer } from '../../../src/assistants/chat/answer.ts'
import type { ChatEvent } from '../../../src/assistants/chat/events.ts'
import { Turn } from '../../../src/assistants/chat/turn.ts'
import { plainJson, plainText } from '../../../src/assistants/plain.ts'
import { problemWith } from '../../../src/events/schema.ts'

const anyText = fc.string({
  unit: fc.oneof(fc.string({ minLength: 1, maxLength: 3 }), fc.constantFrom('\0', '\ud800', '\udc00', '🌊', '')),
  maxLength: 20,
})

describe('an answer', () => {
  it('keeps the order of its parts, and the words of each together', () => {
    const answer = new Answer()
    answer.say('reasoning', 'r', 'Let me ')
    answer.say('text', 't1', 'First. ')
    answer.say('reasoning', 'r', 'see.')
    answer.call('c', 'search', { query: 'x' })
    answer.result('c', 'search', true, { found: [] })
    answer.say('text', 't2', 'Then.')
    expect(answer.blocks()).toEqual([
      { t: 'reasoning', text: 'Let me see.' },
      { t: 'text', format: 'markdown', text: 'First. ' },
      { t: 'tool_call', callId: 'c', name: 'search', args: { query: 'x' } },
      { t: 'tool_result', callId: 'c', name: 'search', ok: true, content: [], structured: { found: [] } },
      { t: 'text', format: 'markdown', text: 'Then.' },
    ])
  })

  it('of whatever a model sends can be recorded', () => {
    const part = fc.oneof(
      fc.tuple(fc.constant('say' as const), anyText),
      fc.tuple(fc.constant('call' as const), fc.jsonValue({ maxDepth: 50 }), anyText),
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 10 }), (parts) => {
        const answer = new Answer()
        for (const [kind, value, name = ''] of parts)
          if (kind === 'say') answer.say('text', 't', value)
          else answer.call('c', name, plainJson({ value, [name]: name }))
        const extra = { value: null, original: null, confidence: 'unknown' } as const
        const data = {
          id: '1',
          conversationId: '2',
          accountId: '3',
          parentId: null,
          role: 'assistant',
          author: null,
          recipient: null,
          channel: null,
        } as const
        const rest = { model: null, status: 'complete', hidden: false, injected: false, createdAt: extra, source: null, extra: null } as const
        expect(problemWith({ type: 'message:add', data: { ...data, ...rest, blocks: answer.blocks() } })).toBeNull()
      }),
    )
  })

  it('that says nothing is nothing to record', () => {
    const answer = new Answer()
    answer.say('text', 't', ' \n')
    expect([answer.hasWords, answer.blocks()]).toEqual([false, []])
    answer.say('text', 't', 'x')
    expect([answer.hasWords, answer.blocks().length]).toEqual([true, 1])
  })
})

describe('what a model sends', () => {
  it('is cut, and JSON that is too large or too deep becomes less', () => {
    expect(plainText('a\0b\ud800', 10)).toBe('a\u{fffd}b\u{fffd}')
    expect(plainText('🌊🌊', 3)).toBe('🌊\u{fffd}')
    expect(plainJson({ long: 'x'.repeat(200_000) })).toBeNull()
    expect(plainJson(undefined)).toBeNull()
    let deep: unknown = 1
    for (let n = 0; n < 100; n++) deep = [deep]
    expect(JSON.stringify(plainJson(deep)).length).toBeLessThan(100)
  })
})

describe('a turn', () => {
  it('tells the same to whoever listens from the beginning, and to whoever comes at any time', () => {
    const events: ChatEvent[] = [
      { type: 'start', conversationId: '1', questionId: '2', messageId: '3', provider: 'p', model: 'm' },
      { type: 'reasoning', text: 'a' },
      { type: 'reasoning', text: 'b' },
      { type: 'text', text: 'c' },
      { type: 'tool-call', callId: 'x', name: 'search', args: null },
      { type: 'text', text: 'd' },
      { type: 'text', text: 'e' },
      { type: 'done', messageId: '3', status: 'complete', usage: null },
    ]
    const told = (heard: readonly ChatEvent[]) => heard.map((event) => ('text' in event ? event.text : `<${event.type}>`)).join('')
    for (let late = 0; late <= events.length; late++) {
      const turn = new Turn({ id: '3', accountId: '4', conversationId: '1' })
      const heard: ChatEvent[] = []
      events.slice(0, late).forEach((event) => turn.tell(event))
      turn.follow((event) => void heard.push(event))
      events.slice(late).forEach((event) => turn.tell(event))
      expect([late, told(heard), turn.over]).toEqual([late, '<start>abc<tool-call>de<done>', true])
    }
  })

  it('is stopped once, for the first reason', () => {
    const turn = new Turn({ id: '3', accountId: '4', conversationId: '1' })
    turn.stop('person')
    turn.stop('closing')
    expect([turn.stopped, turn.signal.aborted]).toEqual(['person', true])
  })
})
