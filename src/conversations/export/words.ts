/** What both readable exports say of a conversation and of who speaks in it. Pure. */
import type { AssetRef, Block, Conversation, Instant, Message } from '../../events/conversations.ts'

const ROLES = { user: 'You', assistant: 'Assistant', system: 'System', tool: 'Tool', developer: 'Developer', context: 'Context' } as const

/** Who a reader takes the speaker for, and what it was made with. */
export const speakerOf = ({ role, author, model }: Pick<Message, 'role' | 'author' | 'model'>): string =>
  `${author ?? ROLES[role]}${role === 'assistant' && model !== null && model !== author ? ` (${model})` : ''}`

/** `2026-01-31 12:00 UTC`; null when unknown. */
export const momentOf = ({ value, confidence }: Instant): string | null =>
  value === null ? null : `${confidence === 'exact' ? '' : 'about '}${value.slice(0, 16).replace('T', ' ')} UTC`

/** What stands beneath the title, as pairs. */
export function factsOf({ provider, model, project, createdAt, updatedAt, tags, source }: Conversation): [name: string, value: string][] {
  const facts: [string, string | null | undefined][] = [
    ['Provider', provider],
    ['Model', model],
    ['Project', project?.name ?? project?.id],
    ['Begun', momentOf(createdAt)],
    ['Changed', momentOf(updatedAt)],
    ['Tags', tags.join(', ')],
    ['Source', source?.url],
  ]
  return facts.flatMap(([name, value]) => (value === null || value === undefined || value === '' ? [] : [[name, value]]))
}

/** What is noted at a message, apart from who and when. */
export function notesOf({ status, hidden, injected }: Pick<Message, 'status' | 'hidden' | 'injected'>): string[] {
  return [
    ...(status === 'complete' ? [] : [status === 'partial' ? 'not finished' : status === 'error' ? 'ended with an error' : 'stopped']),
    ...(hidden ? ['not shown by its source'] : []),
    ...(injected ? ['put there by a machine'] : []),
  ]
}

export const nameOf = (asset: AssetRef): string => asset.name ?? asset.pointer ?? 'without a name'

export const stateOf = ({ state }: AssetRef): string =>
  state === 'stored' ? 'kept in the vault' : state === 'external' ? 'elsewhere' : 'not in the export it came with'

/** Of each message, how many others answer the same: the branches that a line of talk leaves aside. Told as a note, or not at all. */
export function asides(all: readonly Message[]): (message: Message) => string[] {
  const answers = new Map<string | null, number>()
  for (const { parentId } of all) answers.set(parentId, (answers.get(parentId) ?? 0) + 1)
  return ({ parentId }) => {
    const others = (answers.get(parentId) ?? 1) - 1
    return others <= 0 ? [] : [`${others} other ${others === 1 ? 'version' : 'versions'} not shown`]
  }
}

export const jsonText = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, null, 2))

/** Links that citations and searches name, each once. */
export function linksOf(blocks: readonly Block[]): { readonly url: string; readonly title: string }[] {
  const found = blocks.flatMap((block) => [
    ...(block.citations ?? []).flatMap(({ url, title }) => (url === undefined ? [] : [{ url, title: title ?? url }])),
    ...(block.t === 'search' ? block.results.map(({ url, title }) => ({ url, title: title === '' ? url : title })) : []),
  ])
  return [...new Map(found.map((link) => [link.url, link])).values()]
}
