/** Posts of the people here as ActivityStreams objects, and whom they are addressed to. Pure. */
import type { MediaAttachment, Mention, StatusBody, Visibility } from '../../events/catalogue.ts'
import type { StatusRow } from '../../projections/rows.ts'
import type { Uris } from '../uris.ts'
import { PUBLIC } from './aliases.ts'
import type { Json, JsonObject } from './json.ts'
import { emojiTag } from './write-actor.ts'

/** What there is to say about a post, whether it comes from an event or from a row. */
export type LocalNote = StatusBody & {
  readonly uri: string
  readonly url: string
  readonly visibility: Visibility
  readonly createdAt: string
  readonly editedAt: string | null
  /** Id of the post it answers. */
  readonly inReplyTo: string | null
}

export const noteOfRow = (row: StatusRow, inReplyTo: string | null): LocalNote => ({
  uri: row.uri,
  url: row.url,
  visibility: row.visibility,
  createdAt: row.created_at.toISOString(),
  editedAt: row.edited_at?.toISOString() ?? null,
  inReplyTo,
  text: row.text,
  content: row.content,
  spoilerText: row.spoiler_text,
  sensitive: row.sensitive,
  language: row.language,
  media: row.media,
  mentions: row.mentions,
  tags: row.tags,
  emojis: row.emojis,
})

export type Audience = { readonly to: readonly string[]; readonly cc: readonly string[] }

/** @param followers the author's followers collection @param others actor ids that are addressed by name */
export function audienceOf(visibility: Visibility, followers: string, others: readonly string[]): Audience {
  switch (visibility) {
    case 'public':
      return { to: [PUBLIC], cc: [followers, ...others] }
    case 'unlisted':
      return { to: [followers], cc: [PUBLIC, ...others] }
    case 'private':
      return { to: [followers], cc: [...others] }
    default:
      return { to: [...others], cc: [] }
  }
}

const mentioned = (mentions: readonly Mention[]): string[] => [...new Set(mentions.map(({ uri }) => uri))]

/** Without `@context`: it is usually embedded. @param username of the author */
export function noteObject(note: LocalNote, username: string, uris: Uris): JsonObject {
  return {
    id: note.uri,
    type: 'Note',
    attributedTo: uris.actor(username),
    ...audienceOf(note.visibility, uris.followers(username), mentioned(note.mentions)),
    published: note.createdAt,
    ...(note.editedAt === null ? {} : { updated: note.editedAt }),
    url: note.url,
    inReplyTo: note.inReplyTo,
    summary: note.spoilerText === '' ? null : note.spoilerText,
    sensitive: note.sensitive,
    content: note.content,
    ...(note.language === null ? {} : { contentMap: { [note.language]: note.content } }),
    ...(note.text === null ? {} : { source: { content: note.text, mediaType: 'text/plain' } }),
    attachment: note.media.map((media) => attachment(media, uris)),
    tag: [
      ...note.mentions.map((mention) => ({
        type: 'Mention',
        href: mention.uri,
        name: `@${mention.acct.includes('@') ? mention.acct : `${mention.acct}@${uris.host}`}`,
      })),
      ...note.tags.map((name) => ({ type: 'Hashtag', href: uris.tag(name), name: `#${name}` })),
      ...note.emojis.map(emojiTag),
    ],
    replies: `${note.uri}/replies`,
  }
}

function attachment({ mime, url, description, blurhash, meta }: MediaAttachment, uris: Uris): Json {
  const { original, focus } = meta
  return {
    type: 'Document',
    mediaType: mime,
    url: uris.media(url),
    name: description,
    ...(blurhash === null ? {} : { blurhash }),
    ...(original === undefined ? {} : { width: original.width, height: original.height }),
    ...(focus === undefined ? {} : { focalPoint: [focus.x, focus.y] }),
  }
}
