/** Laws of the conversations fold, over random histories: also of events that refer to what never was or is gone. */
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DomainEvent } from '../../../src/events/catalogue.ts'
import { conversationsProjection } from '../../../src/projections/conversations/projection.ts'
import type { Projection } from '../../../src/projections/projection.ts'
import { Projections } from '../../../src/projections/projections.ts'
import { RowCipher } from '../../../src/projections/row-cipher.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { dump } from '../projections/dump.ts'
import { at, joins, leaves } from '../projections/given.ts'
import { RecordedLog } from '../projections/recorded-log.ts'
import * as said from './said.ts'

let db: TestDatabase
beforeAll(async () => {
  db = await freshDatabase()
})
afterAll(() => db.drop())

const conversations = conversationsProjection(new RowCipher(new Uint8Array(32).fill(5)))

const person = fc.constantFrom('1', '2')
/** A conversation is of one person, but another may claim it; a message may have an id that another conversation has, too. */
const conversation = fc.constantFrom('10', '11', '12')
const message = fc.constantFrom('100', '101', '102', '103')
const shelfId = fc.constantFrom('20', '21')
const item = fc.oneof(
  conversation.map((id) => ({ kind: 'conversation' as const, id })),
  message.map((id) => ({ kind: 'message' as const, id })),
)
const blocks = fc.constantFrom(
  [said.text('two words')],
  [said.text('```js\n1\n```'), said.picture('30')],
  [said.picture('30'), said.picture('31'), { t: 'tool_call', callId: null, name: 'search', args: null } as const],
)
const details = fc.record({
  role: fc.constantFrom('user' as const, 'assistant' as const, 'tool' as const),
  parentId: fc.option(message, { nil: null }),
  blocks,
})

const anything: fc.Arbitrary<DomainEvent> = fc.oneof(
  { weight: 3, arbitrary: fc.tuple(person, conversation).map(([a, c]) => said.begins(a, c)) },
  { weight: 8, arbitrary: fc.tuple(person, conversation, message, details).map(([a, c, m, d]) => said.says(a, c, m, d)) },
  { weight: 3, arbitrary: fc.tuple(person, conversation, message, details).map(([a, c, m, d]) => said.corrects(a, c, m, d)) },
  fc.tuple(person, conversation).map(([a, c]) => said.renames(a, c, 'again', { tags: ['x'], updatedAt: said.instant(at(5000)) })),
  fc.tuple(person, conversation).map(([a, c]) => said.deletes(a, c)),
  fc.tuple(person, conversation).map(([a, c]) => said.shares(a, c, '40', 'hash')),
  fc.tuple(person, conversation).map(([a, c]) => said.unshares(a, c, '40')),
  person.map((a) => said.stores(a, '30')),
  person.map((a) => said.discards(a, '30')),
  fc.tuple(person, shelfId).map(([a, s]) => said.shelves(a, s)),
  fc.tuple(person, shelfId, shelfId).map(([a, s, parentId]) => said.reshelves(a, s, { parentId })),
  fc.tuple(person, shelfId).map(([a, s]) => said.unshelves(a, s)),
  { weight: 3, arbitrary: fc.tuple(person, shelfId, item, fc.nat(3)).map(([a, s, i, p]) => said.puts(a, s, i, p)) },
  fc.tuple(person, shelfId, item).map(([a, s, i]) => said.takes(a, s, i)),
  person.map((a) => leaves(a)),
)

const histories = fc.array(fc.array(anything, { minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 12 })

const opened: Projections[] = []

async function projected(projection: Projection, commits: readonly (readonly DomainEvent[])[], batch: number): Promise<Projections> {
  await db.pool.query(`drop schema if exists ${projection.name} cascade`)
  const log = new RecordedLog()
  const projections = await Projections.open({ pool: db.pool, ledger: log, projections: [projection] })
  opened.push(projections)
  for (let i = 0; i < commits.length; i += batch) {
    const position = log.append(...commits.slice(i, i + batch))
    if (!(await projections.waitFor(position))) throw new Error(JSON.stringify(await projections.status()))
  }
  return projections
}

const named = (name: string): Projection => ({ ...conversations, name })

test('batch size does not matter, a rebuild gives the same bytes, and every counter is what counting gives', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(histories, async (history) => {
      const commits = [[joins('1', 'ada'), joins('2', 'ben')], ...history]
      try {
        const single = await projected(
          named('said_1'),
          commits.flatMap((events) => events.map((event) => [event])),
          1,
        )
        await projected(named('said_1000'), commits, 1000)
        const expected = await dump(db.pool, named('said_1000'))
        expect(expected['parked']).toEqual([])
        await single.rebuild()
        const one = await dump(db.pool, named('said_1'))
        expect(countsOf(one)).toEqual(countsOf(expected))
        expect(await violationsOf('said_1000')).toEqual({})
        await projected(named('said_1'), commits, 1)
        expect(await dump(db.pool, named('said_1'))).toEqual(expected)
      } finally {
        await Promise.all(opened.splice(0).map((projections) => projections.close()))
      }
    }),
    { numRuns: Number(process.env['VIVIM_FUZZ_RUNS'] ?? 10), endOnFailure: process.env['VIVIM_FUZZ_SHRINK'] === undefined },
  )
})

/** How many rows of each table: one event per commit gives them other places in the log. */
const countsOf = (tables: Readonly<Record<string, string[]>>): Record<string, number> =>
  Object.fromEntries(Object.entries(tables).map(([table, rows]) => [table, rows.length]))

/** Queries that find rows which break an invariant. */
const violations = {
  'messages are counted': `select c.id from conversation c where c.messages <> (select count(*) from message m where m.conversation_id = c.id)`,
  'roles are counted': `select c.id from conversation c where (c.user_messages, c.assistant_messages) <>
    (select count(*) filter (where role = 'user'), count(*) filter (where role = 'assistant') from message m where m.conversation_id = c.id)`,
  'what is in them is counted': `select c.id from conversation c where (c.words, c.characters, c.code_blocks, c.images, c.tool_calls) <>
    (select coalesce(sum(words), 0), coalesce(sum(characters), 0), coalesce(sum(code_blocks), 0), coalesce(sum(images), 0), coalesce(sum(tool_calls), 0)
      from message m where m.conversation_id = c.id)`,
  'changed is the newest': `select c.id from conversation c where c.changed < (select coalesce(max(m.changed), 0) from message m where m.conversation_id = c.id)`,
  'things on shelves are counted': `select s.id from shelf s where s.items <> (select count(*) from shelf_item i where i.shelf_id = s.id)`,
  'messages have a conversation': `select m.id from message m where not exists (select from conversation c where c.id = m.conversation_id)`,
  'links have a conversation': `select s.id from share s where not exists (select from conversation c where c.id = s.conversation_id)`,
  'uses have a message': `select u.message_id from asset_use u where u.message_id <> 0 and not exists (select from message m where m.conversation_id = u.conversation_id and m.id = u.message_id)`,
  'things lie on shelves that exist': `select i.item_id from shelf_item i where not exists (select from shelf s where s.id = i.shelf_id)`,
}

async function violationsOf(schema: string): Promise<Record<string, unknown[]>> {
  const client = await db.pool.connect()
  try {
    await client.query(`set search_path = ${schema}`)
    const found: Record<string, unknown[]> = {}
    for (const [law, query] of Object.entries(violations)) {
      const { rows } = await client.query<object>(query)
      if (rows.length > 0) found[law] = rows
    }
    return found
  } finally {
    await client.query('reset search_path')
    client.release()
  }
}
