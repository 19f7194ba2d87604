/** Contexts over the API: made of what is in the vault, with the reasons; settings, presets and recipes; and every reading noted. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../../src/api/deps.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { learnt, type Said, saidIn } from '../../../support/vault.ts'
import { type Ask, askDescribed } from './described.ts'

type Item = { readonly id: string; readonly kind: string; readonly layer: string }
type Context = {
  readonly text: string
  readonly turns: string[]
  readonly manifest: { readonly sha256: string; readonly tokens: number; readonly items: Item[]; readonly dropped: { readonly reason: string }[] }
}
type Access = {
  readonly what: string
  readonly query: string | null
  readonly memoryIds: string[]
  readonly messageIds: string[]
  readonly tokens: number
}

let here: TestInstance
let ask: Ask
let ada: TestAccount
let ben: TestAccount
let moving: Said
let lisbon: string
let porto: string
let name: string
beforeAll(async () => {
  here = await testInstance({ learns: false })
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
  moving = await saidIn(here, ada.id, 'Moving house', '2024-05-03T10:00:00.000Z', [
    'I moved to Lisbon in March, and my name is Ada. Which tram goes to Belém?',
    'Tram 15E goes to Belém from Praça da Figueira.',
    'Thanks! Keep your answers short, please.',
  ])
  const later = await saidIn(here, ada.id, 'Boxes', '2024-06-01T10:00:00.000Z', [
    'I live in Porto these days. Where do I get boxes?',
    'At the post office.',
  ])
  name = await learnt(here, ada.id, moving.evidence(0, 'my name is Ada'), {
    type: 'identity',
    category: 'identity',
    text: 'Is called Ada',
    importance: 0.9,
  })
  await learnt(here, ada.id, moving.evidence(2, 'Keep your answers short'), {
    type: 'preference',
    category: 'style',
    text: 'Wants short answers',
    importance: 0.8,
  })
  const home = { type: 'identity', category: 'home', predicate: 'lives in', importance: 0.6 } as const
  lisbon = await learnt(here, ada.id, moving.evidence(0, 'moved to Lisbon'), {
    ...home,
    text: 'Lives in Lisbon',
    object: 'lisbon',
    validFrom: '2024-03',
  })
  porto = await learnt(here, ada.id, later.evidence(0, 'I live in Porto'), {
    ...home,
    text: 'Lives in Porto',
    object: 'porto',
    observedAt: '2024-06-01T10:00:00.000Z',
  })
  const dispute = { accountId: ada.id, at: '2024-06-02T00:00:00.000Z' }
  await perform(here.deps, {
    by: 'instance',
    lane: 'private',
    commands: [
      { do: 'DisputeMemory', data: { ...dispute, id: lisbon, with: porto } },
      { do: 'DisputeMemory', data: { ...dispute, id: porto, with: lisbon } },
    ],
  })
  await here.deps.vault.retrieval.upTo(here.deps.ledger.head().size - 1)
})
afterAll(() => here.close())

const contextFor = async (body: object, as = ada) => (await ask('POST', '/context', { as, body })).json<Context>()
const accesses = async () => {
  await here.deps.projections.waitFor(here.deps.ledger.head().size - 1)
  return (await ask('GET', '/accesses', { as: ada })).json<Access[]>()
}

describe('a context', () => {
  test('has who somebody is, both sides of a doubt with their dates, and what was said, and notes that it was read', async () => {
    const { text, manifest } = await contextFor({ task: 'Which tram do I take to Belém, living in Lisbon?', budgetTokens: 1_500 })
    expect(text).toContain(`Is called Ada (said 2024-05-03, 90 %) [m:${name}]`)
    expect(text).toContain('Wants short answers')
    expect(text).toMatch(/- Not settled: Lives in (?:Lisbon|Porto) .*; or: Lives in (?:Lisbon|Porto) /)
    expect(text).toContain('Tram 15E goes to Belém')
    expect(manifest.tokens).toBeLessThanOrEqual(1_500)
    const [note] = await accesses()
    expect(note).toMatchObject({ what: 'POST:/context', query: 'Which tram do I take to Belém, living in Lisbon?', tokens: manifest.tokens })
    expect(note?.memoryIds).toContain(name)
    expect(note?.messageIds).toEqual(expect.arrayContaining([moving.messageIds[1]]))
  })

  test('has the same bytes each time', async () => {
    const [once, again] = [await contextFor({ task: 'trams' }), await contextFor({ task: 'trams' })]
    expect(again).toEqual(once)
  })

  test('goes with a message: the turns of its conversation are named, and its tokens are counted', async () => {
    const { text, turns, manifest } = await contextFor({ userMessage: 'And where do I buy a ticket?', conversationId: moving.conversationId })
    expect(turns).toEqual(moving.messageIds)
    expect(text).not.toContain('Which tram goes to Belém?')
    expect(text).toContain('“Moving house”')
    expect(manifest.items.filter(({ layer }) => layer === 'L6_message_history')).toHaveLength(3)
  })

  test('is of one’s own vault alone', async () => {
    expect((await contextFor({ task: 'Lisbon' }, ben)).text).toBe('')
    const answer = await ask('POST', '/context', { as: ben, body: { task: 'Lisbon', conversationId: moving.conversationId } })
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '#/conversationId' }] })
  })

  test('needs a task or a message, and a scope', async () => {
    expect((await ask('POST', '/context', { as: ada, body: {} })).statusCode).toBe(422)
    expect((await ask('POST', '/context', { as: ada, body: { task: 'x', userMessage: 'y' } })).statusCode).toBe(422)
    expect((await ask('POST', '/context', { as: ada, body: { task: 'x', preset: 'nothing' } })).statusCode).toBe(422)
    expect((await ask('POST', '/context', { as: await here.createToken(ada.id, ['read', 'write']), body: { task: 'x' } })).statusCode).toBe(403)
  })
})

describe('how contexts are made', () => {
  test('is said whole, versioned, and kept', async () => {
    const before = await ask('GET', '/context/settings', { as: ada })
    expect(before.json()).toMatchObject({ maxContextTokens: 12_000, recall: true })
    const body = { responseStyle: 'concise', exclude: { memories: [name] } }
    const stale = await ask('PUT', '/context/settings', { as: ada, body, headers: { 'if-match': '"another"' } })
    expect(stale.statusCode).toBe(412)
    const set = await ask('PUT', '/context/settings', { as: ada, body, headers: { 'if-match': String(before.headers.etag) } })
    expect(set.json()).toMatchObject({ responseStyle: 'concise', maxContextTokens: 12_000, exclude: { memories: [name], conversations: [] } })
    const { text, manifest } = await contextFor({ task: 'Who am I?' })
    expect(text).not.toContain('Is called Ada')
    expect(text).toContain('They want concise answers.')
    expect(manifest.dropped.map(({ reason }) => reason)).toContain('excluded')
  })

  test('follows a preset, and what is left out stays left out', async () => {
    const presets = (await ask('GET', '/context/presets', { as: ada })).json<{ name: string }[]>()
    expect(presets.map((preset) => preset.name)).toEqual(['minimal', 'balanced', 'knowledge', 'developer', 'privacy'])
    const set = await ask('POST', '/context/settings/preset', { as: ada, body: { name: 'privacy' } })
    expect(set.json()).toMatchObject({ maxContextTokens: 8_192, recall: false, exclude: { memories: [name] } })
    expect((await contextFor({ task: 'Which tram to Belém?' })).text).not.toContain('Tram 15E')
    expect((await contextFor({ task: 'Which tram to Belém?', preset: 'balanced' })).text).toContain('Tram 15E')
    await ask('PUT', '/context/settings', { as: ada, body: {} })
  })

  test('refuses what it does not know, naming the field', async () => {
    const answer = await ask('PUT', '/context/settings', { as: ada, body: { magic: true } })
    expect(answer.statusCode).toBe(422)
    expect(answer.json()).toMatchObject({ errors: [{ pointer: '#/magic' }] })
  })

  test('has recipes that leave layers out', async () => {
    const made = await ask('POST', '/context/recipes', {
      as: ada,
      body: { name: 'Words only', excluded: ['L0_identity', 'L1_global_prefs', 'L2_topic', 'L3_entity'] },
    })
    expect(made.statusCode).toBe(201)
    const { id } = made.json<{ id: string }>()
    const { text, manifest } = await contextFor({ task: 'Which tram to Belém?', recipeId: id })
    expect(text).not.toContain('Is called Ada')
    expect(new Set(manifest.items.map(({ layer }) => layer))).toEqual(new Set(['L5_jit']))
    const changed = await ask('PUT', `/context/recipes/${id}`, { as: ada, body: { name: 'Words', budget: 300 } })
    expect(changed.json()).toMatchObject({ name: 'Words', budget: 300, excluded: [] })
    expect((await ask('GET', `/context/recipes/${id}`, { as: ben })).statusCode).toBe(404)
    expect((await ask('DELETE', `/context/recipes/${id}`, { as: ada })).statusCode).toBe(204)
    expect((await ask('GET', '/context/recipes', { as: ada })).json()).toEqual([])
    expect((await ask('POST', '/context', { as: ada, body: { task: 'x', recipeId: id } })).statusCode).toBe(422)
  })
})
