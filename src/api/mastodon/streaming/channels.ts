/** The streams one can listen to: their names, the scopes they need, and which changes belong to them. Pure. */
import type { Change } from '../../../projections/changes.ts'
import { allows } from '../../oauth/scopes.ts'
import { tagName } from '../text/tokens.ts'

type Feed = { readonly of: 'public' | 'hashtag'; readonly from: 'all' | 'local' | 'remote'; readonly onlyMedia: boolean; readonly tag: string | null }

/** `stream`: how frames name it, e.g. `["hashtag:local", "cats"]`. */
export type Channel = { readonly stream: readonly string[] } & ({ readonly of: 'user'; readonly posts: boolean } | Feed)

/** Changes of posts: those that streams of posts carry. */
export type PostChange = Extract<Change, { kind: 'status' | 'status.update' | 'delete' }>

export const isPostChange = (change: Change): change is PostChange =>
  change.kind === 'status' || change.kind === 'status.update' || change.kind === 'delete'

const LONGEST_TAG = 100

/** The channel a client names; null when there is none of that name. Attacker-controlled. */
export function channelOf(name: string, tag?: string): Channel | null {
  if (name === 'user') return { stream: ['user'], of: 'user', posts: true }
  if (name === 'user:notification') return { stream: ['user:notification'], of: 'user', posts: false }
  const [, of, from, media] = /^(public|hashtag)(?::(local|remote))?(:media)?$/.exec(name) ?? []
  if (of === 'public') return { stream: [name], of, from: originOf(from), onlyMedia: media !== undefined, tag: null }
  if (of !== 'hashtag' || media !== undefined || from === 'remote' || tag === undefined) return null
  const wanted = tagName(tag)
  return wanted === '' || wanted.length > LONGEST_TAG ? null : { stream: [name, tag], of, from: originOf(from), onlyMedia: false, tag: wanted }
}

const originOf = (from: string | undefined): Feed['from'] => (from === 'local' || from === 'remote' ? from : 'all')

/** Two requests for the same channel have the same key. */
export const channelKey = (channel: Channel): string =>
  channel.of === 'hashtag' ? `${channel.stream[0] ?? ''} ${channel.tag ?? ''}` : (channel.stream[0] ?? '')

/** Whether a token with these scopes may listen. */
export const mayListen = (channel: Channel, scopes: readonly string[]): boolean =>
  allows(scopes, channel.of === 'user' && !channel.posts ? 'read:notifications' : 'read:statuses')

/** Whether a change of a post may belong to a public or hashtag channel, as far as the change itself tells. */
export function inFeed(channel: Feed, change: PostChange): boolean {
  if (change.visibility !== 'public' || (change.kind !== 'status.update' && change.isBoost)) return false
  if (channel.from !== 'all' && (channel.from === 'local') !== change.local) return false
  return channel.tag === null || change.tags.includes(channel.tag)
}
