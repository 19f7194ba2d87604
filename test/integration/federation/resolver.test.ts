/** Finding people and posts elsewhere: what is believed, and what is not. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { statusByUri } from '../../../src/projections/read/statuses.ts'
import { type Elsewhere, elsewhere, type Stranger, stranger } from './elsewhere.ts'
import { eventually, type FederatingInstance, federatingInstance } from './instance.ts'

const CONTEXT = { '@context': 'https://www.w3.org/ns/activitystreams' }

let world: Elsewhere
let here: FederatingInstance
let zoe: Stranger

beforeAll(async () => {
  world = elsewhere()
  here = await federatingInstance({ origin: 'https://here.example', fetch: world, deliver: false })
  await here.person('alice')
  zoe = stranger(world, 'https://far.example/users/zoe')
})
afterAll(async () => here?.close())

/** What WebFinger at the handle's host answers. */
function finger(username: string, domain: string, self: string, subject = `acct:${username}@${domain}`): void {
  const resource = encodeURIComponent(`acct:${username}@${domain}`)
  world.serve(`https://${domain}/.well-known/webfinger?resource=${resource}`, {
    subject,
    links: [{ rel: 'self', type: 'application/activity+json', href: self }],
  })
}

describe('people', () => {
  it('are found by any writing of their handle, and asked for once', async () => {
    finger('zoe', 'far.example', zoe.uri)
    const first = await here.resolver.account('@zoe@far.example')
    expect(first).toMatchObject({ uri: zoe.uri, username: 'zoe', domain: 'far.example' })
    const asked = world.asked.length
    for (const text of ['zoe@far.example', 'acct:zoe@far.example', ' @ZOE@FAR.example ', zoe.uri])
      expect((await here.resolver.account(text))?.id).toBe(first?.id)
    expect(world.asked.length).toBe(asked)
  })

  it('may have a handle at another domain, when both hosts say so', async () => {
    const split = stranger(world, 'https://social.split.example/users/sam', { webfinger: 'sam@split.example' })
    finger('sam', 'split.example', split.uri)
    finger('sam', 'social.split.example', split.uri, 'acct:sam@split.example')
    expect(await here.resolver.account('sam@split.example')).toMatchObject({ uri: split.uri, domain: 'split.example' })
  })

  it('have the handle of their own host when the one they claim does not know them', async () => {
    const liar = stranger(world, 'https://evil.example/users/bank', { webfinger: 'bank@bank.example' })
    finger('bank', 'bank.example', 'https://bank.example/users/bank')
    expect(await here.resolver.account(liar.uri)).toMatchObject({ domain: 'evil.example' })
  })

  it('here are found without asking anybody', async () => {
    const asked = world.asked.length
    for (const text of ['alice@here.example', '@ALICE@here.example', 'https://here.example/users/alice'])
      expect((await here.resolver.account(text))?.username).toBe('alice')
    for (const text of ['nobody@here.example', 'https://here.example/users/nobody', 'not a handle', '', '@', 'a@b@c'])
      expect(await here.resolver.account(text)).toBeNull()
    expect(world.asked.length).toBe(asked)
  })

  it('are not believed at the wrong place, nor without an inbox, name or type', async () => {
    world.serve('https://evil.example/zoe', { ...zoe.document, id: 'https://far.example/users/other' })
    expect(await here.resolver.account('https://evil.example/zoe')).toBeNull()
    for (const [i, wrong] of [
      { inbox: null },
      { inbox: 'https://victim.example/inbox' },
      { preferredUsername: '../x' },
      { preferredUsername: 5 },
      { type: 'Note' },
    ].entries()) {
      const odd = stranger(world, `https://odd.example/users/odd${i}`, wrong)
      expect([wrong, await here.resolver.account(odd.uri)]).toEqual([wrong, null])
    }
  })
})

describe('posts', () => {
  it('are fetched with their author, and found again by id or page', async () => {
    const writer = stranger(world, 'https://paper.example/users/writer')
    const note = { ...CONTEXT, ...writer.note({ url: 'https://paper.example/@writer/1' }) }
    world.serve(note.id, note)
    world.serve('https://paper.example/@writer/1', note)
    const found = await here.resolver.status('https://paper.example/@writer/1')
    expect(found).toMatchObject({ uri: note.id, local: false, content: '<p>hello</p>' })
    expect((await here.resolver.status(note.id))?.id).toBe(found?.id)
  })

  it('may be given by the activity that made them', async () => {
    const note = { ...CONTEXT, ...zoe.note({}) }
    const activity = { ...CONTEXT, ...zoe.activity('Create', { object: note.id }) }
    world.serve(note.id, note)
    world.serve(activity.id, activity)
    expect((await here.resolver.status(activity.id))?.uri).toBe(note.id)
  })

  it('are not believed from another origin, for another author, or when they are for few', async () => {
    const stolen = zoe.note({})
    world.serve('https://evil.example/notes/1', { ...CONTEXT, ...stolen })
    expect(await here.resolver.status('https://evil.example/notes/1')).toBeNull()
    world.serve('https://evil.example/notes/2', { ...CONTEXT, ...zoe.note({ id: 'https://evil.example/notes/2' }) })
    expect(await here.resolver.status('https://evil.example/notes/2')).toBeNull()
    const secret = { ...CONTEXT, ...zoe.note({ to: 'https://somebody.example/users/x' }) }
    world.serve(secret.id, secret)
    expect(await here.resolver.status(secret.id)).toBeNull()
  })

  it('what is not there is not asked for again at once', async () => {
    const missing = 'https://far.example/notes/missing'
    expect(await here.resolver.status(missing)).toBeNull()
    const asked = world.asked.length
    expect(await here.resolver.status(missing)).toBeNull()
    expect(world.asked.length).toBe(asked)
  })

  it('a thread is climbed to its top, but not for ever', async () => {
    const loop = Array.from({ length: 60 }, (_, i) => `https://far.example/notes/tower-${i}`)
    for (const [i, id] of loop.entries()) world.serve(id, { ...CONTEXT, ...zoe.note({ id, inReplyTo: loop[(i + 1) % loop.length] ?? null }) })
    expect(await here.resolver.status(loop[0] ?? '')).not.toBeNull()
    await eventually('a part of the tower', () => statusByUri(here.database.pool, loop[19] ?? ''))
    await new Promise((resolve) => setTimeout(resolve, 300))
    expect(await statusByUri(here.database.pool, loop[30] ?? '')).toBeNull()
  })
})
