/** Conversations as they are read: in pages, by source, along the log; only one's own, and nothing of it open in the database. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { DomainEvent } from '../../../src/events/catalogue.ts'
import { conversationTables } from '../../../src/projections/conversations/ddl.ts'
import { conversationStatistics } from '../../../src/projections/read/conversation-statistics.ts'
import {
  type ConversationFilter,
  conversationById,
  conversationBySource,
  conversations,
  conversationsByIds,
  shareByTokenHash,
  sharesOf,
} from '../../../src/projections/read/conversations.ts'
import { assetById, assets, assetsIn, assetsOnlyIn, importById, imports, unreportedImports } from '../../../src/projections/read/imports.ts'
import { accountsWithMessages, messageById, messagesByIds, messagesFrom, messagesOf } from '../../../src/projections/read/messages.ts'
import { shelfById, shelfItems, shelves, shelvesWith } from '../../../src/projections/read/shelves.ts'
import { RowCipher } from '../../../src/projections/row-cipher.ts'
import { conversationSamples } from '../../unit/events/conversation-samples.ts'
import { at, joins, leaves } from '../projections/given.ts'
import { openStage, type Stage } from '../projections/stage.ts'
import * as said from './said.ts'

let stage: Stage
let cipher: RowCipher
let act = 0
let ada: string
let ben: string
beforeAll(async () => {
  stage = await openStage()
  cipher = new RowCipher(stage.log.rowKey)
})
afterAll(() => stage?.close())
/** Ids of this act. */
const n = (digits: number): string => `${act}${String(digits).padStart(4, '0')}`
beforeEach(async () => {
  act += 1
  ;[ada, ben] = [n(1), n(2)]
  await happens(joins(ada, `ada${act}`), joins(ben, `ben${act}`))
})

const happens = (...events: readonly DomainEvent[]) => stage.happens(...events)
const page = (filter: Partial<ConversationFilter> = {}, account = ada) =>
  conversations(stage.pool, cipher, account, { limit: 10, ...filter }).then((found) => found.map(({ id }) => id))

describe('conversations', () => {
  test('come the newest first, page by page, each once', async () => {
    const ids = Array.from({ length: 7 }, (_, i) => n(100 + i))
    await happens(...ids.map((id, i) => said.begins(ada, id, { createdAt: said.instant(at(i >> 1)), updatedAt: said.instant(at(100 - i)) })))
    expect(await page()).toEqual(ids)
    const walked: string[] = []
    for (let before: ConversationFilter['before']; ; ) {
      const found = await conversations(stage.pool, cipher, ada, { order: 'created', limit: 3, ...(before === undefined ? {} : { before }) })
      walked.push(...found.map(({ id }) => id))
      const last = found.at(-1)
      if (last === undefined) break
      before = { at: last.created, id: last.id }
    }
    expect(walked).toEqual(ids.toReversed())
  })

  test('are found by provider, origin, star, tag, project and time; by nobody else', async () => {
    const [one, two] = [n(1), n(2)]
    await happens(
      said.begins(ada, one, { provider: 'claude', tags: ['loom'], starred: true, project: { id: null, name: 'Engines' } }),
      said.begins(ada, two, { origin: 'chat', archived: true, updatedAt: said.instant(at(50)) }),
    )
    expect(await page({ provider: 'claude' })).toEqual([one])
    expect(await page({ origin: 'chat' })).toEqual([two])
    expect(await page({ starred: true })).toEqual([one])
    expect(await page({ archived: false })).toEqual([one])
    expect(await page({ tag: 'loom' })).toEqual([one])
    expect(await page({ tag: 'LOOM' })).toEqual([])
    expect(await page({ project: 'Engines' })).toEqual([one])
    expect(await page({ since: at(50) })).toEqual([two])
    expect(await page({ until: at(50) })).toEqual([one])
    expect(await page({}, ben)).toEqual([])
    expect(await conversationById(stage.pool, cipher, ben, one)).toBeNull()
    expect(await conversationById(stage.pool, cipher, ada, 'no id')).toBeNull()
    expect([...(await conversationsByIds(stage.pool, cipher, ada, [two, one, 'x'])).keys()].toSorted()).toEqual([one, two])
  })

  test('tell what was recorded, with what was changed and counted since', async () => {
    const id = n(1)
    const sample = conversationSamples['conversation:create']
    if (sample.source === null) throw new Error('the sample has a source')
    const data = { ...sample, id, accountId: ada, source: { ...sample.source, nativeId: `native-${id}` } }
    await happens({ type: 'conversation:create', data })
    await happens(
      said.says(ada, id, n(11), { blocks: [said.text('two words'), said.picture('1')], createdAt: said.instant(at(200)) }),
      said.renames(ada, id, 'Mine', { titleSource: 'person', tags: ['new'] }),
    )
    const row = await conversationBySource(stage.pool, cipher, ada, { provider: 'chatgpt', nativeId: `native-${id}` })
    expect(row).toMatchObject({
      id,
      title: 'Mine',
      titleSource: 'person',
      tags: ['new'],
      model: 'gpt-5',
      extra: data.extra,
      forkedFrom: data.forkedFrom,
    })
    expect(row).toMatchObject({ messages: 1, userMessages: 1, words: 2, images: 1, updated: at(200), lastMessageAt: at(200) })
    expect(await conversationBySource(stage.pool, cipher, ben, { provider: 'chatgpt', nativeId: `native-${id}` })).toBeNull()
  })

  test('are counted without being opened', async () => {
    await happens(said.begins(ada, n(1), { provider: 'claude' }), said.begins(ada, n(2)), said.says(ada, n(2), n(11)), said.says(ada, n(2), n(12)))
    const { totals, providers, months } = await conversationStatistics(stage.pool, ada)
    expect(totals).toMatchObject({ conversations: 2, messages: 2, words: 4 })
    expect(providers.map(({ provider, messages }) => [provider, messages])).toEqual([
      ['chatgpt', 2],
      ['claude', 0],
    ])
    expect(months).toMatchObject([{ month: '2026-01', conversations: 2 }])
    expect(await conversationStatistics(stage.pool, ben)).toMatchObject({ totals: { conversations: 0 }, first: null })
  })
})

describe('messages', () => {
  test('keep their place when they change, and are told again along the log', async () => {
    const [id, one, two] = [n(1), n(11), n(12)]
    await happens(said.begins(ada, id), said.says(ada, id, one), said.says(ada, id, two, { parentId: one, role: 'assistant' }))
    const before = await messagesFrom(stage.pool, cipher, { accountId: ada, after: [-1, 999], limit: 10 })
    expect(before.map((message) => message.id)).toEqual([one, two])
    const last = before.at(-1)
    if (last === undefined) throw new Error('nothing was said')
    const changes = await happens(said.corrects(ada, id, one, { blocks: [said.text('three new words')] }))
    expect(changes).toEqual([{ kind: 'conversation', conversationId: id, accountId: ada, gone: false }])
    expect((await messagesOf(stage.pool, cipher, id)).map((message) => message.id)).toEqual([one, two])
    expect((await messagesOf(stage.pool, cipher, id, { after: before[0]?.ordinal ?? 0 })).map((message) => message.id)).toEqual([two])
    const news = await messagesFrom(stage.pool, cipher, { after: [last.position, last.index], limit: 10 })
    expect(news.map((message) => [message.id, message.blocks])).toEqual([[one, [said.text('three new words')]]])
    expect(await conversationById(stage.pool, cipher, ada, id)).toMatchObject({ messages: 2, words: 5 })
  })

  test('are what was recorded, to the last member', async () => {
    const data = { ...conversationSamples['message:add'], id: n(11), conversationId: n(1), accountId: ada, parentId: null }
    await happens(said.begins(ada, n(1)), { type: 'message:add', data })
    expect(await messageById(stage.pool, cipher, ada, n(11))).toMatchObject(data)
    expect(await messageById(stage.pool, cipher, ben, n(11))).toBeNull()
    expect((await messagesByIds(stage.pool, cipher, ada, [n(11), n(12)])).size).toBe(1)
    expect(await accountsWithMessages(stage.pool)).toContainEqual({ accountId: ada, messages: 1 })
  })

  test('of one id in two vaults are two', async () => {
    await happens(said.begins(ada, n(1)), said.begins(ben, n(2)), said.says(ada, n(1), n(11)), said.says(ben, n(2), n(11)))
    expect(await messageById(stage.pool, cipher, ada, n(11))).toMatchObject({ conversationId: n(1) })
    expect(await messageById(stage.pool, cipher, ben, n(11))).toMatchObject({ conversationId: n(2) })
  })
})

describe('deleting', () => {
  test('a conversation takes everything along that was said, shown, shared or shelved of it', async () => {
    const [id, other] = [n(1), n(2)]
    await happens(
      said.begins(ada, id),
      said.begins(ada, other),
      said.stores(ada, n(31)),
      said.stores(ada, n(32)),
      said.says(ada, id, n(11), { blocks: [said.picture(n(31)), said.picture(n(32))] }),
      said.says(ada, other, n(12), { blocks: [said.picture(n(32))] }),
      said.shares(ada, id, n(41), `hash-${id}`),
      said.shelves(ada, n(51)),
      said.puts(ada, n(51), { kind: 'conversation', id }),
      said.puts(ada, n(51), { kind: 'message', id: n(11) }, -1),
      said.puts(ada, n(51), { kind: 'memory', id: n(61) }, 1),
    )
    expect((await assetsOnlyIn(stage.pool, cipher, id)).map((asset) => asset.id)).toEqual([n(31)])
    expect((await shelfItems(stage.pool, cipher, n(51))).map(({ item }) => item.kind)).toEqual(['message', 'conversation', 'memory'])
    expect(await shareByTokenHash(stage.pool, `hash-${id}`, at(0))).toMatchObject({ conversationId: id })
    expect(await happens(said.deletes(ada, id))).toEqual([{ kind: 'conversation', conversationId: id, accountId: ada, gone: true }])
    expect(await page()).toEqual([other])
    expect(await messagesOf(stage.pool, cipher, id)).toEqual([])
    expect(await sharesOf(stage.pool, id)).toEqual([])
    expect(await shareByTokenHash(stage.pool, `hash-${id}`, at(0))).toBeNull()
    expect((await shelfItems(stage.pool, cipher, n(51))).map(({ item }) => item.kind)).toEqual(['memory'])
    expect(await shelfById(stage.pool, cipher, ada, n(51))).toMatchObject({ items: 1 })
    await happens(said.discards(ada, n(31)))
    expect(await assetById(stage.pool, cipher, ada, n(31))).toBeNull()
    expect(await assetById(stage.pool, cipher, ben, n(32))).toBeNull()
  })

  test('an account leaves no row', async () => {
    await happens(
      said.begins(ada, n(1)),
      said.says(ada, n(1), n(11), { blocks: [said.picture('1')] }),
      said.stores(ada, n(31)),
      said.shelves(ada, n(51)),
      said.puts(ada, n(51), { kind: 'memory', id: n(61) }),
      said.shares(ada, n(1), n(41), 'hash'),
      leaves(ada),
    )
    for (const table of conversationTables)
      expect((await stage.pool.query(`select from conversations.${table} where account_id = ${ada}`)).rowCount, table).toBe(0)
  })
})

test('shelves lie in one another, and what lay in one that goes lies one further up', async () => {
  const [outer, middle, inner] = [n(1), n(2), n(3)]
  await happens(said.shelves(ada, outer), said.shelves(ada, middle, { parentId: outer }), said.shelves(ada, inner, { parentId: middle }))
  await happens(said.puts(ada, inner, { kind: 'memory', id: n(61) }), said.unshelves(ada, middle))
  expect((await shelves(stage.pool, cipher, ada, 'collection')).map(({ id, parentId, items }) => [id, parentId, items])).toEqual([
    [outer, null, 0],
    [inner, outer, 1],
  ])
  expect(await shelvesWith(stage.pool, ada, { kind: 'memory', id: n(61) })).toEqual([inner])
  expect(await shelfById(stage.pool, cipher, ben, inner)).toBeNull()
})

test('an import runs until it is reported', async () => {
  const id = n(1)
  const start = { ...conversationSamples['import:start'], id, accountId: ada }
  const { state: _state, ...report } = conversationSamples['import:report']
  expect(await happens({ type: 'import:start', data: start })).toEqual([{ kind: 'import', importId: id, accountId: ada }])
  expect((await unreportedImports(stage.pool, cipher)).map((job) => job.id)).toEqual([id])
  await happens({ type: 'import:report', data: { ...report, id, accountId: ada, state: 'partial' } })
  expect(await unreportedImports(stage.pool, cipher)).toEqual([])
  expect(await importById(stage.pool, cipher, ada, id)).toMatchObject({ name: start.name, state: 'partial', report: { summary: report.summary } })
  expect(await importById(stage.pool, cipher, ben, id)).toBeNull()
  expect((await imports(stage.pool, cipher, ada)).length).toBe(1)
  expect(await imports(stage.pool, cipher, ada, { before: id })).toEqual([])
})

test('sharing changes a conversation for whoever reads it', async () => {
  await happens(said.begins(ada, n(1)))
  const changed = async () => (await conversationById(stage.pool, cipher, ada, n(1)))?.changed ?? 0
  const versions = [await changed()]
  for (const event of [said.shares(ada, n(1), n(41), 'hash'), said.unshares(ada, n(1), n(41))]) {
    expect(await happens(event)).toEqual([{ kind: 'conversation', conversationId: n(1), accountId: ada, gone: false }])
    versions.push(await changed())
  }
  expect(new Set(versions).size).toBe(3)
})

test('links end when they say', async () => {
  await happens(said.begins(ada, n(1)), said.shares(ada, n(1), n(41), `till-${n(1)}`, at(10)))
  expect(await shareByTokenHash(stage.pool, `till-${n(1)}`, at(9))).toMatchObject({ id: n(41) })
  expect(await shareByTokenHash(stage.pool, `till-${n(1)}`, at(10))).toBeNull()
})

test('nothing that people said, named or filed lies open in the tables', async () => {
  const WORD = 'xylophone'
  await happens(
    said.begins(ada, n(1), { title: WORD, tags: [WORD], project: { id: WORD, name: WORD }, model: WORD, extra: { a: WORD } }),
    said.says(ada, n(1), n(11), { blocks: [said.text(WORD)], author: WORD, extra: WORD }),
    said.shelves(ada, n(51), { name: WORD, description: WORD }),
    { type: 'import:start', data: { ...conversationSamples['import:start'], id: n(71), accountId: ada, name: WORD } },
    { type: 'import:report', data: { ...conversationSamples['import:report'], id: n(71), accountId: ada, summary: WORD } },
    { type: 'asset:store', data: { ...conversationSamples['asset:store'], id: n(31), accountId: ada, name: WORD } },
  )
  const hex = Buffer.from(WORD).toString('hex')
  for (const table of conversationTables) {
    const { rows } = await stage.pool.query<{ row: string }>(`select t::text as row from conversations.${table} t`)
    for (const { row } of rows) expect(row.includes(WORD) || row.includes(hex), `${table}: ${row}`).toBe(false)
  }
})

test('files that hold what was too long belong to their conversation, and go with it', async () => {
  const [id, message] = [n(1), n(11)]
  await happens(
    said.stores(ada, n(31)),
    said.stores(ada, n(32)),
    said.stores(ada, n(33)),
    said.begins(ada, id, { extra: { movedToAsset: n(31), bytes: 9 } }),
    said.says(ada, id, message, {
      extra: { a: [{ movedToAsset: n(32) }, { movedToAsset: '9999999999999999999' }, { movedToAsset: '9223372036854775807' }] },
      blocks: [said.text(`{"movedToAsset":"${n(33)}"}`)],
    }),
  )
  expect((await stage.projections.status()).map(({ parked }) => parked)).toEqual([0, 0, 0, 0])
  expect((await assetsOnlyIn(stage.pool, cipher, id)).map((asset) => asset.id)).toEqual([n(31), n(32)])
  expect((await assetsIn(stage.pool, cipher, id)).map((asset) => asset.id)).toEqual([n(31), n(32)])
  expect((await assets(stage.pool, cipher, ada, { limit: 2, after: n(31) })).map((asset) => asset.id)).toEqual([n(32), n(33)])
})
