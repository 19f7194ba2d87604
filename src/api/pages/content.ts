/** Posts and profiles as markup for our pages: sanitised again on the way out, links made harmless, custom emoji drawn. */
import sanitize from 'sanitize-html'
import type { CustomEmoji } from '../../events/catalogue.ts'
import { escape, type Html, trusted } from './html.ts'

const POLICY: sanitize.IOptions = {
  allowedTags: [
    'p',
    'br',
    'span',
    'a',
    'del',
    's',
    'strong',
    'b',
    'em',
    'i',
    'u',
    'pre',
    'code',
    'blockquote',
    'ul',
    'ol',
    'li',
    'h1',
    'h2',
    'h3',
    'h4',
    'h5',
    'h6',
  ],
  allowedAttributes: { a: ['href', 'rel', 'class', 'translate'], span: ['class', 'translate'], ol: ['start', 'reversed'], li: ['value'] },
  allowedClasses: { a: ['mention', 'hashtag', 'u-url'], span: ['h-card', 'invisible', 'ellipsis'] },
  allowedSchemes: ['http', 'https', 'mailto', 'gemini', 'dat', 'gopher', 'ipfs', 'ipns', 'irc', 'magnet', 'xmpp'],
  allowProtocolRelative: false,
  nestingLimit: 30,
  transformTags: {
    a: (tagName, attributes) => ({ tagName, attribs: { ...attributes, rel: 'nofollow noopener noreferrer ugc' } }),
    // A post has no headings of the page's own rank.
    ...Object.fromEntries(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((tag) => [tag, 'strong'])),
  },
}

/** @param content HTML from a post or profile, sanitised once when it came in; treated as hostile all the same */
export function richContent(content: string, emojis: readonly CustomEmoji[]): Html {
  const draw = drawing(emojis)
  return trusted(sanitize(content, { ...POLICY, textFilter: draw }))
}

/** @param text plain text: a display name, a content warning */
export const plainContent = (text: string, emojis: readonly CustomEmoji[]): Html => trusted(drawing(emojis)(escape(text)))

/** First `length` characters of the words in it, for previews. */
export function summary(content: string, length: number): string {
  const spaced = content.replace(/<\/p>|<br ?\/?>/gi, ' ')
  const words = sanitize(spaced, { allowedTags: [], allowedAttributes: {}, textFilter: (escaped) => escaped })
  const plain = unescape(words).replace(/\s+/g, ' ').trim()
  return plain.length <= length ? plain : `${plain.slice(0, length - 1).trimEnd()}…`
}

const NAMED: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
const unescape = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => NAMED[entity] ?? entity)

/** Draws the custom emoji in text that is markup already and has no tags. */
function drawing(emojis: readonly CustomEmoji[]): (escaped: string) => string {
  const known = new Map(emojis.map(({ shortcode, staticUrl }) => [shortcode, staticUrl]))
  if (known.size === 0) return (escaped) => escaped
  return (escaped) =>
    escaped.replace(/:(\w{1,64}):/g, (code, shortcode: string) => {
      const url = known.get(shortcode)
      return url === undefined || !/^https?:\/\//i.test(url)
        ? code
        : `<img class="emoji" src="${escape(url)}" alt="${code}" title="${code}" loading="lazy">`
    })
}
