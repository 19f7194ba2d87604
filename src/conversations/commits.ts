/** Commits of what is to be recorded: small conversations together, a large one in pieces, and what no payload check accepts kept as it came. Pure. */
import type { Message } from '../events/conversations.ts'
import { problemWith } from '../events/schema.ts'
import type { Command } from '../handlers/commands.ts'
import { sizeOf } from './fit.ts'
import type { Merge } from './merge.ts'
import type { Draft } from './record.ts'

/** One commit at most: who follows the log reads a thousand of them at a time. Events, and characters of payload. */
export const COMMIT = { events: 400, size: 200_000 }

/** `item`: how the report calls it. */
export type Prepared = { readonly draft: Draft; readonly merge: Merge; readonly isNew: boolean; readonly item: string }

export function commandsOf({ draft, merge, isNew }: Prepared): readonly Command[] {
  const { conversation } = draft
  const { id, accountId, at } = conversation
  const messages = [...merge.added, ...merge.changed].map((data): Command => ({ do: 'AddMessage', data }))
  if (isNew) return [{ do: 'CreateConversation', data: conversation }, ...messages]
  return merge.details === null ? messages : [...messages, { do: 'UpdateConversation', data: { id, accountId, at, ...merge.details } }]
}

const sizeOfCommand = (command: Command): number => ('data' in command ? sizeOf(command.data) : 0)

/** Conversations that fit into one commit together. */
export function grouped(prepared: readonly Prepared[]): readonly (readonly Prepared[])[] {
  const groups: Prepared[][] = []
  let [events, size] = [Infinity, 0]
  for (const one of prepared) {
    const commands = commandsOf(one)
    const weight = commands.reduce((sum, command) => sum + sizeOfCommand(command), 0)
    if (events + commands.length > COMMIT.events || size + weight > COMMIT.size) {
      groups.push([])
      ;[events, size] = [0, 0]
    }
    groups.at(-1)?.push(one)
    events += commands.length
    size += weight
  }
  return groups
}

export function chunks(commands: readonly Command[]): readonly (readonly Command[])[] {
  const found: Command[][] = [[]]
  let size = 0
  for (const command of commands) {
    const weight = sizeOfCommand(command)
    const last = found.at(-1)
    if (last === undefined || (last.length > 0 && (last.length >= COMMIT.events || size + weight > COMMIT.size))) {
      found.push([command])
      size = weight
    } else {
      last.push(command)
      size += weight
    }
  }
  return found
}

/** Messages that no payload check accepts, with their content kept as it came; null when that is not what is wrong. */
export function mendedFrom(commands: readonly Command[]): readonly Command[] | null {
  let mended = 0
  const next = commands.map((command): Command => {
    if (command.do !== 'AddMessage' || problemWith({ type: 'message:add', data: command.data }) === null) return command
    mended++
    return { do: 'AddMessage', data: asItCame(command.data) }
  })
  return mended === 0 ? null : next
}

function asItCame(message: Message): Message {
  const raw = JSON.parse(JSON.stringify({ blocks: message.blocks, usage: message.usage ?? null })) as Message['extra']
  const { usage: _, rating: __, latencyMs: ___, ...kept } = message
  return { ...kept, author: null, recipient: null, channel: null, model: null, blocks: [{ t: 'opaque', nativeType: 'unfit', raw }], extra: null }
}
