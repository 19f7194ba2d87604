/**
 * Every operation of the client API that this instance offers, as the published schema names it, with an example request. The tests walk this list:
 * answers against the schema, authorisation, and what is left is a 404.
 */
import type { TestAccount, TestInstance } from '../../../support/instance.ts'
import { png, uploadPng } from './form.ts'

export type Scene = {
  readonly here: TestInstance
  /** The one who asks. */
  readonly alice: TestAccount
  /** Somebody with posts and marks, who follows Alice. */
  readonly bob: TestAccount
  readonly bobsPost: string
  readonly alicesPost: string
}

export type Example = {
  readonly url: string
  readonly body?: object
  readonly file?: { readonly field: string; readonly bytes: Uint8Array }
}

export type Operation = {
  /** `METHOD /path` in the schema's words. */
  readonly name: string
  /** Strangers may ask too. */
  readonly open?: boolean
  readonly example: (scene: Scene) => Example | Promise<Example>
}

const fresh = async ({ here, alice }: Scene, body: object = { status: 'another' }): Promise<string> =>
  (await here.ask('POST', '/api/v1/statuses', { as: alice, body })).json<{ id: string }>().id

const request = async ({ here, alice }: Scene): Promise<string> => {
  await here.ask('PATCH', '/api/v1/accounts/update_credentials', { as: alice, body: { locked: true } })
  const carol = await here.createAccount(`carol${here.deps.newId()}`)
  await here.ask('POST', `/api/v1/accounts/${alice.id}/follow`, { as: carol })
  return carol.id
}

const onBob = (verb: string, body?: object): Operation => ({
  name: `POST /api/v1/accounts/{id}/${verb}`,
  example: ({ bob }) => ({ url: `/api/v1/accounts/${bob.id}/${verb}`, ...(body && { body }) }),
})
const ofBob = (path: string): Operation => ({
  name: `GET /api/v1/accounts/{id}/${path}`,
  open: true,
  example: ({ bob }) => ({ url: `/api/v1/accounts/${bob.id}/${path}` }),
})
const onPost = (verb: string): Operation => ({
  name: `POST /api/v1/statuses/{id}/${verb}`,
  example: ({ bobsPost }) => ({ url: `/api/v1/statuses/${bobsPost}/${verb}` }),
})
const onOwnPost = (verb: string): Operation => ({
  name: `POST /api/v1/statuses/{id}/${verb}`,
  example: ({ alicesPost }) => ({ url: `/api/v1/statuses/${alicesPost}/${verb}` }),
})
const ofPost = (path: string): Operation => ({
  name: `GET /api/v1/statuses/{id}/${path}`,
  open: true,
  example: ({ bobsPost }) => ({ url: `/api/v1/statuses/${bobsPost}/${path}` }),
})
const plain = (name: string, open = false, query = ''): Operation => ({ name, open, example: () => ({ url: `${name.split(' ')[1] ?? ''}${query}` }) })

export const OPERATIONS: readonly Operation[] = [
  plain('GET /api/v1/accounts/verify_credentials'),
  {
    name: 'PATCH /api/v1/accounts/update_credentials',
    example: () => ({
      url: '/api/v1/accounts/update_credentials',
      body: { display_name: 'Alice', fields_attributes: [{ name: 'web', value: 'https://x.example' }] },
    }),
  },
  plain('DELETE /api/v1/profile/avatar'),
  plain('DELETE /api/v1/profile/header'),
  { name: 'GET /api/v1/accounts/lookup', open: true, example: () => ({ url: '/api/v1/accounts/lookup?acct=bob' }) },
  plain('GET /api/v1/accounts/search', false, '?q=bob&resolve=true'),
  { name: 'GET /api/v1/accounts/relationships', example: ({ bob }) => ({ url: `/api/v1/accounts/relationships?id[]=${bob.id}` }) },
  { name: 'GET /api/v1/accounts', open: true, example: ({ alice, bob }) => ({ url: `/api/v1/accounts?id[]=${alice.id}&id[]=${bob.id}` }) },
  { name: 'GET /api/v1/accounts/{id}', open: true, example: ({ bob }) => ({ url: `/api/v1/accounts/${bob.id}` }) },
  ofBob('statuses'),
  ofBob('followers'),
  ofBob('following'),
  onBob('follow', { reblogs: false, notify: true, languages: ['en'] }),
  onBob('unfollow'),
  onBob('remove_from_followers'),
  onBob('mute', { duration: 60, notifications: false }),
  plain('GET /api/v1/mutes'),
  onBob('unmute'),
  onBob('block'),
  plain('GET /api/v1/blocks'),
  onBob('unblock'),
  { name: 'GET /api/v1/follow_requests', example: async (scene) => (await request(scene), { url: '/api/v1/follow_requests' }) },
  {
    name: 'POST /api/v1/follow_requests/{account_id}/authorize',
    example: async (scene) => ({ url: `/api/v1/follow_requests/${await request(scene)}/authorize` }),
  },
  {
    name: 'POST /api/v1/follow_requests/{account_id}/reject',
    example: async (scene) => ({ url: `/api/v1/follow_requests/${await request(scene)}/reject` }),
  },
  {
    name: 'POST /api/v1/statuses',
    example: async ({ here, alice, bobsPost }) => ({
      url: '/api/v1/statuses',
      body: {
        status: '@bob look https://x.example #art',
        in_reply_to_id: bobsPost,
        media_ids: [await uploadPng(here, alice, { description: 'blue' })],
        sensitive: true,
        spoiler_text: 'cw',
        visibility: 'unlisted',
        language: 'de',
      },
    }),
  },
  {
    name: 'GET /api/v1/statuses',
    open: true,
    example: ({ alicesPost, bobsPost }) => ({ url: `/api/v1/statuses?id[]=${bobsPost}&id[]=${alicesPost}` }),
  },
  { name: 'GET /api/v1/statuses/{id}', open: true, example: ({ bobsPost }) => ({ url: `/api/v1/statuses/${bobsPost}` }) },
  { name: 'PUT /api/v1/statuses/{id}', example: ({ alicesPost }) => ({ url: `/api/v1/statuses/${alicesPost}`, body: { status: 'better' } }) },
  { name: 'DELETE /api/v1/statuses/{id}', example: async (scene) => ({ url: `/api/v1/statuses/${await fresh(scene)}` }) },
  ofPost('context'),
  ofPost('history'),
  { name: 'GET /api/v1/statuses/{id}/source', example: ({ alicesPost }) => ({ url: `/api/v1/statuses/${alicesPost}/source` }) },
  onPost('favourite'),
  onPost('reblog'),
  onPost('bookmark'),
  ofPost('favourited_by'),
  ofPost('reblogged_by'),
  plain('GET /api/v1/favourites'),
  plain('GET /api/v1/bookmarks'),
  onPost('unfavourite'),
  onPost('unreblog'),
  onPost('unbookmark'),
  onOwnPost('pin'),
  onOwnPost('unpin'),
  plain('GET /api/v1/timelines/home'),
  plain('GET /api/v1/timelines/public', true),
  { name: 'GET /api/v1/timelines/tag/{hashtag}', open: true, example: () => ({ url: '/api/v1/timelines/tag/art?any[]=music&none[]=spam' }) },
  plain('GET /api/v1/notifications'),
  {
    name: 'GET /api/v1/notifications/{id}',
    example: async ({ here, alice }) => {
      const [first] = (await here.ask('GET', '/api/v1/notifications', { as: alice })).json<{ id: string }[]>()
      return { url: `/api/v1/notifications/${first?.id ?? 'none'}` }
    },
  },
  {
    name: 'POST /api/v1/notifications/{id}/dismiss',
    example: async ({ here, alice }) => {
      const [first] = (await here.ask('GET', '/api/v1/notifications', { as: alice })).json<{ id: string }[]>()
      return { url: `/api/v1/notifications/${first?.id ?? 'none'}/dismiss` }
    },
  },
  plain('GET /api/v2/search', true, '?q=bob'),
  { name: 'POST /api/v1/media', example: async () => ({ url: '/api/v1/media', file: { field: 'file', bytes: await png() } }) },
  { name: 'POST /api/v2/media', example: async () => ({ url: '/api/v2/media', file: { field: 'file', bytes: await png() } }) },
  { name: 'GET /api/v1/media/{id}', example: async ({ here, alice }) => ({ url: `/api/v1/media/${await uploadPng(here, alice)}` }) },
  {
    name: 'PUT /api/v1/media/{id}',
    example: async ({ here, alice }) => ({ url: `/api/v1/media/${await uploadPng(here, alice)}`, body: { description: 'blue', focus: '0.5,-0.5' } }),
  },
  { name: 'DELETE /api/v1/media/{id}', example: async ({ here, alice }) => ({ url: `/api/v1/media/${await uploadPng(here, alice)}` }) },
  plain('GET /api/v1/preferences'),
  {
    name: 'POST /api/v1/markers',
    example: ({ alicesPost }) => ({ url: '/api/v1/markers', body: { home: { last_read_id: alicesPost }, notifications: { last_read_id: '1' } } }),
  },
  plain('GET /api/v1/markers', false, '?timeline[]=home&timeline[]=notifications'),
  plain('GET /api/v1/custom_emojis', true),
  plain('POST /api/v1/notifications/clear'),
]

/** Streams answer for as long as one listens; streaming.test.ts has them. */
export const STREAMS: readonly string[] = [
  'health',
  'user',
  'user/notification',
  'public',
  'public/local',
  'public/remote',
  'hashtag',
  'hashtag/local',
].map((path) => `GET /api/v1/streaming/${path}`)

/** Alice, whom Bob follows and has written to; and a post of each. */
export async function setScene(here: TestInstance): Promise<Scene> {
  const [alice, bob] = [await here.createAccount('alice'), await here.createAccount('bob', { displayName: 'Bob', discoverable: true })]
  const post = async (as: TestAccount, body: object) => (await here.ask('POST', '/api/v1/statuses', { as, body })).json<{ id: string }>().id
  const picture = await uploadPng(here, bob, { description: 'a picture', focus: '0,1' })
  const bobsPost = await post(bob, { status: 'hello #art', media_ids: [picture], spoiler_text: 'careful' })
  const alicesPost = await post(alice, { status: 'mine', in_reply_to_id: bobsPost })
  await post(bob, { status: '@alice hi', in_reply_to_id: alicesPost })
  await here.ask('POST', `/api/v1/accounts/${alice.id}/follow`, { as: bob })
  await here.ask('POST', `/api/v1/statuses/${alicesPost}/favourite`, { as: bob })
  await here.ask('POST', `/api/v1/statuses/${alicesPost}/reblog`, { as: bob })
  await here.ask('PUT', `/api/v1/statuses/${bobsPost}`, {
    as: bob,
    body: { status: 'hello #art, edited', media_ids: [picture], spoiler_text: 'careful' },
  })
  return { here, alice, bob, bobsPost, alicesPost }
}
