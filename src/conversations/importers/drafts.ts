/** The usual conversation and message, so that an importer says only what its source says. Pure. */
import type { Block, Instant, Json } from '../../events/conversations.ts'
import type { Found, FoundConversation, FoundMessage } from '../found.ts'
import { derived, UNKNOWN } from '../instants.ts'

/** Where a record lies. `raw`: SHA-256 (hex) of its exact bytes. */
export type Place = { readonly member: string | null; readonly pointer: string | null; readonly raw: string | null }
export const NOWHERE: Place = { member: null, pointer: null, raw: null }

type Told<T, K extends keyof T> = Pick<T, K> & Partial<Omit<T, K>>

/** A message as most are: visible, its author's own, complete. */
export const message = (of: Told<FoundMessage, 'nativeId' | 'parent' | 'role' | 'blocks'>): FoundMessage => ({
  author: null,
  recipient: null,
  channel: null,
  model: null,
  status: 'complete',
  hidden: false,
  injected: false,
  createdAt: UNKNOWN,
  pointer: null,
  raw: null,
  extra: null,
  ...of,
})

/** A conversation as most are. Where it tells no time, it has that of its messages: derived, and called so. */
export function conversation(of: Told<FoundConversation, 'nativeId' | 'messages'>, place: Place = NOWHERE): FoundConversation {
  const moments = of.messages.map(({ createdAt }) => createdAt).filter(({ value }) => value !== null)
  const [first = UNKNOWN, last = UNKNOWN] = [moments.reduce(earlier, undefined), moments.reduce(later, undefined)]
  return {
    product: 'web',
    title: null,
    model: null,
    project: null,
    tags: [],
    starred: false,
    archived: false,
    temporary: false,
    doNotRemember: false,
    groupedBy: 'native',
    activeLeaf: null,
    joints: [],
    url: null,
    extra: null,
    ...place,
    ...of,
    createdAt: told(of.createdAt) ?? derived(first),
    updatedAt: told(of.updatedAt) ?? derived(last),
  }
}

const told = (instant: Instant | undefined): Instant | null => (instant === undefined || instant.original === null ? null : instant)
type Moment = Instant | undefined
const earlier = (a: Moment, b: Instant): Moment => (a === undefined || (b.value ?? '') < (a.value ?? '') ? b : a)
const later = (a: Moment, b: Instant): Moment => (a === undefined || (b.value ?? '') > (a.value ?? '') ? b : a)

export const markdown = (text: string): Block => ({ t: 'text', format: 'markdown', text })
export const plain = (text: string): Block => ({ t: 'text', format: 'plain', text })
export const opaque = (nativeType: string, raw: Json): Block => ({ t: 'opaque', nativeType: nativeType.slice(0, 1000), raw })

/** A file that its source names. `pointer`: how it names it, also where it is told as an asset. */
export function attachment(
  kind: 'image' | 'audio' | 'video' | 'file',
  pointer: string | null,
  of: { readonly name?: string; readonly mime?: string; readonly bytes?: number } = {},
): Block {
  const state = pointer !== null && /^https?:\/\//i.test(pointer) ? 'external' : 'missing-in-export'
  return { t: kind, asset: { assetId: null, pointer, ...of, state } }
}

/** Which kind of file a media type is. */
export function kindOf(mime: string | null): 'image' | 'audio' | 'video' | 'file' {
  const kind = mime?.split('/')[0]
  return kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'file'
}

/** A conversation as it is told: with the kinds of content in it that nobody here knows, once for each time. */
export function tell(format: string, conversation: FoundConversation): readonly Found[] {
  const kinds = (blocks: readonly Block[]): readonly string[] =>
    blocks.flatMap((block) => (block.t === 'opaque' ? [block.nativeType] : block.t === 'tool_result' ? kinds(block.content) : []))
  const unknown = conversation.messages.flatMap(({ blocks }) => kinds(blocks)).map((kind): Found => ({ kind: 'unknown', type: `${format}/${kind}` }))
  return [{ kind: 'conversation', conversation }, ...unknown]
}
