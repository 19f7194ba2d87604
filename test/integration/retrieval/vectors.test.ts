/** Meaning beside words: vectors by a model of the owner's choice, made in the background, kept sealed, gone with what they were made of. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { perform } from '../../../src/api/deps.ts'
import type { Command } from '../../../src/handlers/commands.ts'
import type { Embed } from '../../../src/memory/retrieval/embedding.ts'
import { Retrieval } from '../../../src/memory/retrieval/retrieval.ts'
import { quantised, Vectors } from '../../../src/memory/retrieval/vectors.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../support/instance.ts'
import * as said from '../conversations/said.ts'

let here: TestInstance
let ada: TestAccount
let retrieval: Retrieval
let model: { name: string; state: 'works' | 'fails' | 'absent' } = { name: 'concepts-1', state: 'works' }
let clock = Date.UTC(2026, 0, 31)
let asked = 0

/** A model small enough to understand: it knows three things by any name. */
const CONCEPTS = [/cat|feline|whiskers/i, /boat|vessel|harbour/i, /bread|loaf|bakery/i]
const embed: Embed = async (_accountId, texts) => {
  asked += texts.length
  if (model.state === 'fails') throw new Error('no answer')
  if (model.state === 'absent') return null
  return { model: model.name, vectors: texts.map((text) => Float32Array.from([...CONCEPTS.map((concept) => (concept.test(text) ? 1 : 0)), 0.1])) }
}

const record = (...commands: readonly Command[]) => perform(here.deps, { by: { account: ada.id }, lane: 'private', commands })
const rows = async () =>
  (await here.deps.pool.query<{ model: string; count: string }>('select model, count(*) from retrieval.vector group by model order by model')).rows
const search = async (text: string) => (await retrieval.search(ada.id, { text, limit: 5, kinds: ['message'] })).hits

beforeAll(async () => {
  here = await testInstance()
  ada = await here.createAccount('ada')
  const { pool, ledger, projections } = here.deps
  const databaseUrl = pool.options.connectionString ?? ''
  retrieval = await Retrieval.open({ databaseUrl, pool, rowKey: ledger.rowKey, projections, embed, now: () => clock, log: () => {} })
  const texts = ['Whiskers slept all day.', 'The harbour was empty.', 'Two loaves, please.']
  await record(
    { do: 'CreateConversation', data: said.conversation(ada.id, '10') },
    { do: 'CreateConversation', data: said.conversation(ada.id, '20') },
    ...texts.map(
      (text, n): Command => ({ do: 'AddMessage', data: said.message(ada.id, n === 1 ? '20' : '10', `10${n}`, { blocks: [said.text(text)] }) }),
    ),
  )
})

afterAll(async () => {
  await retrieval.close()
  await here.close()
})

it('finds what means the same, once its vectors are made', async () => {
  await search('feline')
  await retrieval.embedded(ada.id)
  expect(await rows()).toEqual([{ model: 'concepts-1', count: '3' }])
  const [first] = await search('feline')
  expect(first?.id).toBe('100')
  expect(first?.why.map(({ signal }) => signal)).toContain('vector')
})

it('sends each text once, and again only when it says something else', async () => {
  const before = asked
  await search('vessel')
  await retrieval.embedded(ada.id)
  expect(asked - before).toBe(1)
  await record({ do: 'AddMessage', data: said.message(ada.id, '10', '102', { blocks: [said.text('The boat came in.')] }) })
  await search('vessel')
  await retrieval.embedded(ada.id)
  expect(asked - before).toBe(3)
  expect(
    (await search('vessel'))
      .map(({ id }) => id)
      .slice(0, 2)
      .toSorted(),
  ).toEqual(['101', '102'])
})

it('keeps nothing that can be read in the table', async () => {
  const { rows: sealed } = await here.deps.pool.query<{ sealed: Buffer }>('select sealed from retrieval.vector')
  const plain = Buffer.from(quantised(Float32Array.from([1, 0, 0, 0.1])))
  expect(sealed.every((row) => !row.sealed.includes(plain))).toBe(true)
})

it('never compares vectors of two models', async () => {
  model = { name: 'concepts-2', state: 'works' }
  await search('feline')
  await retrieval.embedded(ada.id)
  expect((await search('feline'))[0]?.id).toBe('100')
  expect(await rows()).toEqual([
    { model: 'concepts-1', count: '3' },
    { model: 'concepts-2', count: '3' },
  ])
})

it('goes with the conversation', async () => {
  await record({ do: 'DeleteConversation', data: { id: '20', accountId: ada.id, at: '2026-02-03T12:00:00.000Z' } })
  await retrieval.upTo(here.deps.ledger.head().size - 1)
  expect((await search('vessel')).map(({ id }) => id)).not.toContain('101')
  await expect.poll(async () => (await rows()).map(({ count }) => count)).toEqual(['2', '2'])
})

it('answers by words alone while the model fails, and leaves it alone for a minute', async () => {
  model = { name: 'concepts-2', state: 'fails' }
  expect((await search('whiskers'))[0]?.id).toBe('100')
  const before = asked
  await search('whiskers')
  expect(asked).toBe(before)
  clock += 61_000
  model = { name: 'concepts-2', state: 'works' }
  expect((await search('feline'))[0]?.id).toBe('100')
})

it('is swept up at the next start where nobody saw it go', async () => {
  const { pool, ledger, projections } = here.deps
  await pool.query(`insert into retrieval.vector values (${ada.id}, 77, 78, 'concepts-2', 1, 'x')`)
  const again = await Retrieval.open({
    databaseUrl: pool.options.connectionString ?? '',
    pool,
    rowKey: ledger.rowKey,
    projections,
    now: () => clock,
    log: () => {},
  })
  expect((await rows()).map(({ count }) => count)).toEqual(['2', '2'])
  await again.close()
})

it('the nearest are those whose angle is smallest, of any length', () => {
  const vectors = new Vectors('m', 3)
  vectors.set('x', quantised(Float32Array.from([10, 1, 0])))
  vectors.set('y', quantised(Float32Array.from([0.1, 1, 0])))
  vectors.set('z', quantised(Float32Array.from([-1, 0, 0.2])))
  vectors.set('odd', quantised(Float32Array.from([1])))
  vectors.remove('y')
  expect(vectors.near(Float32Array.from([0.2, 0.01, 0])).map(({ id }) => id)).toEqual(['x', 'z'])
  expect(vectors.near(Float32Array.from([1]))).toEqual([])
})
