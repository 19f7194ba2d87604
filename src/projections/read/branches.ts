/** Branches of a conversation: which of its messages are one line of talk, and which stand beside each other. Pure. */

/** What a tree is made of; `MessageRow` satisfies it. */
export type Node = {
  readonly id: string
  readonly parentId: string | null
  readonly ordinal: number
  readonly createdAt: { readonly value: string | null }
}

/**
 * The active branch: from its first message to its newest.
 *
 * @param messages  of one conversation, all of them
 * @param leafId    where the branch was left; what has been said below it since belongs to it. Null or unknown: the newest branch of all
 */
export function branchOf<M extends Node>(messages: readonly M[], leafId: string | null): M[] {
  const tree = treeOf(messages)
  const left = leafId === null ? undefined : tree.byId.get(leafId)
  const leaf = newest(left === undefined ? leavesOf(tree, messages) : leavesOf(tree, below(tree, left)))
  return leaf === undefined ? [] : pathTo(tree, leaf)
}

/** From the first message of its branch to this one, and no further. [] when there is no such message. */
export function branchUpTo<M extends Node>(messages: readonly M[], id: string): M[] {
  const tree = treeOf(messages)
  const last = tree.byId.get(id)
  return last === undefined ? [] : pathTo(tree, last)
}

/** Messages that answer the same as this one, itself among them, in their order: other versions of it. */
export function siblings<M extends Node>(messages: readonly M[], id: string): M[] {
  const { byId, children } = treeOf(messages)
  const message = byId.get(id)
  return message === undefined ? [] : (children.get(parentOf(byId, message)) ?? [])
}

type Tree<M> = { readonly byId: ReadonlyMap<string, M>; readonly children: ReadonlyMap<string | null, M[]> }

function treeOf<M extends Node>(messages: readonly M[]): Tree<M> {
  const byId = new Map(messages.map((message) => [message.id, message]))
  return { byId, children: Map.groupBy(messages, (message) => parentOf(byId, message)) }
}

/** A parent that is not there is none. */
const parentOf = <M extends Node>(byId: ReadonlyMap<string, M>, { parentId }: M): string | null =>
  parentId !== null && byId.has(parentId) ? parentId : null

/** A message and everything that was said after it. */
function below<M extends Node>({ children }: Tree<M>, from: M): M[] {
  const found = new Set([from])
  for (const message of found) for (const child of children.get(message.id) ?? []) found.add(child)
  return [...found]
}

const leavesOf = <M extends Node>({ children }: Tree<M>, messages: readonly M[]): M[] => messages.filter(({ id }) => !children.has(id))

/** The last that was said, as far as times are known; then the last recorded. */
function newest<M extends Node>(messages: readonly M[]): M | undefined {
  const isLater = (a: M, b: M): boolean => {
    const [said, before] = [a.createdAt.value ?? '', b.createdAt.value ?? '']
    return said === before ? a.ordinal > b.ordinal : said > before
  }
  return messages.reduce<M | undefined>((last, message) => (last === undefined || isLater(message, last) ? message : last), undefined)
}

function pathTo<M extends Node>({ byId }: Tree<M>, leaf: M): M[] {
  const path = new Set<M>()
  for (let at: M | undefined = leaf; at !== undefined && !path.has(at); at = byId.get(at.parentId ?? '')) path.add(at)
  return [...path].reverse()
}
