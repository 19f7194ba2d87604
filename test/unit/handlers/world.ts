/** A small world in which things collide: two accounts here, two actors outside, a few posts, and every command at random. */
import fc from 'fast-check'
import type { Pair } from '../../../src/events/catalogue.ts'
import type { Command, Evidence, Request } from '../../../src/handlers/commands.ts'
import type { CommandOf } from '../../../src/handlers/decider.ts'
import { createExecute } from '../../../src/handlers/execute.ts'
import type { WriteLedger } from '../../../src/handlers/found.ts'
import { MemoryLedger } from '../../support/memory-ledger.ts'
import { attachment, body, profile, samples } from '../events/samples.ts'
import { conversationArbitraries } from './conversation-world.ts'
import { memoryArbitraries } from './memory-world.ts'

export const AT = '2026-01-31T12:00:00.000Z'

export const setUp: Request = { by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data: samples['instance:create'] }] }

export const newAccount = (id: string, username: string, role: 'owner' | 'user' = 'user'): Request => ({
  by: 'instance',
  lane: 'public',
  commands: [
    {
      do: 'CreateAccount',
      data: { ...samples['identity:create'], id, username, role },
      credential: { ...samples['identity:credential'], id },
    },
  ],
})

/** Sets up an instance with accounts 1 (owner) and 2. */
export async function begin(ledger: WriteLedger) {
  const execute = createExecute({ ledger, random: () => 0 })
  for (const request of [setUp, newAccount('1', 'ada', 'owner'), newAccount('2', 'ben')]) {
    const outcome = await execute(request)
    if (!outcome.ok) throw new Error(outcome.refusal.message)
  }
  return execute
}

export async function newWorld() {
  const ledger = new MemoryLedger()
  return { ledger, execute: await begin(ledger) }
}

const local = fc.constantFrom('1', '2')
const anyone = fc.constantFrom('1', '2', '3', '4')
const moment = fc.constantFrom('2026-01-31T12:00:00.000Z', '2026-01-31T12:00:01.000Z', '2026-01-31T12:00:02.000Z')
const uriOf = (account: string, what: string) => `https://${account < '3' ? 'here' : 'remote'}.example/users/${account}/${what}`
const uri = fc.constantFrom('https://remote.example/activities/1', 'https://remote.example/activities/2')
const visibility = fc.constantFrom('public' as const, 'unlisted' as const, 'private' as const, 'direct' as const)
const statusId = fc.constantFrom('10', '11')
const pair = fc.record({ accountId: anyone, targetId: anyone })
const reaction = fc.record({ accountId: anyone, statusId })
const bodies = fc.constantFrom(body, { ...body, content: '<p>Two</p>' }, { ...body, text: null, media: [], spoilerText: '' })
const profiles = fc.constantFrom(profile, { ...profile, displayName: 'Two' })
const small = fc.constantFrom('90', '91')

const actor = fc.record({ account: fc.constantFrom('3', '4'), id: fc.constantFrom('3', '4'), profile: profiles }).map(({ account, id, profile }) => ({
  ...samples['identity:discover'],
  id,
  profile,
  links: { ...samples['identity:discover'].links, uri: uriOf(account, 'actor') },
}))

/** Posts collide by uri; each uri is of one account, as on the web, but any account may claim it. */
const status = fc
  .record({ n: statusId, of: anyone, claims: anyone, id: fc.constantFrom('10', '11', '12'), visibility, local: fc.boolean(), body: bodies })
  .map(({ n, of, claims, id, visibility, local, body }) => ({
    ...samples['status:create'],
    ...body,
    id,
    accountId: claims,
    uri: uriOf(of, n),
    visibility,
    local,
  }))

const post = status.map(({ id, uri, accountId }) => ({ id, uri, accountId }))

type Social = 'Follow' | 'AcceptFollow' | 'RejectFollow' | 'Unfollow' | 'Block' | 'Unblock'

const socialOf = (pair: fc.Arbitrary<Pair>): { readonly [D in Social]: fc.Arbitrary<CommandOf<D>> } => ({
  Follow: fc
    .tuple(pair, uri, fc.constantFrom('requested' as const, 'accepted' as const), fc.boolean(), fc.constantFrom(null, ['en'], []))
    .map(([pair, uri, state, notify, languages]) => ({ do: 'Follow', data: { ...pair, uri, at: AT, state, reblogs: true, notify, languages } })),
  AcceptFollow: pair.map((pair) => ({ do: 'AcceptFollow', pair, at: AT })),
  RejectFollow: pair.map((pair) => ({ do: 'RejectFollow', pair, at: AT })),
  Unfollow: pair.map((pair) => ({ do: 'Unfollow', pair })),
  Block: fc.tuple(pair, uri).map(([pair, uri]) => ({ do: 'Block', data: { ...pair, uri, at: AT } })),
  Unblock: pair.map((pair) => ({ do: 'Unblock', pair })),
})

const arbitraries: { readonly [D in Command['do']]: fc.Arbitrary<CommandOf<D>> } = {
  SetUpInstance: fc.record({
    do: fc.constant('SetUpInstance'),
    data: fc.constantFrom(samples['instance:create'], { ...samples['instance:create'], title: 'Two' }),
  }),
  UpdateInstance: fc.record({
    do: fc.constant('UpdateInstance'),
    data: fc.constantFrom(samples['instance:update'], { ...samples['instance:update'], title: 'Two' }),
  }),
  CreateAccount: fc
    .record({
      id: fc.constantFrom('5', '6'),
      username: fc.constantFrom('Ada', 'cleo', 'CLEO', 'dora', 'actor', 'no name'),
      role: fc.constantFrom('owner' as const, 'user' as const),
    })
    .filter(({ id, username }) => (id === '5') === (username !== 'dora')) // an id has one name; two names of one id is a bug of the caller
    .map(({ id, username, role }) => newAccount(id, username, role).commands[0] as CommandOf<'CreateAccount'>),
  UpdateProfile: fc.record({ do: fc.constant('UpdateProfile'), id: anyone, profile: profiles }),
  SetCredential: fc.record({
    do: fc.constant('SetCredential'),
    data: fc.record({ id: anyone, email: fc.constant(null), passwordHash: fc.constantFrom('one', 'two') }),
  }),
  DeleteAccount: fc
    .constantFrom(['1', 'ada'] as const, ['2', 'ben'] as const, ['5', 'cleo'] as const, ['6', 'dora'] as const)
    .map(([id, username]) => ({ do: 'DeleteAccount' as const, id, username, at: AT })),
  DiscoverActor: fc.record({ do: fc.constant('DiscoverActor'), data: actor }),
  RefreshActor: actor.map(({ id, profile, links, keys }) => ({ do: 'RefreshActor' as const, id, uri: links.uri, profile, links, keys })),
  DeleteActor: actor.map(({ id, links }) => ({ do: 'DeleteActor' as const, id, uri: links.uri, at: AT })),
  PostStatus: fc.record({ do: fc.constant('PostStatus'), status }),
  EditStatus: fc.tuple(post, moment, bodies).map(([post, editedAt, body]) => ({ do: 'EditStatus' as const, ...post, editedAt, body })),
  DeleteStatus: post.map((post) => ({ do: 'DeleteStatus' as const, ...post, at: AT })),
  Boost: fc
    .tuple(reaction, fc.constantFrom('30', '31'), visibility, fc.boolean())
    .map(([reaction, id, visibility, local]) => ({ do: 'Boost' as const, data: { ...samples['status:boost'], ...reaction, id, visibility, local } })),
  Unboost: reaction.map((reaction) => ({ do: 'Unboost' as const, ...reaction })),
  Like: fc.tuple(reaction, uri).map(([reaction, uri]) => ({ do: 'Like' as const, data: { ...reaction, uri, at: AT } })),
  Unlike: reaction.map((reaction) => ({ do: 'Unlike' as const, ...reaction })),
  Bookmark: reaction.map((reaction) => ({ do: 'Bookmark' as const, data: { ...reaction, at: AT } })),
  Unbookmark: reaction.map((data) => ({ do: 'Unbookmark' as const, data })),
  Pin: reaction.map((reaction) => ({ do: 'Pin' as const, data: { ...reaction, at: AT } })),
  Unpin: reaction.map((data) => ({ do: 'Unpin' as const, data })),
  ...socialOf(pair),
  Mute: fc
    .tuple(pair, fc.boolean())
    .map(([pair, notifications]) => ({ do: 'Mute' as const, data: { ...pair, at: AT, notifications, expiresAt: null } })),
  Unmute: pair.map((pair) => ({ do: 'Unmute' as const, pair })),
  Report: fc.tuple(small, pair).map(([id, pair]) => ({ do: 'Report' as const, data: { ...samples['social:report'], ...pair, id } })),
  AddMedia: fc
    .tuple(small, anyone)
    .map(([id, accountId]) => ({ do: 'AddMedia' as const, data: { ...samples['media:create'], accountId, attachment: { ...attachment, id } } })),
  DescribeMedia: fc
    .tuple(small, anyone, fc.constantFrom('One', 'Two'))
    .map(([id, accountId, description]) => ({ do: 'DescribeMedia' as const, accountId, attachment: { ...attachment, id, description } })),
  DeleteMedia: fc.tuple(small, anyone).map(([id, accountId]) => ({ do: 'DeleteMedia' as const, data: { accountId, id, at: AT } })),
  SetMarker: fc
    .tuple(anyone, small)
    .map(([accountId, lastReadId]) => ({ do: 'SetMarker' as const, data: { ...samples['marker:set'], accountId, lastReadId } })),
  DismissNotification: fc
    .tuple(anyone, small)
    .map(([accountId, notificationId]) => ({ do: 'DismissNotification' as const, data: { accountId, notificationId } })),
  ClearNotifications: fc.tuple(anyone, moment).map(([accountId, at]) => ({ do: 'ClearNotifications' as const, data: { accountId, at } })),
  RegisterApp: fc.tuple(small, small).map(([id, clientId]) => ({ do: 'RegisterApp' as const, data: { ...samples['app:register'], id, clientId } })),
  Grant: fc
    .tuple(small, anyone, small)
    .map(([id, accountId, tokenHash]) => ({ do: 'Grant' as const, data: { ...samples['grant:create'], id, accountId, tokenHash } })),
  RevokeGrant: small.map((id) => ({ do: 'RevokeGrant' as const, id, at: AT })),
  OpenSession: fc
    .tuple(small, anyone, small)
    .map(([id, accountId, tokenHash]) => ({ do: 'OpenSession' as const, data: { ...samples['session:create'], id, accountId, tokenHash } })),
  CloseSession: small.map((id) => ({ do: 'CloseSession' as const, id, at: AT })),
  WitnessLog: fc
    .tuple(small, fc.constantFrom(null, 'https://remote.example/log'))
    .map(([vkey, url]) => ({ do: 'WitnessLog' as const, data: { vkey, url, at: AT } })),
  StopWitnessing: small.map((vkey) => ({ do: 'StopWitnessing' as const, data: { vkey, at: AT } })),
  ...memoryArbitraries,
  ...conversationArbitraries,
}

export const commandNames = Object.keys(arbitraries) as readonly Command['do'][]
const founding = new Set<Command['do']>(['SetUpInstance', 'CreateAccount'])

export const anyCommand: fc.Arbitrary<Command> = fc.oneof(...Object.values(arbitraries))
export const hasOneCommand = (request: Request): boolean => request.commands.length === 1
export const commandNamed = (name: Command['do']): fc.Arbitrary<Command> => arbitraries[name]
const ordinary: fc.Arbitrary<Command> = fc.oneof(...commandNames.filter((name) => !founding.has(name)).map((name) => arbitraries[name]))

/** What happens between two people, both ways. */
export const betweenTwo: fc.Arbitrary<Command> = fc.oneof(
  ...Object.values(socialOf(fc.constantFrom({ accountId: '1', targetId: '2' }, { accountId: '2', targetId: '1' }))),
)

const evidence: fc.Arbitrary<Evidence> = uri.map((activityId) => ({
  data: { ...samples['activity:receive'], activityId },
  bytes: Uint8Array.of(1, 2, 3),
}))

/** Requests of one command mostly, of a few sometimes, from here and from outside. */
const requestsOf = (command: fc.Arbitrary<Command>, several: fc.Arbitrary<Command>): fc.Arbitrary<Request> =>
  fc
    .tuple(
      fc.oneof(
        local.map((account) => ({ account })),
        fc.constant('instance' as const),
      ),
      fc.oneof({ weight: 3, arbitrary: command.map((one) => [one]) }, { weight: 1, arbitrary: fc.array(several, { maxLength: 4 }) }),
      fc.constantFrom('public' as const, 'private' as const),
      fc.option(evidence, { nil: undefined, freq: 4 }),
    )
    .map(([by, commands, lane, evidence]) => {
      const witnessed = by === 'instance' && evidence !== undefined && !commands.some((one) => founding.has(one.do))
      return { by, commands, lane, ...(witnessed ? { evidence } : {}) }
    })

export const anyRequest = requestsOf(anyCommand, ordinary)

/** Histories of everything, and of a few kinds of commands again and again. */
export const history: fc.Arbitrary<readonly Request[]> = fc.oneof(
  fc.array(anyRequest, { maxLength: 40 }),
  fc.subarray([...commandNames], { minLength: 1, maxLength: 4 }).chain((names) => {
    const some = fc.oneof(...names.map((name) => arbitraries[name] as fc.Arbitrary<Command>))
    return fc.array(requestsOf(some, names.some((name) => founding.has(name)) ? ordinary : some), { maxLength: 40 })
  }),
  fc.array(requestsOf(betweenTwo, betweenTwo), { maxLength: 60 }),
)
