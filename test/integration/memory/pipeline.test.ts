/** What is learnt from what people say, through the real ledger and read tables; and what is not. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { consequencesOfDeletion } from '../../../src/memory/consequences.ts'
import { memoriesProjection } from '../../../src/projections/memories/projection.ts'
import { acusOf } from '../../../src/projections/read/acus.ts'
import { conflicts, history, type MemoryRow, memoryById } from '../../../src/projections/read/memories.ts'
import { messageById } from '../../../src/projections/read/messages.ts'
import { dump } from '../projections/dump.ts'
import { openStage, type Stage } from './stage.ts'

const AT = '2026-02-01T12:00:00.000Z'
const said = (rows: readonly MemoryRow[]) => rows.map(({ predicate, object, status }) => `${predicate} ${object} ${status}`)

/** Everything of a memory but where it stands in the log. */
const content = ({ position: _position, cursor: _cursor, ...row }: MemoryRow) => row

const TALK: readonly (readonly [name: string, lines: readonly string[]])[] = [
  ['hello', ['My name is Ana and I live in Lisbon.', 'I love olives and my sister Rita lives in Porto.', 'What is the capital of France?']],
  ['later', ['We moved to Berlin last month.', 'I prefer short answers.', 'I hate olives and cilantro.']],
  ['again', ['I live in Berlin, what can I do there?', 'I prefer short answers.']],
]

describe('learning', () => {
  test('the same events give the same memories and units, byte for byte, whatever is looked at together', async () => {
    const outcomes: unknown[] = []
    for (const batch of [1, 3, 1000]) {
      const stage = await openStage()
      for (const [name, lines] of TALK) await stage.says(name, lines)
      await stage.learns(batch)
      const ids = (await stage.database.pool.query<{ conversation_id: string }>('select distinct conversation_id from memories.acu order by 1')).rows
      const units = await Promise.all(ids.map(({ conversation_id }) => acusOf(stage.database.pool, '1', { conversationId: conversation_id })))
      const rows = (await stage.remembers()).map(content)
      outcomes.push(JSON.stringify([rows.sort((a, b) => (a.id < b.id ? -1 : 1)), units]))
      await stage.close()
    }
    expect(JSON.parse(String(outcomes[0]))[0].length).toBeGreaterThanOrEqual(6)
    expect(outcomes[1]).toBe(outcomes[0])
    expect(outcomes[2]).toBe(outcomes[0])
  })
})

describe('a vault', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  test('remembers what its owner said, on evidence that stands in the message to the character', async () => {
    await stage.says('home', ['Hi! I live in Lisbon and I am allergic to peanuts.'])
    await stage.learns()
    const rows = await stage.remembers()
    expect(said(rows)).toEqual(['lives in lisbon active', 'is allergic to peanuts active'])
    for (const { evidence, accountId, derivation, observedAt } of rows) {
      expect(derivation).toMatchObject({ engine: 'rules' })
      expect(observedAt).toBe('2024-03-15T10:00:00.000Z')
      const [span] = evidence
      const message = await messageById(stage.database.pool, stage.cipher, accountId, span!.messageId)
      const block = message!.blocks[span!.block]!
      expect(block.t === 'text' && block.text.slice(span!.start, span!.end)).toBe(span!.quote)
      expect(span!.position).toBe(message!.position)
    }
  })

  test('again, it learns nothing new', async () => {
    const before = await stage.remembers()
    const size = stage.ledger.head().size
    await stage.database.pool.query('update pipeline.cursor set ordinal = 0')
    await stage.learns()
    expect((await stage.remembers()).map(content)).toEqual(before.map(content))
    expect(stage.ledger.head().size).toBe(size)
  })

  test('takes what is said again as evidence', async () => {
    await stage.says('again', ['As I live in Lisbon, which tram should I take?'])
    await stage.learns()
    const [home] = await stage.remembers()
    expect(home).toMatchObject({ predicate: 'lives in', status: 'active' })
    expect(home!.evidence.map(({ quote }) => quote)).toEqual(['I live in Lisbon', 'I live in Lisbon'])
  })

  test('shows a contradiction as two memories with both dates, whichever came in first', async () => {
    await stage.says('new home', [{ text: 'I moved to Porto.', at: '2025-06-01T09:00:00.000Z' }])
    await stage.says('old home', [{ text: 'I live in Madrid.', at: '2022-02-02T09:00:00.000Z' }])
    await stage.learns()
    const homes = (await stage.remembers()).filter(({ predicate }) => predicate === 'lives in')
    expect(homes.map(({ object, status, observedAt, validTo }) => [object, status, observedAt?.slice(0, 10), validTo])).toEqual([
      ['lisbon', 'superseded', '2024-03-15', '2025-06-01'],
      ['porto', 'active', '2025-06-01', null],
      ['madrid', 'superseded', '2022-02-02', '2024-03-15'],
    ])
    const found = await conflicts(stage.database.pool, stage.cipher, '1')
    expect(found.map(({ first, second, state }) => [first.object, second.object, state])).toEqual([
      ['madrid', 'lisbon', 'superseded'],
      ['lisbon', 'porto', 'superseded'],
    ])
  })

  test('leaves two statements that nothing puts in order beside each other, disputed', async () => {
    await stage.says('one', [{ text: 'My favourite colour is green.', at: null }])
    await stage.says('two', [{ text: 'My favourite colour is blue.', at: null }])
    await stage.learns()
    const colours = (await stage.remembers()).filter(({ predicate }) => predicate === 'has favourite colour')
    expect(said(colours)).toEqual(['has favourite colour green disputed', 'has favourite colour blue disputed'])
    expect(colours[0]!.disputedWith).toEqual([colours[1]!.id])
    await stage.does(...(await stage.keeping.resolve(colours[1]!, colours[0]!.id, 'holds')))
    const after = (await stage.remembers()).filter(({ predicate }) => predicate === 'has favourite colour')
    expect(said(after)).toEqual(['has favourite colour green superseded', 'has favourite colour blue active'])
  })

  test('learns nothing from machines, hidden or temporary talk, or what must not be remembered', async () => {
    const before = (await stage.remembers()).length
    const claim = 'My name is Mallory and I live in Paris.'
    await stage.says('machines', [
      { text: claim, role: 'assistant' },
      { text: claim, role: 'system' },
      { text: claim, role: 'tool' },
      { text: claim, role: 'context' },
      { text: claim, injected: true },
      { text: claim, hidden: true },
      { text: claim, recipient: 'browser' },
      { text: '', blocks: [{ t: 'code', text: claim }] },
      { text: claim }, // what was injected before, word for word
    ])
    await stage.says('secret', [claim], { doNotRemember: true })
    await stage.says('fleeting', [claim], { temporary: true })
    await stage.learns()
    expect(await stage.remembers()).toHaveLength(before)
  })

  test('does not learn again what was forgotten, from the same words or others that say the same', async () => {
    const [, allergy] = await stage.remembers()
    expect(allergy).toMatchObject({ predicate: 'is allergic to' })
    await stage.does(...(await stage.keeping.forget(allergy!)))
    await stage.says('allergy', ['I am allergic to peanuts.', "I'm very allergic to peanuts, so no satay."])
    await stage.database.pool.query('update pipeline.cursor set ordinal = 0')
    await stage.learns()
    expect((await stage.remembers()).filter(({ predicate }) => predicate === 'is allergic to')).toEqual([])
    expect(await memoryById(stage.database.pool, stage.cipher, '1', allergy!.id)).toBeNull()
    const marks = await stage.database.pool.query('select mark from memories.memory_mark')
    expect(marks.rows.every(({ mark }) => /^[0-9a-f]{32}$/.test(mark))).toBe(true)
  })

  test('keeps its owner’s correction, with what was said before in its history', async () => {
    const home = (await stage.remembers()).find(({ object }) => object === 'porto')!
    await stage.does(...(await stage.keeping.correct(home, 'I live in Braga.')))
    const corrected = (await memoryById(stage.database.pool, stage.cipher, '1', home.id))!
    expect(corrected).toMatchObject({ text: 'I live in Braga.', predicate: 'lives in', object: 'braga', confirmed: true, status: 'active' })
    const told = await history(stage.database.pool, stage.cipher, '1', home.id)
    expect(told.map(({ type }) => type)).toEqual(['record', 'correct'])
    expect(told[1]!.before).toMatchObject({ object: 'porto' })
  })

  test('lets a conversation take its memories along, but for what was also said elsewhere', async () => {
    const first = await stage.says('first', ['I play the piano.', 'I drive a Volvo.'])
    await stage.says('second', ['I play the piano.'])
    await stage.learns()
    const by = { account: '1' } as const
    const deleting = { accountId: '1', conversationId: first, at: AT, by }
    const consequences = await consequencesOfDeletion(stage.database.pool, stage.cipher, deleting)
    await stage.does({ by, lane: 'private', commands: [{ do: 'DeleteConversation', data: { id: first, accountId: '1', at: AT } }, ...consequences] })
    const left = (await stage.remembers()).filter(({ predicate }) => predicate === 'plays' || predicate === 'drives')
    expect(said(left)).toEqual(['plays piano active'])
    expect(left[0]!.evidence.map(({ conversationId }) => conversationId)).not.toContain(first)
  })

  test('draws the same consequence by itself when nobody else did', async () => {
    const first = await stage.says('third', ['I play the violin.', 'I drive a Skoda.'])
    await stage.says('fourth', ['I play the violin.'])
    await stage.learns()
    await stage.does({ by: { account: '1' }, lane: 'private', commands: [{ do: 'DeleteConversation', data: { id: first, accountId: '1', at: AT } }] })
    await stage.learns()
    const left = (await stage.remembers()).filter(({ object }) => object === 'violin' || object === 'skoda')
    expect(said(left)).toEqual(['plays violin active'])
  })

  test('shows nobody else’s', async () => {
    expect(await stage.remembers('2')).toEqual([])
    const [mine] = await stage.remembers('1')
    expect(await memoryById(stage.database.pool, stage.cipher, '2', mine!.id)).toBeNull()
  })

  test('is made again from the log, row for row', async () => {
    const rows = () => dump(stage.database.pool, memoriesProjection(stage.cipher))
    const before = await rows()
    await stage.projections.rebuild('memories')
    const { cursor: _cursor, ...after } = await rows()
    expect(after).toEqual({ ...before, cursor: undefined })
    expect(after.parked).toEqual([])
  })

  test('holds nothing that people said in plain sight', async () => {
    const { rows } = await stage.database.pool.query<{ dump: string }>(
      `select concat((select string_agg(m::text, '') from memories.memory m), (select string_agg(x::text, '') from memories.memory_evidence x),
        (select string_agg(a::text, '') from memories.acu a)) as dump`,
    )
    expect(rows[0]!.dump.length).toBeGreaterThan(1000)
    expect(rows[0]!.dump).not.toMatch(/braga|piano|violin|lisbon/i)
  })
})

describe('somebody’s word', () => {
  let stage: Stage
  beforeAll(async () => {
    stage = await openStage()
  })
  afterAll(() => stage.close())

  const read = async (id: string) => (await memoryById(stage.database.pool, stage.cipher, '1', id))!

  test('of a person is believed at once, and takes the place of what it contradicts', async () => {
    await stage.says('home', ['I live in Lisbon.'])
    await stage.learns()
    const { id, requests } = await stage.keeping.remember('1', { text: 'I live in Porto.' })
    await stage.does(...requests)
    expect(await read(id)).toMatchObject({
      status: 'active',
      confirmed: true,
      predicate: 'lives in',
      object: 'porto',
      derivation: { engine: 'person' },
    })
    expect(said(await stage.remembers())).toEqual(['lives in lisbon superseded', 'lives in porto active'])
  })

  test('of an assistant is a candidate until its owner says yes', async () => {
    const proposed = await stage.keeping.propose('1', { text: 'User plays the cello.', quote: null, confirmed: false, assistant: 'Some assistant' })
    await stage.does(...proposed.requests)
    expect(await read(proposed.id)).toMatchObject({
      status: 'candidate',
      confirmed: false,
      predicate: 'plays',
      object: 'cello',
      text: 'User plays the cello.',
    })
    const confirmed = await stage.keeping.propose('1', {
      text: 'User is allergic to nuts.',
      quote: null,
      confirmed: true,
      assistant: 'Some assistant',
    })
    await stage.does(...confirmed.requests)
    expect(await read(confirmed.id)).toMatchObject({ status: 'active', confirmed: true, predicate: 'is allergic to', object: 'nuts' })
  })

  test('of another provider comes as a candidate, once, and not when it was forgotten', async () => {
    const brought = {
      accountId: '1',
      importId: null,
      provider: 'chatgpt',
      memories: [
        { nativeId: 'm1', text: 'Prefers dark mode', createdAt: { value: '2024-01-01T00:00:00.000Z' }, scope: null },
        { nativeId: 'm2', text: 'User has a dog named Rex.', createdAt: { value: null }, scope: 'Pets' },
      ],
    }
    expect(await stage.keeping.recordImported(brought)).toEqual({ imported: 2, unchanged: 0 })
    await stage.projections.waitFor(stage.ledger.head().size - 1)
    expect(await stage.keeping.recordImported(brought)).toEqual({ imported: 0, unchanged: 2 })
    const dark = (await stage.remembers()).find(({ object }) => object === 'dark mode')!
    expect(dark).toMatchObject({ status: 'candidate', observedAt: '2024-01-01T00:00:00.000Z', derivation: { engine: 'import', by: 'chatgpt' } })
    await stage.does(...(await stage.keeping.forget(dark)))
    const again = { ...brought, memories: [{ ...brought.memories[0]!, nativeId: 'm9' }] }
    expect(await stage.keeping.recordImported(again)).toEqual({ imported: 0, unchanged: 1 })
  })

  test('is listed together with what belongs to it, the same way each time', async () => {
    await stage.says('ana', ['My sister Rita lives in Porto.', 'My sister Rita works at Siemens.', 'My sister Rita is 34 years old.'])
    await stage.learns()
    const first = await stage.keeping.consolidate('1')
    expect(first.rollups).toBe(1)
    await stage.does(...first.requests)
    const rollup = (await stage.remembers()).find(({ derivation }) => derivation.engine === 'rollup')!
    expect(rollup.members).toHaveLength(3)
    expect(rollup.text).toBe('Sister Rita: 3 memories, 2024-03-15.')
    expect((await stage.keeping.consolidate('1')).rollups).toBe(0)
  })
})
