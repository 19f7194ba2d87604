/** HTML of strangers, made safe to show: Mastodon's allow-list. Runs once, on the way into the ledger. */
import sanitizeHtml from 'sanitize-html'
import { MAX_MARKUP } from './limits.ts'

const CLASSES = ['h-*', 'p-*', 'u-*', 'dt-*', 'e-*', 'mention', 'hashtag', 'ellipsis', 'invisible', 'quote-inline']
const LINKS = ['http', 'https', 'dat', 'dweb', 'ipfs', 'ipns', 'ssb', 'gopher', 'gemini', 'xmpp', 'magnet']

const POLICY: sanitizeHtml.IOptions = {
  allowedTags: ['p', 'br', 'span', 'a', 'del', 's', 'pre', 'blockquote', 'code', 'b', 'strong', 'u', 'i', 'em', 'ul', 'ol', 'li', 'ruby', 'rt', 'rp'],
  allowedAttributes: {
    a: ['href', 'rel', 'class', 'target', 'translate'],
    span: ['class', 'translate'],
    ol: ['start', 'reversed'],
    li: ['value'],
    p: ['class'],
  },
  allowedClasses: { a: CLASSES, span: CLASSES, p: ['quote-inline'] },
  allowedSchemes: LINKS,
  allowedSchemesAppliedToAttributes: ['href'],
  allowProtocolRelative: false,
  disallowedTagsMode: 'discard',
  nestingLimit: 50,
  transformTags: {
    ...Object.fromEntries(['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((tag) => [tag, () => ({ tagName: 'strong', attribs: {} })])),
    a: (tagName, { href, ...attribs }) => ({
      tagName,
      attribs: { ...(isAbsolute(href) ? { href } : {}), ...attribs, rel: rel(attribs['rel']), target: '_blank' },
    }),
  },
}

/** An address of its own: what is relative, as `https:/path` is too, would lead to places of ours that the author did not mean, or did. */
const isAbsolute = (href: string | undefined): href is string =>
  href !== undefined && /^(?:https?:\/\/[^/\\]|(?!https?:)[a-z][a-z0-9+.-]*:)/i.test(href)

/** A link never gives its target a hold on our page; `tag` and `me` keep their meaning. */
const rel = (given = ''): string =>
  [...given.split(/\s+/).filter((word) => word === 'tag' || word === 'me'), 'nofollow', 'noopener', 'noreferrer'].join(' ')

/** Safe HTML; text without any markup passes unparsed. */
export const sanitize = (html: string): string => (/[<>&"]/.test(html) ? sanitizeHtml(affordable(html), POLICY) : html)

/** The beginning, when there are more tags than anybody writes. */
function affordable(html: string): string {
  let at = -1
  for (let tags = 0; tags <= MAX_MARKUP; tags++) {
    at = html.indexOf('<', at + 1)
    if (at === -1) return html
  }
  return html.slice(0, at)
}

/** Only the words: for content warnings and names, which are text. Entities are decoded, markup is dropped. */
export const plain = (html: string): string =>
  /[<&]/.test(html) ? decode(sanitizeHtml(html, { allowedTags: [], allowedAttributes: {} })).trim() : html.trim()

const decode = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
