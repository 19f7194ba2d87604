/** Posts of other servers on their way into the ledger: the facts a command needs are looked up here, the commands themselves are plain data. */
import type { Mention, StatusBody, StatusIdentity } from '../events/catalogue.ts'
import type { Command } from '../handlers/commands.ts'
import { followers } from '../projections/read/accounts.ts'
import { statusByUri } from '../projections/read/statuses.ts'
import type { StatusRow } from '../projections/rows.ts'
import type { Actors, KnownActor } from './actors.ts'
import type { ResolverDeps } from './deps.ts'
import type { Uris } from './uris.ts'
import { MAX_MENTIONS } from './wire/limits.ts'
import { bodyOf, type RemoteNote, visibilityOf } from './wire/read-note.ts'

export type NotesDeps = Pick<ResolverDeps, 'pool' | 'newId' | 'now' | 'ledger' | 'projections'> & { readonly actors: Actors; readonly uris: Uris }

export type Notes = {
  /** A post by uri, waiting for the read tables when it may have been recorded a moment ago. */
  find(uri: string): Promise<StatusRow | null>
  post(note: RemoteNote, author: KnownActor): Promise<Command & { readonly do: 'PostStatus' }>
  edit(note: RemoteNote, author: KnownActor, standing: StatusRow): Promise<Command & { readonly do: 'EditStatus' }>
  /** Does anybody here have a part in it: as a follower of the author, as addressed, or by the thread it answers? */
  concerns(note: RemoteNote, authorId: string | null): Promise<boolean>
  isFollowedHere(accountId: string): Promise<boolean>
}

export function createNotes({ pool, newId, now, ledger, projections, actors, uris }: NotesDeps): Notes {
  async function find(uri: string): Promise<StatusRow | null> {
    const row = await statusByUri(pool, uri)
    if (row !== null) return row
    const { size } = ledger.head()
    if (size > 0) await projections.waitFor(size - 1)
    return await statusByUri(pool, uri)
  }

  /** Names of ours among those addressed, each once; a post that names more than anybody would is cut short. */
  const localOf = (addressed: readonly string[]): string[] => [...new Set(addressed.filter((uri) => uris.isLocal(uri)))].slice(0, MAX_MENTIONS)

  /** Those of the addressed that are known. In posts for few, whoever is addressed counts as mentioned: it is how they come to see it. */
  async function mentions(note: RemoteNote, visibility: StatusIdentity['visibility']): Promise<Mention[]> {
    const silent = visibility === 'private' || visibility === 'direct' ? localOf([...note.to, ...note.cc]) : []
    const found = await Promise.all([...new Set([...note.mentions, ...silent])].map((uri) => actors.known(uri)))
    return found.filter((actor) => actor !== null).map(mention)
  }

  async function body(note: RemoteNote, visibility: StatusIdentity['visibility'], standing: StatusRow | null): Promise<StatusBody> {
    const ids = new Map(standing?.media.map(({ remoteUrl, id }) => [remoteUrl, id]))
    const media = note.media.map((one) => ({ id: ids.get(one.remoteUrl) ?? newId(), ...one }))
    return bodyOf(note, media, await mentions(note, visibility))
  }

  async function isFollowedHere(accountId: string): Promise<boolean> {
    return (await followers(pool, accountId, { limit: 1 })).length > 0
  }

  return {
    find,
    isFollowedHere,

    async post(note, author) {
      const visibility = visibilityOf(note, author.followers_uri)
      const parent = note.inReplyTo === null ? null : await find(note.inReplyTo)
      const at = Math.min(note.publishedAt ?? now(), now())
      const identity: StatusIdentity = {
        id: newId(at),
        accountId: author.id,
        uri: note.uri,
        url: note.url,
        createdAt: new Date(at).toISOString(),
        visibility,
        inReplyToId: parent?.id ?? null,
        inReplyToAccountId: parent?.account_id ?? null,
        inReplyToUri: note.inReplyTo,
        local: false,
        application: null,
      }
      return { do: 'PostStatus', status: { ...identity, ...(await body(note, visibility, null)) } }
    },

    async edit(note, author, standing) {
      const editedAt = new Date(Math.min(note.updatedAt ?? now(), now())).toISOString()
      return {
        do: 'EditStatus',
        id: standing.id,
        uri: note.uri,
        accountId: author.id,
        editedAt,
        body: await body(note, standing.visibility, standing),
      }
    },

    async concerns(note, authorId) {
      const addressed = await Promise.all(localOf([...note.to, ...note.cc, ...note.mentions]).map((uri) => actors.local(uri)))
      if (addressed.some((actor) => actor !== null)) return true
      if (authorId !== null && (await isFollowedHere(authorId))) return true
      return note.inReplyTo !== null && (await find(note.inReplyTo)) !== null
    },
  }
}

const mention = ({ id, uri, url, username, domain }: KnownActor): Mention => ({
  accountId: id,
  uri,
  url,
  username,
  acct: domain === null ? username : `${username}@${domain}`,
})
