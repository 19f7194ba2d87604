/** Whether a person said what a model says they said. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { claimOf, PREDICATES, recordCommand } from '../../../src/assistants/proposals/claims.ts'
import { groundsOf } from '../../../src/assistants/proposals/grounds.ts'
import type { Role } from '../../../src/events/conversations.ts'
import { problemWith } from '../../../src/events/schema.ts'
import type { MessageRow } from '../../../src/projections/read/messages.ts'

const row = (text: string, role: Role = 'user', more: Partial<MessageRow> = {}): MessageRow => ({
  id: '10',
  conversationId: '20',
  accountId: '30',
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
  blocks: [{ t: 'text', format: 'markdown', text }],
  source: null,
  extra: null,
  position: 7,
  index: 0,
  ordinal: 7_000,
  ...more,
})

const reason = (message: MessageRow, quote: string, object: string) => {
  const grounds = groundsOf(message, quote, object)
  return grounds.ok ? null : grounds.reason
}

describe('grounds', () => {
  it('are the characters of the message, whatever a model did to spaces and quotation marks', () => {
    const text = 'Well, I work\n at  “Miramar” since 2021.'
    const grounds = groundsOf(row(text), 'I work at "Miramar" since 2021', 'Miramar')
    if (!grounds.ok) throw new Error(grounds.reason)
    const { start, end, quote, position, role } = grounds.evidence
    expect([text.slice(start, end), quote, position, role]).toEqual([quote, 'I work\n at  “Miramar” since 2021', 7, 'user'])
  })

  it('stand in the message to the character, or there are none', () => {
    fc.assert(
      fc.property(fc.lorem({ maxCount: 12 }), fc.nat(60), fc.integer({ min: 3, max: 40 }), (text, from, length) => {
        const quote = text.slice(from, from + length)
        const [object = ''] = quote.match(/[a-z]{4,}/i) ?? []
        const grounds = groundsOf(row(text), quote, object)
        if (grounds.ok) expect(text.slice(grounds.evidence.start, grounds.evidence.end)).toBe(grounds.evidence.quote)
        else expect(object === '' || quote.trim().length < 2).toBe(true)
      }),
    )
  })

  it('are refused where the words are not the person’s own', () => {
    const said = 'I live in Oslo'
    for (const [message, why] of [
      [row(said, 'assistant'), 'not-theirs'],
      [row(said, 'system'), 'not-theirs'],
      [row(said, 'user', { injected: true }), 'not-theirs'],
      [row(said, 'user', { hidden: true }), 'not-theirs'],
      [row(`\`\`\`\n${said}\n\`\`\``), 'not-theirs'],
      [row(`> ${said}`), 'not-theirs'],
      [row('I live in Bergen'), 'not-a-quote'],
    ] as const)
      expect([message.role, reason(message, said, 'Oslo')]).toEqual([message.role, why])
  })

  it('hold what is claimed: its words, in any of their forms, and its numbers exactly', () => {
    const message = row('I am allergic to walnuts and I have 3 cats named Ada, Bo and Cy.')
    expect(reason(message, 'I am allergic to walnuts', 'walnut')).toBeNull()
    expect(reason(message, 'I am allergic to walnuts', 'peanuts')).toBe('not-in-quote')
    expect(reason(message, 'I have 3 cats', '3 cats')).toBeNull()
    expect(reason(message, 'I have 3 cats', '33 cats')).toBe('not-in-quote')
    expect(reason(message, 'I have 3 cats', '')).toBe('not-in-quote')
  })

  it('are no secrets', () => {
    expect(reason(row('my password is rosebud'), 'my password is rosebud', 'rosebud')).toBe('secret')
  })
})

describe('a claim', () => {
  const claimed = {
    type: 'identity',
    category: 'Home',
    text: ' The user lives in Oslo. ',
    subject: 'User',
    predicate: 'Lives  in',
    object: 'OSLO',
  } as const

  it('is recorded as it is compared, with a category that its type has; the same from the same words has the same id', () => {
    const claim = claimOf({ ...claimed, validFrom: null, validTo: null }, 'I live in Oslo')
    expect(claim).toMatchObject({ category: 'home', subject: 'user', predicate: 'lives in', object: 'oslo', text: 'The user lives in Oslo.' })
    expect(claimOf({ ...claimed, category: 'nonsense', validFrom: null, validTo: null }, '').category).toBe('identity')
    const grounds = groundsOf(row('I live in Oslo'), 'I live in Oslo', 'Oslo')
    if (!grounds.ok) throw new Error(grounds.reason)
    const derivation = { engine: 'model', by: 'chat', model: 'm', prompt: null, output: null } as const
    const make = (at: string) => recordCommand({ accountId: '30', at }, claim, grounds.evidence, { derivation, observedAt: null }).data
    const [one, other] = [make('2026-01-01T00:00:00.000Z'), make('2026-02-01T00:00:00.000Z')]
    expect(one.id).toBe(other.id)
    expect(one.status).toBe('candidate')
    expect(problemWith({ type: 'memory:record', data: one })).toBeNull()
  })

  it('may be about all that rules learn', () => {
    expect(PREDICATES).toContain('lives in')
    expect(PREDICATES.every((predicate) => !predicate.includes('{'))).toBe(true)
  })
})
