/** Conversations: given what was said, a command records this or is refused. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../src/events/conversations.ts'
import { conversation } from '../../../src/handlers/conversation.ts'
import { type Growing, valueOf, withEntry } from '../../../src/handlers/growing.ts'
import { conversationSamples as samples } from '../events/conversation-samples.ts'
import { erased, event, given, HERE, OUTSIDE } from './given.ts'

const created = event('conversation:create', samples['conversation:create'])
const { id } = created.data
const own = samples['conversation:delete']
const message = (name: string, more: Partial<Message> = {}): Message => ({
  ...samples['message:add'],
  id: name,
  conversationId: id,
  parentId: null,
  ...more,
})
const added = (name: string, more: Partial<Message> = {}) => event('message:add', message(name, more))
const add = (data: Message) => ({ do: 'AddMessage', data }) as const
const other = { account: '2' } as const

describe('a conversation', () => {
  test('is made once, whoever of the two asks: its owner or the instance', () => {
    given(conversation).when(HERE, { do: 'CreateConversation', data: created.data }).records(created)
    given(conversation).when(OUTSIDE, { do: 'CreateConversation', data: created.data }).records(created)
    given(conversation, created)
      .when(HERE, { do: 'CreateConversation', data: { ...created.data, title: 'Other' } })
      .nothing()
    given(conversation).when(other, { do: 'CreateConversation', data: created.data }).refused('NOT_ALLOWED')
  })

  test('of somebody else cannot be taken over', () => {
    const theirs = { ...created.data, accountId: '2' }
    given(conversation, created).when(other, { do: 'CreateConversation', data: theirs }).refused('ALREADY_EXISTS')
    given(conversation, created)
      .when(other, add(message('1', { accountId: '2' })))
      .refused('NOT_ALLOWED')
    given(conversation, created)
      .when(other, { do: 'DeleteConversation', data: { ...own, accountId: '2' } })
      .refused('NOT_ALLOWED')
  })

  test('changes when something of it does', () => {
    const data = samples['conversation:update']
    const same = { ...data, title: created.data.title, titleSource: created.data.titleSource, updatedAt: created.data.updatedAt } as const
    given(conversation, created).when(HERE, { do: 'UpdateConversation', data }).records(event('conversation:update', data))
    given(conversation, created).when(HERE, { do: 'UpdateConversation', data: same }).nothing()
    given(conversation).when(HERE, { do: 'UpdateConversation', data }).refused('NOT_FOUND')
  })

  test('that was deleted does not come back, nor does anything in it', () => {
    const gone = event('conversation:delete', own)
    given(conversation, created).when(HERE, { do: 'DeleteConversation', data: own }).records(gone)
    given(conversation, created, gone).when(HERE, { do: 'DeleteConversation', data: own }).nothing()
    given(conversation, created, gone).when(HERE, { do: 'CreateConversation', data: created.data }).refused('GONE')
    given(conversation, created, gone)
      .when(HERE, add(message('1')))
      .refused('GONE')
    given(conversation, erased('conversation:create'), erased('message:add'), gone)
      .when(HERE, add(message('1')))
      .refused('GONE')
  })
})

describe('a message', () => {
  test('comes after what it answers', () => {
    given(conversation, created)
      .when(HERE, add(message('2', { parentId: '1' })))
      .refused('INVALID')
    given(conversation, created, added('1'))
      .when(HERE, add(message('2', { parentId: '1' })))
      .records(added('2', { parentId: '1' }))
    given(conversation)
      .when(HERE, add(message('1')))
      .refused('NOT_FOUND')
  })

  test('said again is nothing, wherever it was found this time', () => {
    const again = message('1', { source: null, extra: { seen: 'again' }, createdAt: samples['conversation:create'].updatedAt })
    given(conversation, created, added('1'))
      .when(HERE, add(message('1')))
      .nothing()
    given(conversation, created, added('1')).when(HERE, add(again)).nothing()
  })

  test('that says something else is an update, also back to what it said before', () => {
    const [one, two] = [message('1'), message('1', { status: 'partial' })]
    const updated = event('message:update', two)
    given(conversation, created, added('1')).when(HERE, add(two)).records(updated)
    given(conversation, created, added('1'), updated).when(HERE, add(two)).nothing()
    given(conversation, created, added('1'), updated).when(HERE, add(one)).records(event('message:update', one))
  })

  test('never answers itself, not by way of others either', () => {
    const history = [created, added('1'), added('2', { parentId: '1' }), added('3', { parentId: '2' })] as const
    given(conversation, ...history)
      .when(HERE, add(message('1', { parentId: '3' })))
      .refused('INVALID')
    given(conversation, ...history)
      .when(HERE, add(message('1', { parentId: '1' })))
      .refused('INVALID')
    given(conversation, ...history)
      .when(HERE, add(message('3', { parentId: '1' })))
      .records(event('message:update', message('3', { parentId: '1' })))
  })

  test('the tree stays a tree, whatever is asked', () => {
    const name = fc.constantFrom('1', '2', '3', '4', '5')
    const asked = fc.array(fc.tuple(name, fc.option(name, { nil: null })), { maxLength: 40 })
    fc.assert(
      fc.property(asked, (commands) => {
        let state = conversation.evolve(conversation.initial, created)
        const parents = new Map<string, string | null>()
        for (const [id, parentId] of commands) {
          const decision = conversation.decide(state, { ...add(message(id, { parentId })), by: HERE })
          if (!decision.ok) continue
          parents.set(id, parentId)
          state = decision.events.reduce(conversation.evolve, state)
        }
        for (const start of parents.keys()) {
          const path = new Set<string>()
          for (let at: string | null = start; at !== null; at = parents.get(at) ?? null) {
            expect(path.has(at)).toBe(false)
            expect(parents.has(at)).toBe(true)
            path.add(at)
          }
        }
      }),
    )
  })
})

describe('a link', () => {
  const data = samples['conversation:share']
  const shared = event('conversation:share', data)
  const taken = event('conversation:unshare', samples['conversation:unshare'])
  const unshare = { do: 'UnshareConversation', data: taken.data } as const

  test('is made once, taken back once, and not given again', () => {
    given(conversation, created).when(HERE, { do: 'ShareConversation', data }).records(shared)
    given(conversation, created, shared).when(HERE, { do: 'ShareConversation', data }).nothing()
    given(conversation, created, shared)
      .when(HERE, { do: 'ShareConversation', data: { ...data, tokenHash: 'other' } })
      .refused('ALREADY_EXISTS')
    given(conversation, created, shared).when(HERE, unshare).records(taken)
    given(conversation, created, shared, taken).when(HERE, unshare).nothing()
    given(conversation, created, shared, taken).when(HERE, { do: 'ShareConversation', data }).refused('GONE')
    given(conversation, created).when(HERE, unshare).refused('NOT_FOUND')
  })
})

const KEYS = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']

test('a growing map tells what an ordinary one tells, and never changes what it was', () => {
  const key = fc.constantFrom(...KEYS)
  fc.assert(
    fc.property(fc.array(fc.tuple(key, fc.nat(9)), { maxLength: 60 }), (entries) => {
      let map: Growing<number> = []
      const ordinary = new Map<string, number>()
      const seen: [Growing<number>, Map<string, number>][] = []
      for (const [name, value] of entries) {
        map = withEntry(map, name, value)
        ordinary.set(name, value)
        seen.push([map, new Map(ordinary)])
      }
      for (const [then, was] of seen) for (const name of KEYS) expect(valueOf(then, name)).toBe(was.get(name))
      expect(map.length).toBeLessThanOrEqual(Math.ceil(Math.log2(entries.length + 1)) + 1)
    }),
  )
})
