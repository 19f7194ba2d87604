/** A post as we understand it: Note, or the longer kinds shown as a title with a link. Pure; the document is attacker-controlled, in its usual spelling. */
import type { CustomEmoji, MediaAttachment, StatusBody, Visibility } from '../../events/catalogue.ts'
import { PUBLIC } from './aliases.ts'
import { idOf, idsOf, iri, type JsonObject, list, natural, objects, text, time, typesOf, wholeNumber } from './json.ts'
import { MAX_ATTACHMENTS, MAX_CONTENT, MAX_DESCRIPTION, MAX_MENTIONS, MAX_NAME, MAX_SUMMARY, MAX_TAGS } from './limits.ts'
import { imageOf, pageOf, readEmojis } from './read-actor.ts'
import { plain, sanitize } from './sanitize.ts'

export type RemoteNote = {
  readonly uri: string
  readonly url: string
  /** The author's actor id. */
  readonly attributedTo: string
  readonly content: string
  readonly spoilerText: string
  readonly sensitive: boolean
  readonly language: string | null
  readonly publishedAt: number | null
  readonly updatedAt: number | null
  readonly inReplyTo: string | null
  readonly to: readonly string[]
  readonly cc: readonly string[]
  /** Actor ids. */
  readonly mentions: readonly string[]
  /** Lower-case, without `#`. */
  readonly tags: readonly string[]
  readonly emojis: readonly CustomEmoji[]
  readonly media: readonly Omit<MediaAttachment, 'id'>[]
}

const LINKED = ['Article', 'Page', 'Event', 'Video', 'Audio', 'Image']

export type NoteReading =
  | { readonly ok: true; readonly note: RemoteNote }
  /** `ignored`: well-formed, but of a kind that we do not keep. */
  | { readonly ok: false; readonly ignored: boolean; readonly reason: string }

export function readNote(object: JsonObject): NoteReading {
  const types = typesOf(object)
  const linked = LINKED.some((type) => types.includes(type))
  if (types.length === 0) return malformed('the object has no type')
  if (types.includes('Question')) return ignored('polls are not supported')
  if (!types.includes('Note') && !linked) return ignored(`${types.join(', ')} is not supported`)
  const uri = iri(object['id'])
  const attributedTo = idOf(object['attributedTo'] ?? object['actor'])
  if (uri === null || attributedTo === null) return malformed('the object has no id or no author')

  const content = natural(object, 'content', MAX_CONTENT)
  const name = natural(object, 'name', MAX_NAME)
  if (content === null && name !== null && !linked) return ignored('a vote in a poll')
  const url = pageOf(object['url'], uri) ?? uri
  const tags = objects(object['tag'])
  const summary = natural(object, 'summary', MAX_SUMMARY)
  return {
    ok: true,
    note: {
      uri,
      url,
      attributedTo,
      content: linked ? asLink(name?.text ?? url, url) : markup(content?.text ?? '', text(object['mediaType'], 100)),
      spoilerText: linked ? '' : plain(summary?.text ?? ''),
      sensitive: object['sensitive'] === true,
      language: content?.language ?? name?.language ?? null,
      publishedAt: time(object['published']),
      updatedAt: time(object['updated']),
      inReplyTo: idOf(object['inReplyTo']),
      to: idsOf(object['to']),
      cc: idsOf(object['cc']),
      mentions: [...new Set(tagged(tags, 'Mention').flatMap((tag) => iri(tag['href']) ?? []))].slice(0, MAX_MENTIONS),
      tags: [...new Set(tagged(tags, 'Hashtag').flatMap((tag) => hashtag(tag) ?? []))].slice(0, MAX_TAGS),
      emojis: readEmojis(tags),
      media: readMedia(object, linked),
    },
  }
}

const malformed = (reason: string): NoteReading => ({ ok: false, ignored: false, reason })
const ignored = (reason: string): NoteReading => ({ ok: false, ignored: true, reason })

const tagged = (tags: readonly JsonObject[], type: string): JsonObject[] => tags.filter((tag) => typesOf(tag).includes(type))

/** Compared by name, never by href: every server has its own tag pages. @see FEP-eb48 */
function hashtag(tag: JsonObject): string | null {
  const name =
    text(tag['name'], 200)
      ?.normalize('NFKC')
      .replace(/^[#＃]/, '')
      .toLowerCase() ?? ''
  return /^[\p{L}\p{M}\p{N}_·]+$/u.test(name) && !/^\d+$/.test(name) ? name : null
}

/** HTML unless the author says that it is something else, which is then shown as it was typed. */
const markup = (content: string, mediaType: string | null): string =>
  mediaType === null || /^text\/html\b/i.test(mediaType) ? sanitize(content) : `<p>${escape(content).replaceAll(/\r?\n/g, '<br />')}</p>`

const asLink = (title: string, url: string): string =>
  `<p>${escape(plain(title))}</p>${sanitize(`<p><a href="${escape(url)}">${escape(url)}</a></p>`)}`

const escape = (value: string): string => value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Who may see a post, from where it is addressed. @param followers the author's followers collection */
export function visibilityOf({ to, cc }: Pick<RemoteNote, 'to' | 'cc'>, followers: string | null): Visibility {
  if (to.includes(PUBLIC)) return 'public'
  if (cc.includes(PUBLIC)) return 'unlisted'
  return followers !== null && (to.includes(followers) || cc.includes(followers)) ? 'private' : 'direct'
}

const KINDS = ['Document', 'Image', 'Video', 'Audio']

/** The preview image of a linked kind counts as its attachment. */
function readMedia(object: JsonObject, linked: boolean): Omit<MediaAttachment, 'id'>[] {
  const attachments = list(object['attachment']).slice(0, MAX_ATTACHMENTS * 2)
  const given = objects(attachments)
    .filter((one) => typesOf(one).some((type) => KINDS.includes(type)))
    .flatMap((one) => attachment(one) ?? [])
  if (given.length > 0 || !linked) return given.slice(0, MAX_ATTACHMENTS)
  const preview = objects(object['image'] ?? object['icon'])[0]
  return preview === undefined ? [] : [attachment({ ...preview, type: 'Image' }) ?? []].flat()
}

function attachment(one: JsonObject): Omit<MediaAttachment, 'id'> | null {
  const link = objects(one['url'])[0]
  const url = imageOf(one['url']) ?? imageOf(one['href'])
  if (url === null) return null
  const mime = text(one['mediaType'] ?? link?.['mediaType'], 100) ?? ''
  const width = wholeNumber(one['width'] ?? link?.['width'], 65_535)
  const height = wholeNumber(one['height'] ?? link?.['height'], 65_535)
  const [x, y] = list(one['focalPoint'])
  const focus = typeof x === 'number' && typeof y === 'number' && Math.abs(x) <= 1 && Math.abs(y) <= 1 ? { focus: { x, y } } : {}
  const description = natural(one, 'name', MAX_DESCRIPTION)?.text ?? natural(one, 'summary', MAX_DESCRIPTION)?.text ?? null
  const blurhash = text(one['blurhash'], 100)
  return {
    type: kindOf(mime, typesOf(one)),
    mime,
    url,
    previewUrl: imageOf(one['icon']),
    remoteUrl: url,
    description: description === null ? null : plain(description),
    blurhash: blurhash !== null && /^[\w#$%*+,.:;=?@[\]^{|}~-]{6,}$/.test(blurhash) ? blurhash : null,
    meta: { ...(width !== null && height !== null && width > 0 && height > 0 ? { original: { width, height } } : {}), ...focus },
  }
}

function kindOf(mime: string, types: readonly string[]): MediaAttachment['type'] {
  if (mime === 'image/gif') return 'gifv'
  const [family = ''] = mime.split('/')
  for (const kind of ['image', 'video', 'audio'] as const) if (family === kind) return kind
  if (mime !== '') return 'unknown'
  return types.includes('Image') ? 'image' : types.includes('Video') ? 'video' : types.includes('Audio') ? 'audio' : 'unknown'
}

/** Everything of the post that an edit may change. `mentions` are those of the addressed that we know. */
export const bodyOf = (note: RemoteNote, media: StatusBody['media'], mentions: StatusBody['mentions']): StatusBody => ({
  text: null,
  content: note.content,
  spoilerText: note.spoilerText,
  sensitive: note.sensitive || note.spoilerText !== '',
  language: note.language,
  media,
  mentions,
  tags: note.tags,
  emojis: note.emojis,
})
