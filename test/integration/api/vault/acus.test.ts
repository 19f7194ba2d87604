/** Atomic chat units over the API: found in messages, written by hand, linked; exports and files; and deletion with its consequences. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { perform } from '../../../../src/api/deps.ts'
import { sealFile } from '../../../../src/conversations/assets.ts'
import type { Message } from '../../../../src/events/conversations.ts'
import type { MemoryEvents } from '../../../../src/events/memories.ts'
import { SEGMENTS, segment } from '../../../../src/memory/segment.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { type Ask, askDescribed } from './described.ts'

type Acu = { readonly id: string; readonly text: string; readonly type: string; readonly messageId: string }
type Conversation = { readonly id: string; readonly messages: readonly (Message & { readonly position: number })[] }

let here: TestInstance
let ask: Ask
let ada: TestAccount
let ben: TestAccount
beforeAll(async () => {
  here = await testInstance()
  ask = await askDescribed(here)
  ada = await here.createAccount('ada')
  ben = await here.createAccount('ben')
})
afterAll(() => here.close())

const QUESTION = 'How do I keep a sourdough starter alive?'
const ANSWER = `Feed it every day with flour and water.\n\n- 50 g of flour\n- 50 g of water\n\n\`\`\`python\nfeed(starter, flour=50)\n\`\`\``

/** A conversation, cut into units as the pipeline does it. */
async function cut(...texts: readonly string[]): Promise<Conversation> {
  const messages = texts.map((text, index) => ({ role: index % 2 === 0 ? 'user' : 'assistant', text }))
  const made = (await ask('POST', '/conversations', { as: ada, body: { title: 'Starter', doNotRemember: true, messages } })).json<Conversation>()
  const data = { accountId: ada.id, conversationId: made.id, rules: SEGMENTS, acus: made.messages.flatMap(segment), at: new Date().toISOString() }
  await perform(here.deps, { by: 'instance', lane: 'private', commands: [{ do: 'SegmentMessages', data }] })
  return made
}

const get = async <T>(path: string, as = ada) => (await ask('GET', path, { as })).json<T>()
const post = async (path: string, body: object) => ask('POST', path, { as: ada, body })

describe('units', () => {
  test('are found in messages, and say what stands there', async () => {
    const { id, messages } = await cut(QUESTION, ANSWER)
    const units = await get<Acu[]>(`/conversations/${id}/acus`)
    expect(units.map(({ text }) => text)).toContain(QUESTION)
    expect(units.find(({ type }) => type === 'code_snippet')?.text).toContain('feed(starter')
    expect(await get(`/messages/${messages[0]?.id ?? ''}/acus`)).toMatchObject([{ text: QUESTION, type: 'question' }])
    expect(await get(`/acus/${units[0]?.id ?? ''}`)).toMatchObject({ text: QUESTION, conversationId: id })
    expect((await get<Acu[]>('/acus?type=question')).map(({ text }) => text)).toContain(QUESTION)
    expect(await get('/acus?minQuality=1')).toEqual([])
  })

  test('are searched, and only those are shown that the words stand in', async () => {
    await cut('Where does the aurora appear?', 'Near the poles.\n\nThe aurora is green because of oxygen.')
    await here.deps.vault.retrieval.upTo(here.deps.ledger.head().size - 1)
    const found = await get<{ acu: Acu }[]>('/acus/search?q=aurora')
    expect(found.length).toBeGreaterThan(0)
    for (const { acu } of found) expect(acu.text).toMatch(/aurora/i)
    expect((await get<{ acu: Acu }[]>('/acus/search?q=aurora&type=question')).map(({ acu }) => acu.type)).toEqual(['question'])
  })

  test('that say the same are shown once, with how often', async () => {
    await cut('The same paragraph, word for word, again.')
    await cut('The same paragraph, word for word, again.')
    const found = (await get<{ count: number; first: Acu }[]>('/acus/duplicates')).find(({ first }) => first.text.startsWith('The same paragraph'))
    expect(found?.count).toBe(2)
  })

  test('are written, remixed and annotated, and linked to what they came from', async () => {
    const quick = (await post('/acus', { text: 'Rye is thirsty.', tags: ['Rye'] })).json<Acu>()
    const remixed = (await post(`/acus/${quick.id}/remix`, { text: 'Rye takes more water than wheat.' })).json<Acu>()
    const note = (await post(`/acus/${remixed.id}/annotate`, { text: 'Says the baker.' })).json<Acu>()
    expect([quick, remixed, note]).toMatchObject([
      { type: 'statement', tags: ['rye'], parentId: null },
      { type: 'statement', parentId: quick.id, relation: 'remix' },
      { type: 'thought', parentId: remixed.id, relation: 'annotation' },
    ])
    expect(await get(`/acus/${remixed.id}/links`)).toMatchObject([
      { sourceId: remixed.id, targetId: quick.id, relation: 'derived_from', made: true },
      { sourceId: note.id, targetId: remixed.id, relation: 'annotates', made: true },
    ])
    expect((await get<Acu[]>('/acus/written')).map(({ id }) => id)).toEqual([note.id, remixed.id, quick.id])
    expect((await ask('DELETE', `/acus/${note.id}`, { as: ada })).statusCode).toBe(204)
    expect((await ask('GET', `/acus/${note.id}`, { as: ada })).statusCode).toBe(404)
  })

  test('hang together by what follows from the text, and by links that were made', async () => {
    const { id } = await cut(QUESTION, 'Feed it every day with flour and water.')
    const [question, answer] = await get<Acu[]>(`/conversations/${id}/acus`)
    const path = `/acus/${question?.id ?? ''}/links`
    expect(await get(path)).toMatchObject([{ sourceId: question?.id, targetId: answer?.id, relation: 'answered_by', made: false }])
    expect((await post(path, { targetId: answer?.id, relation: 'reminds_me_of' })).statusCode).toBe(204)
    expect(await get(path)).toContainEqual({ sourceId: question?.id, targetId: answer?.id, relation: 'reminds_me_of', weight: 1, made: true })
    expect((await ask('DELETE', `${path}/reminds_me_of/${answer?.id ?? ''}`, { as: ada })).statusCode).toBe(204)
    expect((await ask('DELETE', `${path}/reminds_me_of/${answer?.id ?? ''}`, { as: ada })).statusCode).toBe(404)
    expect((await post(path, { targetId: '1', relation: 'x' })).statusCode).toBe(422)
    expect((await post(path, { targetId: question?.id, relation: 'x' })).statusCode).toBe(422)
  })

  test('of a message go with it, and not alone; and are nobody else’s', async () => {
    const { id } = await cut('A unit that cannot go alone, for it is part of a message.')
    const [unit] = await get<Acu[]>(`/conversations/${id}/acus`)
    const path = `/acus/${unit?.id ?? ''}`
    expect((await ask('DELETE', path, { as: ada })).statusCode).toBe(409)
    for (const one of [path, `${path}/links`, `/conversations/${id}/acus`]) expect((await ask('GET', one, { as: ben })).statusCode).toBe(404)
    expect((await ask('POST', `${path}/remix`, { as: ben, body: { text: 'x' } })).statusCode).toBe(404)
    await ask('DELETE', `/conversations/${id}`, { as: ada })
    expect((await ask('GET', path, { as: ada })).statusCode).toBe(404)
  })

  test('lie on notebooks with their words', async () => {
    const { id } = await cut('Something worth keeping in a notebook.')
    const [unit] = await get<Acu[]>(`/conversations/${id}/acus`)
    const notebook = (await post('/notebooks', { name: 'Kept' })).json<{ id: string }>()
    expect((await ask('PUT', `/notebooks/${notebook.id}/items/acu/${unit?.id ?? ''}`, { as: ada, body: {} })).statusCode).toBe(204)
    expect(await get(`/notebooks/${notebook.id}/items`)).toMatchObject([{ kind: 'acu', label: 'Something worth keeping in a notebook.' }])
  })
})

describe('exports', () => {
  test('of one conversation are there to be read, and to be brought in again', async () => {
    const { id } = await cut('<script>alert(1)</script> is what I typed.', '**Bold** words.')
    const of = async (format: string) => ask('GET', `/conversations/${id}/export?format=${format}`, { as: ada })
    expect((await of('markdown')).body).toContain('**Bold** words.')
    const page = await of('html')
    expect([page.headers['content-type'], page.headers['content-security-policy']]).toEqual([
      'text/html; charset=utf-8',
      expect.stringContaining('sandbox'),
    ])
    expect(page.body).not.toContain('<script>alert')
    expect((await of('json')).json()).toMatchObject({ format: 'vivim-export', conversations: [{ id }] })
    expect((await of('pdf')).statusCode).toBe(400)
    expect((await ask('GET', `/conversations/${id}/export`, { as: ben })).statusCode).toBe(404)
  })

  test('of the whole vault come back on another account as they were', async () => {
    const all = await ask('GET', '/vault/export', { as: ada })
    expect(all.headers['content-disposition']).toContain('.vivim.json')
    const carl = await here.createAccount('carl')
    const url = '/api/vivim/v1/imports?name=vault.json'
    const begun = await here.app.inject({
      method: 'POST',
      url,
      headers: { authorization: `Bearer ${carl.token}`, 'content-type': 'application/json' },
      payload: all.body,
    })
    await here.deps.vault.imports.finished(begun.json<{ id: string }>().id)
    const titles = async (as: TestAccount) =>
      (await get<{ title: string; counts: object }[]>('/conversations?limit=200', as)).map(({ title, counts }) => ({ title, counts }))
    expect(await titles(carl)).toEqual(await titles(ada))
  })

  test('files that came with conversations are downloads, whatever they say they are', async () => {
    const content = Buffer.from('<script>alert(1)</script>')
    const sealed = await sealFile(
      here.deps.config.dataDir,
      (async function* () {
        yield content
      })(),
    )
    const { head: _head, ...stored } = sealed
    const data = { id: here.deps.newId(), accountId: ada.id, at: new Date().toISOString(), mime: 'text/html', name: "it's a page.html", ...stored }
    await perform(here.deps, { by: { account: ada.id }, lane: 'private', commands: [{ do: 'StoreAsset', data }] })
    const answer = await ask('GET', `/assets/${data.id}`, { as: ada })
    expect([answer.body, answer.headers['content-type'], answer.headers['content-disposition']]).toEqual([
      content.toString(),
      'application/octet-stream',
      "attachment; filename*=UTF-8''it%27s%20a%20page.html",
    ])
    expect((await ask('GET', `/assets/${data.id}`, { as: ben })).statusCode).toBe(404)
  })
})

describe('what goes', () => {
  async function memory(of: readonly Conversation[]): Promise<string> {
    const data: MemoryEvents['memory:record'] = {
      id: here.deps.newId(),
      accountId: ada.id,
      type: 'preference',
      category: 'like',
      text: 'Ada likes rye.',
      subject: 'ada',
      predicate: 'likes',
      object: `rye ${here.deps.newId()}`,
      language: 'en',
      validFrom: null,
      validTo: null,
      tags: [],
      status: 'active',
      confidence: 0.9,
      importance: 0.5,
      sensitive: false,
      observedAt: null,
      evidence: of.map(({ id, messages }) => ({
        conversationId: id,
        messageId: messages[0]?.id ?? '',
        position: messages[0]?.position ?? 0,
        block: 0,
        start: 0,
        end: 10,
        quote: 'I like rye',
        role: 'user',
        stance: 'supports',
      })),
      derivation: { engine: 'rules', by: 'like@1', model: null, prompt: null, output: null },
      members: [],
      at: new Date().toISOString(),
    }
    await perform(here.deps, { by: 'instance', lane: 'private', commands: [{ do: 'RecordMemory', data }] })
    return data.id
  }
  const texts = async () =>
    (await get<{ object: string; evidence: { conversationId: string }[] }[]>('/memories?limit=200')).map(
      ({ object, evidence }) => [object, evidence.length] as const,
    )

  test('with a conversation is what was learnt from it alone; what was said elsewhere, too, stays with that', async () => {
    const [one, other] = [await cut('I like rye and nothing else.'), await cut('I like rye, as I said.')]
    const [alone, twice] = [await memory([one]), await memory([one, other])]
    const before = new Map(await texts())
    await ask('DELETE', `/conversations/${one.id}`, { as: ada })
    const after = new Map(await texts())
    for (const id of [alone, twice]) expect((await ask('GET', `/memories/${id}`, { as: ada })).statusCode).toBe(404)
    expect([before.size - after.size, [...after.values()]]).toEqual([1, [1]])
  })

  test('when a memory is forgotten is its words, from every way of reading', async () => {
    const id = await memory([await cut('I like rye bread.')])
    const { headers } = await ask('GET', `/memories/${id}`, { as: ada })
    expect((await ask('DELETE', `/memories/${id}`, { as: ada, headers: { 'if-match': '"other"' } })).statusCode).toBe(412)
    expect((await ask('DELETE', `/memories/${id}`, { as: ada, headers: { 'if-match': String(headers.etag) } })).statusCode).toBe(204)
    for (const step of ['', '/why', '/history']) expect((await ask('GET', `/memories/${id}${step}`, { as: ada })).statusCode).toBe(404)
    expect((await get<{ memories: { forgottenMarks: number } }>('/statistics')).memories.forgottenMarks).toBeGreaterThan(0)
  })
})
