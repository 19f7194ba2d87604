/** From what a person typed to what is stored: HTML, the people mentioned and the tags used. Looking people up is the caller's. */
import type { Mention } from '../../../events/catalogue.ts'
import type { AccountRow } from '../../../projections/rows.ts'
import { lengthOf } from './length.ts'
import { type Names, renderInline, renderParagraphs } from './render.ts'
import { type Token, tokenise } from './tokens.ts'

/** Longest text that is looked at, in UTF-16 units: links count little but must not carry a book. */
export const LONGEST_TEXT = 25_000

/** People looked up per text; more names than this stay text. */
const MOST_MENTIONS = 50

/** Who answers to `name` or `name@domain`; null: nobody. May ask other servers. */
export type FindAccount = (acct: string) => Promise<AccountRow | null>

export type Composed = {
  readonly content: string
  /** Each person once, in the order of appearance. */
  readonly mentions: readonly Mention[]
  /** Each tag once, in the order of appearance. */
  readonly tags: readonly string[]
}

/** What was typed, as it is stored: line ends as `\n`, NFC, no control characters, no blank edges. */
export const cleanText = (typed: string): string =>
  typed
    .replace(/\r\n?/g, '\n')
    // oxlint-disable-next-line no-control-regex -- these are exactly what must go: PostgreSQL refuses U+0000 and nobody can see the others
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '')
    .toWellFormed()
    .normalize('NFC')
    .trim()

/** Length of a clean text as its author's client counts it. */
export const textLength = (text: string): number => lengthOf(tokenise(text))

/** A post or a biography. `text` must be clean and within limits. */
export async function compose(text: string, origin: string, find: FindAccount): Promise<Composed> {
  const tokens = tokenise(text)
  const people = await mentioned(tokens, find)
  const tags = new Set(tokens.flatMap((token) => (token.kind === 'hashtag' ? [token.name] : [])))
  const mentions = new Map([...people.values()].flatMap((account) => (account === null ? [] : [[account.id, mentionOf(account)]])))
  return { content: renderParagraphs(tokens, namesFrom(people, origin)), mentions: [...mentions.values()], tags: [...tags] }
}

/** One line of a profile: links and names, no paragraphs. */
export async function composeLine(text: string, origin: string, find: FindAccount): Promise<string> {
  const tokens = tokenise(text)
  return renderInline(tokens, namesFrom(await mentioned(tokens, find), origin))
}

export const tagUrl = (origin: string, name: string): string => `${origin}/tags/${encodeURIComponent(name)}`

export const acctOf = (account: Pick<AccountRow, 'username' | 'domain'>): string =>
  account.domain === null ? account.username : `${account.username}@${account.domain}`

export const mentionOf = (account: AccountRow): Mention => ({
  accountId: account.id,
  uri: account.uri,
  url: account.url,
  acct: acctOf(account),
  username: account.username,
})

const writtenAcct = (username: string, domain: string | null): string => (domain === null ? username : `${username}@${domain}`).toLowerCase()

async function mentioned(tokens: readonly Token[], find: FindAccount): Promise<ReadonlyMap<string, AccountRow | null>> {
  const accts = new Set(tokens.flatMap((token) => (token.kind === 'mention' ? [writtenAcct(token.username, token.domain)] : [])))
  const looked = [...accts].slice(0, MOST_MENTIONS)
  return new Map(await Promise.all(looked.map(async (acct) => [acct, await find(acct)] as const)))
}

const namesFrom = (people: ReadonlyMap<string, AccountRow | null>, origin: string): Names => ({
  mention: (username, domain) => people.get(writtenAcct(username, domain)) ?? null,
  tagUrl: (name) => tagUrl(origin, name),
})
