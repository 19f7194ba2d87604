/** HTML of strangers, made safe to show: Mastodon's allow-list. Runs once, on the way into the ledger. */
import sanitizeHtml from 'sanitize-html'

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
    a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: rel(attribs['rel']), target: '_blank' } }),
  },
}

/** A link never gives its target a hold on our page; `tag` and `me` keep their meaning. */
const rel = (given = ''): string =>
  [...given.split(/\s+/).filter((word) => word === 'tag' || word === 'me'), 'nofollow', 'noopener', 'noreferrer'].join(' ')

/** Safe HTML; text without any markup passes unparsed. */
export const sanitize = (html: string): string => (/[<>&"]/.test(html) ? sanitizeHtml(html, POLICY) : html)

/** Only the words: for content warnings and names, which are text. Entities are decoded, markup is dropped. */
export const plain = (html: string): string =>
  /[<&]/.test(html) ? decode(sanitizeHtml(html, { allowedTags: [], allowedAttributes: {} })).trim() : html.trim()

const decode = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')
