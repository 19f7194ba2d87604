/** Tokens as HTML, in the shape that Mastodon's clients and servers know: paragraphs, shortened links, h-cards, tag links. Pure; everything is escaped. */
import type { Token } from './tokens.ts'

/** Where names lead. `mention` is null for names that nobody has: they stay text. */
export type Names = {
  readonly mention: (username: string, domain: string | null) => { readonly url: string; readonly username: string } | null
  readonly tagUrl: (name: string) => string
}

/** Blank lines separate paragraphs, other line ends become `<br />`. Nothing for nothing. */
export function renderParagraphs(tokens: readonly Token[], names: Names): string {
  const inline = renderInline(tokens, names).trim()
  if (inline === '') return ''
  return inline
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${paragraph.replaceAll('\n', '<br />')}</p>`)
    .join('')
}

/** The same without paragraphs: for profile fields. */
export const renderInline = (tokens: readonly Token[], names: Names): string => tokens.map((token) => renderToken(token, names)).join('')

function renderToken(token: Token, names: Names): string {
  switch (token.kind) {
    case 'url':
      return renderLink(token.text, token.href)
    case 'hashtag':
      return `<a href="${escapeHtml(names.tagUrl(token.name))}" class="mention hashtag" rel="tag">#<span>${escapeHtml(token.text.slice(1))}</span></a>`
    case 'mention':
      return renderMention(token, names)
    default:
      return escapeHtml(token.text)
  }
}

function renderMention({ text, username, domain }: Extract<Token, { kind: 'mention' }>, names: Names): string {
  const account = names.mention(username, domain)
  if (account === null) return escapeHtml(text)
  const link = `<a href="${escapeHtml(account.url)}" class="u-url mention">@<span>${escapeHtml(account.username)}</span></a>`
  return `<span class="h-card" translate="no">${link}</span>`
}

const SHOWN = 30

/** Scheme and `www.` hidden, then 30 characters, then the rest hidden behind an ellipsis. */
function renderLink(text: string, href: string): string {
  const [prefix = ''] = /^https?:\/\/(?:www\.)?/i.exec(text) ?? []
  const rest = Array.from(text.slice(prefix.length))
  const shown = escapeHtml(rest.slice(0, SHOWN).join(''))
  const hidden = escapeHtml(rest.slice(SHOWN).join(''))
  const spans = `<span class="invisible">${escapeHtml(prefix)}</span><span class="${hidden === '' ? '' : 'ellipsis'}">${shown}</span><span class="invisible">${hidden}</span>`
  return `<a href="${escapeHtml(href)}" target="_blank" rel="nofollow noopener" translate="no">${spans}</a>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character)
