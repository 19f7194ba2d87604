import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { accountByAcct } from '../../../../src/projections/read/accounts.ts'
import { type TestAccount, type TestInstance, testInstance } from '../../../support/instance.ts'
import { png, sendForm } from './form.ts'

type Account = {
  id: string
  acct: string
  display_name: string
  note: string
  avatar: string
  header: string
  locked: boolean
  bot: boolean
  fields: { name: string; value: string }[]
  source: { note: string; privacy: string; fields: object[]; language: string | null }
}
type Relationship = {
  following: boolean
  requested: boolean
  followed_by: boolean
  requested_by: boolean
  blocking: boolean
  muting: boolean
  showing_reblogs: boolean
  notifying: boolean
  languages: string[] | null
  muting_notifications: boolean
  muting_expires_at: string | null
}

let here: TestInstance
let alice: TestAccount
let bob: TestAccount
const asked: string[] = []
beforeAll(async () => {
  here = await testInstance({
    resolve: {
      account: async (acct) => {
        asked.push(acct)
        if (acct !== 'zoe@there.example') return null
        await here.discover('zoe', 'there.example', { displayName: 'Zoe' })
        for (let tries = 0; tries < 100; tries += 1) {
          const account = await accountByAcct(here.deps.pool, 'zoe', 'there.example')
          if (account !== null) return account
        }
        return null
      },
    },
  })
  alice = await here.createAccount('alice')
  bob = await here.createAccount('bob', { displayName: 'Bob Brown' })
})
afterAll(() => here.close())

const update = async (body: object) => here.ask('PATCH', '/api/v1/accounts/update_credentials', { as: alice, body })
const relate = async (verb: string, target: string, as: TestAccount, body?: object) =>
  (await here.ask('POST', `/api/v1/accounts/${target}/${verb}`, { as, ...(body && { body }) })).json<Relationship>()

describe('one’s own profile', () => {
  test('changes what is given and keeps the rest', async () => {
    const first = (
      await update({
        display_name: 'Alice ✨',
        note: 'I like #tea & @bob\n\nhttps://alice.example',
        locked: true,
        fields_attributes: { 0: { name: 'web', value: 'https://alice.example' }, 1: { name: '', value: '' } },
      })
    ).json<Account>()
    expect(first).toMatchObject({
      display_name: 'Alice ✨',
      locked: true,
      fields: [{ name: 'web', value: expect.stringContaining('<a href="https://alice.example"') }],
    })
    expect(first.note).toMatch(/^<p>I like <a [^>]*>#<span>tea<\/span><\/a> &amp; <span class="h-card"/)
    expect(first.source).toMatchObject({
      note: 'I like #tea & @bob\n\nhttps://alice.example',
      fields: [{ name: 'web', value: 'https://alice.example' }],
    })
    const second = (await update({ bot: 'true', source: { privacy: 'private', language: 'pt-BR' } })).json<Account>()
    expect(second).toMatchObject({
      display_name: 'Alice ✨',
      note: first.note,
      bot: true,
      locked: true,
      fields: first.fields,
      source: { privacy: 'private', language: 'pt-BR' },
    })
    await update({ locked: false, bot: false, source: { privacy: 'public' } })
  })

  test.each([
    ['a name too long', { display_name: 'x'.repeat(31) }],
    ['a biography too long', { note: 'x'.repeat(501) }],
    ['too many fields', { fields_attributes: Array.from({ length: 5 }, (_, n) => ({ name: `${n}`, value: 'x' })) }],
    ['a field too long', { fields_attributes: [{ name: 'x'.repeat(256), value: '' }] }],
    ['fields of another shape', { fields_attributes: 'x' }],
    ['a visibility there is not', { source: { privacy: 'x' } }],
    ['a source that is no object', { source: 'x' }],
    ['an avatar that is text', { avatar: 'data:image/png;base64,AAAA' }],
  ])('refuses %s', async (_what, body) => {
    const answer = await update(body)
    expect(answer.statusCode, answer.body).toBe(422)
    expect(answer.json()).toHaveProperty('error')
  })

  test('pictures are cropped, stored under new names and served', async () => {
    const before = (await update({})).json<Account>()
    expect(before.avatar).toBe('https://here.example/media/avatars/missing.png')
    const after = (
      await sendForm(here, 'PATCH', '/api/v1/accounts/update_credentials', alice, {
        avatar: { bytes: await png(900, 300), name: '../../a.png' },
        header: { bytes: await png(300, 900), name: 'h.png' },
        display_name: 'Pic',
      })
    ).json<Account>()
    for (const [url, width, height] of [
      [after.avatar, 400, 400],
      [after.header, 1500, 500],
    ] as const) {
      expect(url).toMatch(/^https:\/\/here\.example\/media\/[0-9a-f]{2}\/[0-9a-f]{30}\.png$/)
      const file = await here.app.inject({ url: url.replace('https://here.example', '') })
      expect(await sharp(file.rawPayload).metadata()).toMatchObject({ width, height })
    }
    expect(
      (await sendForm(here, 'PATCH', '/api/v1/accounts/update_credentials', alice, { avatar: { bytes: Buffer.from('<svg/>'), name: 'a.svg' } }))
        .statusCode,
    ).toBe(422)
    for (const url of [before.avatar, before.header]) {
      const missing = await here.app.inject({ url: url.replace('https://here.example', '') })
      expect({ code: missing.statusCode, type: missing.headers['content-type'] }).toEqual({ code: 200, type: 'image/png' })
    }
  })
})

describe('relations', () => {
  test('following somebody open is at once, and its options can change', async () => {
    expect(await relate('follow', bob.id, alice)).toMatchObject({
      following: true,
      requested: false,
      showing_reblogs: true,
      notifying: false,
      languages: null,
    })
    expect(await relate('follow', bob.id, alice, { reblogs: false, notify: true, languages: ['en'] })).toMatchObject({
      following: true,
      showing_reblogs: false,
      notifying: true,
      languages: ['en'],
    })
    expect(await relate('follow', bob.id, alice)).toMatchObject({ showing_reblogs: false, notifying: true, languages: ['en'] })
    expect(await relate('remove_from_followers', alice.id, bob)).toMatchObject({ followed_by: false })
    expect(await relate('unfollow', bob.id, alice)).toMatchObject({ following: false })
  })

  test('somebody locked is asked, and answers', async () => {
    const locked = await here.createAccount('locked', { locked: true })
    expect(await relate('follow', locked.id, alice)).toMatchObject({ following: false, requested: true })
    expect((await here.ask('GET', '/api/v1/follow_requests', { as: locked })).json<Account[]>().map(({ id }) => id)).toEqual([alice.id])
    expect((await here.ask('GET', '/api/v1/accounts/verify_credentials', { as: locked })).json()).toMatchObject({
      source: { follow_requests_count: 1 },
    })
    expect((await here.ask('POST', `/api/v1/follow_requests/${alice.id}/reject`, { as: locked })).json()).toMatchObject({
      requested_by: false,
      followed_by: false,
    })
    expect((await here.ask('POST', `/api/v1/follow_requests/${alice.id}/authorize`, { as: locked })).statusCode).toBe(404)
    await relate('follow', locked.id, alice)
    expect((await here.ask('POST', `/api/v1/follow_requests/${alice.id}/authorize`, { as: locked })).json()).toMatchObject({ followed_by: true })
    expect((await here.ask('GET', `/api/v1/accounts/relationships?id[]=${locked.id}`, { as: alice })).json()).toMatchObject([{ following: true }])
  })

  test('whoever no longer approves followers approves those who wait', async () => {
    const shy = await here.createAccount('shy', { locked: true })
    expect(await relate('follow', shy.id, alice, { reblogs: true, notify: true })).toMatchObject({
      requested: true,
      following: false,
      showing_reblogs: true,
      notifying: true,
    })
    const open = await here.ask('PATCH', '/api/v1/accounts/update_credentials', { as: shy, body: { locked: false } })
    expect(open.json()).toMatchObject({ locked: false, followers_count: 1, source: { follow_requests_count: 0 } })
    expect((await here.ask('GET', `/api/v1/accounts/relationships?id[]=${shy.id}`, { as: alice })).json()).toMatchObject([
      { following: true, requested: false, notifying: true },
    ])
  })

  test('lists of people leave out whom the viewer mutes or blocks, and are empty for whom their owner blocks', async () => {
    const [host, guest, fan] = [await here.createAccount('host'), await here.createAccount('guest'), await here.createAccount('fan')]
    const { id } = (await here.ask('POST', '/api/v1/statuses', { as: host, body: { status: 'liked' } })).json<{ id: string }>()
    for (const one of [fan, bob]) {
      await relate('follow', host.id, one)
      for (const verb of ['favourite', 'reblog']) await here.ask('POST', `/api/v1/statuses/${id}/${verb}`, { as: one })
    }
    await relate('mute', fan.id, guest)
    const seen = async (url: string, as: TestAccount) => (await here.ask('GET', url, { as })).json<Account[]>().map((account) => account.id)
    for (const url of [`/api/v1/accounts/${host.id}/followers`, `/api/v1/statuses/${id}/favourited_by`, `/api/v1/statuses/${id}/reblogged_by`]) {
      expect(await seen(url, alice), url).toEqual([bob.id, fan.id])
      expect(await seen(url, guest), url).toEqual([bob.id])
    }
    await relate('block', guest.id, host)
    expect(await seen(`/api/v1/accounts/${host.id}/followers`, guest)).toEqual([])
  })

  test('somebody elsewhere is asked, whatever they show', async () => {
    const { id } = await here.discover('open', 'far.example')
    await expect.poll(async () => (await here.ask('GET', `/api/v1/accounts/${id}`)).statusCode).toBe(200)
    expect(await relate('follow', id, alice)).toMatchObject({ following: false, requested: true })
  })

  test('a mute has a term and may spare notifications; a block ends both follows', async () => {
    await relate('follow', bob.id, alice)
    await relate('follow', alice.id, bob)
    expect(await relate('mute', bob.id, alice, { duration: 3600, notifications: false })).toMatchObject({
      muting: true,
      muting_notifications: false,
      muting_expires_at: expect.any(String),
    })
    expect(await relate('mute', bob.id, alice)).toMatchObject({ muting: true, muting_notifications: true, muting_expires_at: null })
    expect(await relate('unmute', bob.id, alice)).toMatchObject({ muting: false })
    expect(await relate('block', bob.id, alice)).toMatchObject({ blocking: true, following: false, followed_by: false })
    expect(await relate('unblock', bob.id, alice)).toMatchObject({ blocking: false, following: false })
  })

  test.each(['follow', 'block', 'mute'])('nobody can %s themselves, or nobody', async (verb) => {
    expect((await here.ask('POST', `/api/v1/accounts/${alice.id}/${verb}`, { as: alice })).statusCode).toBe(422)
    for (const id of ['1', 'x', '99999999999999999999'])
      expect((await here.ask('POST', `/api/v1/accounts/${id}/${verb}`, { as: alice })).statusCode).toBe(404)
  })
})

describe('finding people', () => {
  test('lookup knows who is here, in any case, with and without the host', async () => {
    for (const acct of ['alice', 'ALICE', '@alice', 'alice@here.example'])
      expect((await here.ask('GET', `/api/v1/accounts/lookup?acct=${acct}`)).json(), acct).toMatchObject({ id: alice.id })
    expect((await here.ask('GET', '/api/v1/accounts/lookup?acct=nobody@there.example')).statusCode).toBe(404)
    expect(asked).toEqual([])
  })

  test('search asks another server only when it should, and never about this one', async () => {
    const search = async (query: string, as?: TestAccount) => here.ask('GET', `/api/v2/search?${query}`, { ...(as && { as }) })
    expect((await search('q=@zoe@there.example', alice)).json()).toMatchObject({ accounts: [] })
    expect((await search('q=@nobody@here.example&resolve=true', alice)).json()).toMatchObject({ accounts: [] })
    expect((await search('q=zoe@there.example&resolve=true')).statusCode).toBe(401)
    expect(asked).toEqual([])
    expect((await search('q=@zoe@there.example&resolve=True&type=accounts', alice)).json()).toMatchObject({
      accounts: [{ acct: 'zoe@there.example' }],
    })
    expect(asked).toEqual(['zoe@there.example'])
    expect((await search('q=zoe', alice)).json()).toMatchObject({ accounts: [{ acct: 'zoe@there.example' }] })
    expect((await here.ask('GET', '/api/v1/accounts/search?q=brown', { as: alice })).json()).toMatchObject([{ acct: 'bob' }])
  })

  test('whoever is here is found by their full handle too; whom one follows comes before others', async () => {
    const search = async (query: string) => (await here.ask('GET', `/api/v1/accounts/search?${query}`, { as: alice })).json<Account[]>()
    for (const query of ['q=bob@here.example', 'q=@bob@HERE.example', 'q=@bob@here.example&resolve=true'])
      expect(await search(query), query).toMatchObject([{ id: bob.id }])
    const [first, second] = [await here.createAccount('twin1'), await here.createAccount('twin2')]
    expect((await search('q=twin')).map(({ id }) => id)).toEqual([first.id, second.id])
    await relate('follow', second.id, alice)
    expect((await search('q=twin')).map(({ id }) => id)).toEqual([second.id, first.id])
    expect((await search('q=twin&following=true')).map(({ id }) => id)).toEqual([second.id])
    expect((await here.ask('GET', '/api/v2/search?q=bob@here.example', { as: alice })).json()).toMatchObject({ accounts: [{ id: bob.id }] })
    expect((await here.ask('GET', '/api/v2/search?q=bob&type=collections', { as: alice })).json()).toMatchObject({ accounts: [], statuses: [] })
  })

  test('addresses of people and posts of this instance find them, if one may see them', async () => {
    const { id } = (await here.ask('POST', '/api/v1/statuses', { as: bob, body: { status: 'psst', visibility: 'direct' } })).json<{ id: string }>()
    const find = async (address: string, as: TestAccount) =>
      (await here.ask('GET', `/api/v2/search?q=${encodeURIComponent(address)}`, { as })).json<{ accounts: Account[]; statuses: Account[] }>()
    for (const address of ['https://here.example/@bob', 'https://here.example/users/bob'])
      expect((await find(address, alice)).accounts).toMatchObject([{ id: bob.id }])
    for (const address of [`https://here.example/@bob/${id}`, `https://here.example/users/bob/statuses/${id}`]) {
      expect((await find(address, bob)).statuses).toMatchObject([{ id }])
      expect((await find(address, alice)).statuses).toEqual([])
    }
  })

  test('full text is over one’s own and seen posts; hashtags are of public posts', async () => {
    await here.ask('POST', '/api/v1/statuses', { as: bob, body: { status: 'a unicorn #rainbow' } })
    const { id } = (await here.ask('POST', '/api/v1/statuses', { as: alice, body: { status: 'my own unicorn' } })).json<{ id: string }>()
    const found = (await here.ask('GET', '/api/v2/search?q=unicorn', { as: alice })).json<{ statuses: { id: string }[] }>()
    expect(found.statuses.map((status) => status.id)).toEqual([id])
    expect((await here.ask('GET', '/api/v2/search?q=%23rain', { as: alice })).json()).toMatchObject({
      hashtags: [{ name: 'rainbow', history: expect.any(Array) }],
      accounts: [],
      statuses: [],
    })
  })
})

describe('reading', () => {
  test('markers count their versions', async () => {
    const set = async (home: string) =>
      (await here.ask('POST', '/api/v1/markers', { as: alice, body: { home: { last_read_id: home } } })).json<{
        home: { version: number; last_read_id: string }
      }>()
    const first = await set('10')
    expect((await set('11')).home).toMatchObject({ last_read_id: '11', version: first.home.version + 1 })
    expect((await here.ask('GET', '/api/v1/markers?timeline[]=notifications', { as: alice })).json()).toEqual({})
    expect((await here.ask('GET', '/api/v1/markers?timeline[]=home', { as: alice })).json()).toMatchObject({ home: { last_read_id: '11' } })
  })

  test('an id may come as a JSON number, and no digit of it is lost', async () => {
    const headers = { authorization: `Bearer ${alice.token}`, 'content-type': 'application/json' }
    const payload = '{"home":{"last_read_id":117661829984878815}}'
    const answer = await here.app.inject({ method: 'POST', url: '/api/v1/markers', headers, payload })
    expect(answer.json()).toMatchObject({ home: { last_read_id: '117661829984878815' } })
  })

  test('notifications are one’s own, filtered by kind and sender, and go when put away', async () => {
    const carol = await here.createAccount('carol')
    const { id } = (await here.ask('POST', '/api/v1/statuses', { as: carol, body: { status: 'notify me' } })).json<{ id: string }>()
    for (const verb of ['favourite', 'reblog']) await here.ask('POST', `/api/v1/statuses/${id}/${verb}`, { as: alice })
    await here.ask('POST', '/api/v1/statuses', { as: bob, body: { status: '@carol hi' } })
    await here.ask('POST', `/api/v1/accounts/${carol.id}/follow`, { as: bob })
    const list = async (query = '') => (await here.ask('GET', `/api/v1/notifications?${query}`, { as: carol })).json<{ id: string; type: string }[]>()
    const types = async (query = '') => (await list(query)).map(({ type }) => type)
    expect(await types()).toEqual(['follow', 'mention', 'reblog', 'favourite'])
    expect(await types('types[]=mention&types[]=poll')).toEqual(['mention'])
    expect(await types('types[]=poll')).toEqual([])
    expect(await types('exclude_types[]=follow')).toEqual(['mention', 'reblog', 'favourite'])
    expect(await types(`account_id=${alice.id}`)).toEqual(['reblog', 'favourite'])
    const [first] = await list()
    expect((await here.ask('GET', `/api/v1/notifications/${first?.id}`, { as: alice })).statusCode).toBe(404)
    expect((await here.ask('POST', `/api/v1/notifications/${first?.id}/dismiss`, { as: alice })).statusCode).toBe(404)
    expect((await here.ask('POST', `/api/v1/notifications/${first?.id}/dismiss`, { as: carol })).json()).toEqual({})
    expect(await types()).toEqual(['mention', 'reblog', 'favourite'])
    expect((await here.ask('POST', '/api/v1/notifications/clear', { as: carol })).json()).toEqual({})
    expect(await types()).toEqual([])
  })
})
