/** Posts of other servers on their way into the ledger: the facts a command needs are looked up here, the commands themselves are plain data. */
import type { Mention, StatusBody, StatusIdentity } from '../events/catalogue.ts'
import { recorded } from '../events/codec.ts'
import type { Command } from '../handlers/commands.ts'
import { followers, localAccount } from '../projections/read/accounts.ts'
import { statusByUri, visibleTo } from '../projections/read/statuses.ts'
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
  /** When a post that everybody could read was deleted, ISO 8601; null for anything else, so that nobody learns of what was for few. Asks the ledger. */
  deletedAt(uri: string): Promise<string | null>
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

  /** Whoever is known by that name: people here by their id or page, others by their id. Nobody is asked. */
  async function person(uri: string): Promise<KnownActor | null> {
    const name = uris.personIn(uri)
    const found = (await actors.known(uri)) ?? (name === null ? null : await localAccount(pool, name))
    return found?.deleted_at === null ? found : null
  }

  /** Those of the addressed that are known. In posts for few, whoever is addressed counts as mentioned: it is how they come to see it. */
  async function mentions(note: RemoteNote, visibility: StatusIdentity['visibility']): Promise<Mention[]> {
    const silent = visibility === 'private' || visibility === 'direct' ? localOf([...note.to, ...note.cc]) : []
    const found = new Map<string, Mention>()
    for (const uri of new Set([...note.mentions, ...silent])) {
      const one = await person(uri) // one after the other: a post with a hundred names must not keep everybody else waiting
      if (one !== null) found.set(one.id, mention(one))
    }
    return [...found.values()]
  }

  /** The post that a note answers. What its author may not see is no conversation of theirs: there, it answers nothing. */
  async function answered(note: RemoteNote, authorId: string | null): Promise<{ readonly uri: string | null; readonly row: StatusRow | null }> {
    const row = note.inReplyTo === null ? null : await find(note.inReplyTo)
    const hidden = row !== null && row.local && !(await visibleTo(pool, row, authorId))
    return hidden ? { uri: null, row: null } : { uri: note.inReplyTo, row }
  }

  async function body(note: RemoteNote, visibility: StatusIdentity['visibility'], standing: StatusRow | null): Promise<StatusBody> {
    const ids = new Map(standing?.media.map(({ remoteUrl, id }) => [remoteUrl, id]))
    const media = note.media.map((one) => ({ id: ids.get(one.remoteUrl) ?? newId(), ...one }))
    return bodyOf(note, media, await mentions(note, visibility))
  }

  async function isFollowedHere(accountId: string): Promise<boolean> {
    return (await followers(pool, accountId, { limit: 1 })).length > 0
  }

  async function deletedAt(uri: string): Promise<string | null> {
    const events = (await ledger.readStream(ledger.streamName('status', uri))).map((event) => recorded(event, 0))
    const [post, end] = [events[0], events.at(-1)]
    if (post?.type !== 'status:create' || end?.type !== 'status:delete') return null
    const wasOpen = post.data === null ? await isPublic(end.position) : post.data.visibility === 'public' || post.data.visibility === 'unlisted'
    return wasOpen ? (end.data?.at ?? null) : null
  }

  /** A deletion is as visible as what it deletes: this tells of a post that is erased. */
  async function isPublic(position: number): Promise<boolean> {
    const [commit] = await ledger.read(position, 1)
    return commit?.lane === 'public'
  }

  return {
    find,
    isFollowedHere,
    deletedAt,

    async post(note, author) {
      const visibility = visibilityOf(note, author.followers_uri)
      const parent = await answered(note, author.id)
      const at = Math.min(note.publishedAt ?? now(), now())
      const identity: StatusIdentity = {
        id: newId(at),
        accountId: author.id,
        uri: note.uri,
        url: note.url,
        createdAt: new Date(at).toISOString(),
        visibility,
        inReplyToId: parent.row?.id ?? null,
        inReplyToAccountId: parent.row?.account_id ?? null,
        inReplyToUri: parent.uri,
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
      for (const uri of localOf([...note.to, ...note.cc, ...note.mentions])) if ((await person(uri)) !== null) return true
      if (authorId !== null && (await isFollowedHere(authorId))) return true
      return (await answered(note, authorId)).row !== null
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
