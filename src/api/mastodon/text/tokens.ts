/**
 * What a post's text is made of: words, links, mentions and hashtags, in their order. Pure, and linear in the length of attacker-controlled text:
 * every pattern consumes disjoint character classes, so no input makes it try twice.
 */
import { LinkifyIt } from 'linkify-it'

export type Token =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'url'; readonly text: string; readonly href: string }
  /** `domain` is null when none was written; lower case, with a port where one was written. */
  | { readonly kind: 'mention'; readonly text: string; readonly username: string; readonly domain: string | null }
  | { readonly kind: 'hashtag'; readonly text: string; readonly name: string }

/** Longest hashtag, in UTF-16 units; longer ones stay plain text. */
const LONGEST_TAG = 100
const LONGEST_URL = 4_096

const links = new LinkifyIt({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false }).add('ftp:', null).add('//', null).add('mailto:', null)

const WORD = String.raw`\p{L}\p{M}\p{N}_`
const MENTION = String.raw`(?<![${WORD}/=@])@(?<username>[A-Za-z0-9_]+(?:[.-]+[A-Za-z0-9_]+)*)(?:@(?<domain>[${WORD}-]+(?:\.[${WORD}-]+)*(?::\d{1,5})?))?`
const HASHTAG = String.raw`(?<![${WORD}/&=)#])[#＃](?<tag>[${WORD}]+(?:[·・\u200c][${WORD}]+)*)`
const NAMES = new RegExp(`${MENTION}|${HASHTAG}`, 'gu')

/** The one spelling under which a hashtag is stored and looked up: without `#`, NFKC, lower case. */
export const tagName = (written: string): string =>
  written
    .replace(/^[#＃]/u, '')
    .normalize('NFKC')
    .toLowerCase()

/** Tokens whose texts, joined, are `text`. */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  for (const { index, lastIndex, href } of urlsIn(text)) {
    tokens.push(...namesIn(text, at, index))
    tokens.push({ kind: 'url', text: text.slice(index, lastIndex), href })
    at = lastIndex
  }
  tokens.push(...namesIn(text, at, text.length))
  return tokens
}

type Link = { readonly index: number; readonly lastIndex: number; readonly href: string }

function* urlsIn(text: string): Generator<Link> {
  if (!/https?:\/\//i.test(text)) return
  for (const { index, lastIndex } of links.match(text) ?? []) {
    const href = webAddress(text.slice(index, lastIndex))
    if (href !== null) yield { index, lastIndex, href }
  }
}

/** The address as written when it is one of the web without user information, else null. */
function webAddress(written: string): string | null {
  if (written.length > LONGEST_URL || !URL.canParse(written)) return null
  const { protocol, username, password } = new URL(written)
  return (protocol === 'https:' || protocol === 'http:') && username === '' && password === '' ? written : null
}

/** Mentions and hashtags of `text` within `[from, to)`; the look-behind still sees what precedes `from`. */
function* namesIn(text: string, from: number, to: number): Generator<Token> {
  let at = from
  const part = text.slice(0, to)
  NAMES.lastIndex = from
  for (let match = NAMES.exec(part); match !== null; match = NAMES.exec(part)) {
    const name = nameToken(match)
    if (name === null) continue
    if (match.index > at) yield { kind: 'text', text: part.slice(at, match.index) }
    yield name
    at = match.index + name.text.length
    NAMES.lastIndex = at
  }
  if (to > at) yield { kind: 'text', text: part.slice(at) }
}

function nameToken(match: RegExpExecArray): Token | null {
  const { username, domain, tag } = match.groups ?? {}
  const [text] = match
  if (username !== undefined) return { kind: 'mention', text, username, domain: domain === undefined ? null : domain.toLowerCase() }
  if (tag === undefined || tag.length > LONGEST_TAG || !/\p{L}/u.test(tag)) return null
  return { kind: 'hashtag', text, name: tagName(tag) }
}
