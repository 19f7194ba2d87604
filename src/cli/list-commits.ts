/** A stretch of the log at a glance: one line per entry, or JSON with the opened payloads. */
import type { Instance } from '../instance.ts'
import type { LedgerCommit } from '../ledger/types.ts'
import { type ShownPart, shownPart } from './show-commit.ts'
import { styled } from './terminal.ts'

export type ListedCommit = {
  readonly position: number
  readonly id: string
  readonly lane: 'public' | 'private'
  /** ISO 8601. */
  readonly time: string
  readonly events: readonly { readonly type: string; readonly stream: string; readonly revision: number; readonly parts: readonly ShownPart[] }[]
}

export type Listed = { readonly size: number; readonly commits: readonly ListedCommit[] }

/** Entries [from, from + limit); without `from`, the newest. */
export async function listCommits({ ledger }: Pick<Instance, 'ledger'>, from: number | null, limit: number): Promise<Listed> {
  const { size } = ledger.head()
  return { size, commits: (await ledger.read(from ?? Math.max(0, size - limit), limit)).map(listed) }
}

function listed({ position, id, lane, time, events }: LedgerCommit): ListedCommit {
  return {
    position,
    id: Buffer.from(id).toString('hex'),
    lane,
    time: new Date(time).toISOString(),
    events: events.map(({ type, stream, revision, parts }) => ({ type, stream, revision, parts: parts.map(shownPart) })),
  }
}

export function listText({ size, commits }: Listed): string {
  const lines = commits.map(({ position, id, lane, time, events }) => {
    const names = events.map(({ type }) => type).join(' ')
    return `${styled('bold', String(position).padStart(String(size).length))}  ${styled('dim', `${time}  ${id.slice(0, 16)}  ${lane.padEnd(7)}`)}  ${names}`
  })
  return lines.length === 0 ? 'The log has no entries there.' : lines.join('\n')
}
