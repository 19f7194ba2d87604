/**
 * Who said what on a page, by the marks that each provider puts on its elements. The last way to read a page, where it carries no data: times,
 * branches and tools are not on it. Pure.
 */
import type { Block } from '../../events/conversations.ts'
import { first, type HtmlElement, hasClass, outermost } from '../html/tree.ts'
import { toMarkdown } from '../html/tree-markdown.ts'
import { type InlineImage, imagesIn } from './images.ts'
import type { Provider } from './links.ts'

type Is = (element: HtmlElement) => boolean

/** `said`, `thought`: where in a turn the words are, and the reasoning; all of it, and none, without them. */
type Marks = { readonly user: Is; readonly assistant: Is; readonly said?: Is; readonly thought?: Is; readonly id?: string; readonly model?: string }

export type Turn = {
  readonly role: 'user' | 'assistant'
  readonly id: string | null
  readonly model: string | null
  readonly blocks: readonly Block[]
  readonly images: readonly InlineImage[]
}

const attribute =
  (name: string, value: string): Is =>
  ({ attributes }) =>
    attributes[name] === value
const classed =
  (...names: readonly string[]): Is =>
  (element) =>
    names.some((name) => hasClass(element, name))
const tagged =
  (...names: readonly string[]): Is =>
  ({ name }) =>
    names.includes(name)
const any =
  (...of: readonly Is[]): Is =>
  (element) =>
    of.some((is) => is(element))

const byRole = { user: attribute('data-message-author-role', 'user'), assistant: attribute('data-message-author-role', 'assistant') }

const MARKS: { readonly [P in Provider]: Marks } = {
  chatgpt: { ...byRole, said: any(classed('markdown'), classed('whitespace-pre-wrap')), id: 'data-message-id', model: 'data-message-model-slug' },
  claude: {
    user: any(attribute('data-testid', 'user-message'), classed('font-user-message')),
    assistant: classed('font-claude-response', 'font-claude-message'),
  },
  gemini: {
    user: any(tagged('user-query'), classed('user-query-container')),
    assistant: any(tagged('model-response', 'response-container'), classed('response-container')),
    said: any(classed('query-text', 'markdown'), tagged('message-content')),
    thought: tagged('model-thoughts'),
  },
  grok: {
    user: attribute('data-testid', 'user-message'),
    assistant: attribute('data-testid', 'assistant-message'),
    thought: classed('thinking-container'),
  },
  deepseek: {
    user: (element) => hasClass(element, 'ds-message') && first(element, classed('ds-markdown')) === null,
    assistant: (element) => hasClass(element, 'ds-message') && first(element, classed('ds-markdown')) !== null,
    said: classed('ds-markdown'),
    thought: classed('ds-think-content'),
  },
  kimi: {
    user: classed('chat-content-item-user'),
    assistant: classed('chat-content-item-assistant'),
    said: classed('user-content', 'markdown'),
    thought: classed('thinking-container', 'think-stage', 'toolcall-container'),
  },
  qwen: {
    user: classed('user-message', 'chat-user-message', 'qwen-chat-message-user'),
    assistant: classed('response-message', 'chat-response-message', 'assistant-message', 'qwen-chat-message-assistant'),
    said: classed('user-message-content', 'markdown-prose', 'response-message-content', 'custom-qwen-markdown'),
    thought: classed('thinking-container', 'qwen-chat-thinking-status-card', 'ThinkingPanel__Body'),
  },
  zai: {
    user: any(classed('chat-user', 'user-message'), attribute('data-role', 'user')),
    assistant: any(classed('chat-assistant', 'assistant-message'), attribute('data-role', 'assistant')),
    said: classed('markdown-prose', 'whitespace-pre-wrap'),
    thought: classed('thinking-chain-container', 'thinking-block'),
  },
  mistral: {
    ...byRole,
    said: attribute('data-message-part-type', 'answer'),
    thought: attribute('data-message-part-type', 'reasoning'),
    id: 'data-message-id',
  },
}

/** What was said on a page of a provider, in its order. */
export function turnsOn(page: HtmlElement, provider: Provider): readonly Turn[] {
  const marks = MARKS[provider]
  return outermost(page, any(marks.user, marks.assistant))
    .map((element) => turnOf(element, marks))
    .filter(({ blocks }) => blocks.length > 0)
}

function turnOf(element: HtmlElement, marks: Marks): Turn {
  const role = marks.user(element) ? 'user' : 'assistant'
  const { said = () => false, thought = () => false } = marks
  const parts = outermost(element, any(said, thought))
  const words = parts.filter((part) => !thought(part))
  const thoughts = parts
    .filter(thought)
    .map(toMarkdown)
    .filter((text) => text !== '')
  const text = (words.length > 0 ? words.map(toMarkdown) : [toMarkdown(element)]).filter((one) => one !== '').join('\n\n')
  const images = imagesIn(element)
  const blocks: readonly Block[] = [
    ...thoughts.map((one): Block => ({ t: 'reasoning', text: one })),
    ...(text === '' ? [] : [{ t: 'text', format: 'markdown', text } as const]),
    ...images.map(
      ({ nativeId, mime, bytes }): Block => ({
        t: 'image',
        asset: { assetId: null, pointer: nativeId, mime, bytes: bytes.length, state: 'missing-in-export' },
      }),
    ),
  ]
  return {
    role,
    id: marks.id === undefined ? null : (element.attributes[marks.id] ?? null),
    model: marks.model === undefined ? null : (element.attributes[marks.model] ?? null),
    blocks,
    images,
  }
}
