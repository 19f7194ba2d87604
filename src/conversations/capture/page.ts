/**
 * A conversation in a page: in the data that the page carries, otherwise in what it shows. Pages come from a provider's answer, or are saved by a
 * person; both are attacker-controlled. Nothing is executed, nothing is fetched. Pure.
 */
import { hash } from 'node:crypto'
import type { Json } from '../../events/conversations.ts'
import { type Found, type FoundConversation, skipped } from '../found.ts'
import { first, type HtmlElement, outermost, parseHtml, textIn } from '../html/tree.ts'
import { toMarkdown } from '../html/tree-markdown.ts'
import { conversation, message, type Place, tell } from '../importers/drafts.ts'
import { readText } from '../importers/text.ts'
import { digest, parsed } from '../importers/values.ts'
import { embeddedJson } from './embedded.ts'
import { geminiPayloads } from './gemini-share.ts'
import { detectProvider, PROVIDERS, type Provider, type ShareLink, shareLink } from './links.ts'
import { readPayload } from './payloads.ts'
import { turnsOn } from './turns.ts'

/** `link`: where it came from, when that is known. `provider`: null for whoever it turns out to be. */
export type Source = { readonly link: ShareLink | null; readonly provider: Provider | null }
export type PageRead = { readonly provider: Provider | null; readonly founds: readonly Found[] }

/** Characters of a page. */
export const LONGEST_PAGE = 32 * 1024 * 1024

/** What somebody gives: a saved page, JSON that a provider answered, or text copied from a screen. */
export function readGiven(text: string, { link, provider }: Source): PageRead {
  const place: Place = { member: null, pointer: null, raw: hash('sha256', text) }
  const json = /^[\s\ufeff]*[[{]/.test(text.slice(0, 1000)) ? parsed(text.replace(/^\ufeff/, '')) : undefined
  if (json !== undefined) return readJson([json], { link, provider }, place)
  if (text.startsWith(")]}'")) return readJson(geminiPayloads(text), { link, provider: 'gemini' }, place)
  if (/<\/?(html|body|div|p|main|article|script|meta|user-query)\b/i.test(text)) return readPage(text, { link, provider }, place)
  return { provider, founds: named(readText(text, place), { provider, link }) }
}

function readJson(values: readonly Json[], { link, provider }: Source, place: Place): PageRead {
  const asked = provider === null ? PROVIDERS.map((each) => each.provider) : [provider]
  for (const one of asked) {
    for (const value of values) {
      const founds = readPayload(one, value, place, idOf(link, place))
      if (founds !== null) return { provider: one, founds: named(founds, { provider: one, link }) }
    }
  }
  return { provider, founds: [skipped('answer', 'no-messages', 'there is no conversation in it; the link may have expired')] }
}

/** As ids of their own, so that a share never replaces the conversation that it is taken from. */
const idOf = (link: ShareLink | null, { raw }: Place): string => (link === null ? `page:${raw?.slice(0, 32) ?? ''}` : `share:${link.id}`)

function named(founds: readonly Found[], { provider, link }: Source): readonly Found[] {
  return founds.map((found) =>
    found.kind === 'conversation' ? { kind: 'conversation', conversation: renamed(found.conversation, provider, link) } : found,
  )
}

function renamed(of: FoundConversation, provider: Provider | null, link: ShareLink | null): FoundConversation {
  const id = /^(share|page):/.test(of.nativeId) ? of.nativeId : `page:${of.nativeId}`
  const known = provider === null ? {} : { provider }
  return { ...of, ...known, nativeId: link === null ? id : `share:${link.id}`, product: 'share', url: link?.url ?? of.url }
}

function readPage(html: string, given: Source, place: Place): PageRead {
  const page = parseHtml(html)
  const address = addressOf(page, html)
  const link = given.link ?? (address === null ? null : shareLink(address))
  const provider = given.provider ?? link?.provider ?? (address === null ? null : detectProvider(address))
  const asked = provider === null ? PROVIDERS.map((each) => each.provider) : [provider]
  const data = embeddedJson(page)
  if (data.length > 0) {
    const read = readJson(data, { link, provider }, place)
    if (read.founds.some(({ kind }) => kind === 'conversation')) return read
  }
  for (const one of asked) {
    const founds = shown(page, one, { link, address, place })
    if (founds !== null) return { provider: one, founds: named(founds, { provider: one, link }) }
  }
  return { provider, founds: named(copied(page, place), { provider, link }) }
}

/** Where a saved page was: as its browser noted it, or as it says itself. */
function addressOf(page: HtmlElement, html: string): string | null {
  const saved = /<!-- saved from url=\(\d{1,6}\)(https:\/\/[^\s>]{1,2000})/.exec(html.slice(0, 10_000))?.[1]
  const canonical = first(page, ({ name, attributes }) => name === 'link' && attributes['rel'] === 'canonical')?.attributes['href']
  const told = first(page, ({ name, attributes }) => name === 'meta' && attributes['property'] === 'og:url')?.attributes['content']
  return [saved, canonical, told].find((address) => address !== undefined && detectProvider(address) !== null) ?? null
}

type Shown = { readonly link: ShareLink | null; readonly address: string | null; readonly place: Place }

/** The turns on the page. Null: there are none by this provider's marks. */
function shown(page: HtmlElement, provider: Provider, { link, address, place }: Shown): readonly Found[] | null {
  const turns = turnsOn(page, provider)
  if (turns.length === 0) return null
  const ids = turns.map(({ id }, index) => (id !== null && turns.findIndex((turn) => turn.id === id) === index ? id : `turn ${index}`))
  const messages = turns.map(({ role, model, blocks }, index) =>
    message({ nativeId: ids[index] ?? '', parent: ids[index - 1] ?? null, role, model, blocks, pointer: `turn ${index}` }),
  )
  const nativeId = link === null ? `page:${digest(address, JSON.stringify(turns[0]?.blocks ?? null))}` : `share:${link.id}`
  const told = conversation({ nativeId, provider, title: titleOf(page), messages, url: address, extra: { readFrom: 'page' } }, place)
  const assets = turns.flatMap(({ images }) =>
    images.map(({ nativeId, mime, bytes }): Found => ({ kind: 'asset', asset: { nativeId, content: { bytes }, name: null, mime } })),
  )
  return [...assets, ...tell(provider, told)]
}

/** Without what providers put around it. */
function titleOf(page: HtmlElement): string | null {
  const title = first(page, ({ name }) => name === 'title')
  const words = (title === null ? '' : textIn(title)).replaceAll(/\s+/g, ' ').trim()
  const own = words
    .replace(/^(ChatGPT|Claude|Gemini|Grok|DeepSeek|Kimi|Qwen|Z\.ai|Le Chat)\s?[-–|:]\s?/i, '')
    .replace(
      /\s?[-–|\\/:]\s?(ChatGPT|Claude|Gemini|Google Gemini|Grok|DeepSeek|Kimi|Qwen|Qwen Chat|Z\.ai.{0,60}|Le Chat|Mistral AI|Shared Conversation)$/i,
      '',
    )
  return own === '' || /^(ChatGPT|Claude|Gemini|Google Gemini|Grok|DeepSeek|Kimi|Qwen|Qwen Chat|Z\.ai|Le Chat|Shared Conversation)$/i.test(own)
    ? null
    : own.slice(0, 1000)
}

/** A page without any marks that we know, as if its text had been copied. */
function copied(page: HtmlElement, place: Place): readonly Found[] {
  const body = outermost(page, ({ name }) => name === 'main')[0] ?? first(page, ({ name }) => name === 'body') ?? page
  const founds = readText(toMarkdown(body), place)
  const isOne = founds.some((found) => found.kind === 'conversation' && found.conversation.messages.length > 1)
  return isOne
    ? founds
    : [skipped('page', 'no-messages', 'nobody says anything on it: it may be the shell of a page that is filled in later, or a sign-in')]
}
