/**
 * Microsoft Copilot's activity history: a CSV with `Conversation,Time,Author,Message`, newest first, without ids. A conversation is a run of rows
 * with one title; it and its messages are named by what was said first, which a later export repeats. See memory.md B.8.
 */
import { Readable } from 'node:stream'
import { parse } from 'csv-parse'
import { type Found, type FoundConversation, type FoundMessage, skipped } from '../found.ts'
import { fromIso } from '../instants.ts'
import { peekAll } from '../json/peek.ts'
import { conversation, markdown, message, tell } from './drafts.ts'
import type { Archive, Importer } from './importer.ts'
import { digest } from './values.ts'

export type Row = { readonly title: string; readonly time: string; readonly author: string; readonly text: string; readonly line: number }

const HEADER = /^\ufeff?"?conversation"?\s*,\s*"?time"?\s*,\s*"?author"?\s*,\s*"?message"?\s*(\r?\n|$)/i
/** Of one row, and of one conversation. */
const LONGEST_ROW = 32 * 1024 * 1024
const MOST_ROWS = 100_000

export const copilot: Importer = {
  name: 'copilot',
  version: 1,
  provider: 'copilot',
  async detect(archive) {
    const members = (await peekAll(archive, '.csv', '.txt')).filter(([, { text }]) => HEADER.test(text)).map(([path]) => path)
    return members.length === 0 ? null : { score: 0.95, members }
  },
  async *read(archive, { members }) {
    for (const member of members) yield* readMember(archive, member)
  },
}

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  let run: Row[] = []
  try {
    for await (const row of rows(archive, member)) {
      const [first] = run
      if (first !== undefined && (first.title !== row.title || run.length >= MOST_ROWS)) {
        yield* tell('copilot', conversationOf(run, member))
        run = []
      }
      run.push(row)
    }
  } catch (error) {
    if (!isCsvError(error)) throw error
    yield skipped(member, error.code === 'CSV_MAX_RECORD_SIZE' ? 'too-large' : 'unreadable', `line ${error.lines ?? '?'}: ${error.code}`)
  }
  if (run.length > 0) yield* tell('copilot', conversationOf(run, member))
}

async function* rows(archive: Archive, member: string): AsyncGenerator<Row> {
  const options = {
    bom: true,
    columns: false,
    from_line: 2,
    relax_column_count: true,
    skip_empty_lines: true,
    info: true,
    max_record_size: LONGEST_ROW,
  } as const
  const parser = Readable.from(archive.open(member), { objectMode: false }).pipe(parse(options))
  for await (const { record, info } of parser as AsyncIterable<{ readonly record: readonly string[]; readonly info: { readonly lines: number } }>) {
    const [title = '', time = '', author = '', ...text] = record
    if (text.length > 0) yield { title, time, author, text: text.join(','), line: info.lines }
  }
}

type CsvError = Error & { readonly code: string; readonly lines?: number }
const isCsvError = (error: unknown): error is CsvError => error instanceof Error && 'code' in error && String(error.code).startsWith('CSV_')

/** Pure. @param run  rows with one title, in the file's order */
export function conversationOf(run: readonly Row[], member: string | null): FoundConversation {
  const oldestFirst = inOrder(run)
  const [first] = oldestFirst
  const messages: FoundMessage[] = []
  const seen = new Map<string, number>()
  for (const row of oldestFirst) {
    const key = digest(row.time, row.author, row.text)
    const times = seen.get(key) ?? 0
    seen.set(key, times + 1)
    messages.push(toMessage(row, times === 0 ? key : `${key}/${times}`, messages.at(-1)?.nativeId ?? null))
  }
  const title = first?.title.trim() ?? ''
  const nativeId = digest('copilot', first?.title ?? '', first?.time ?? '', first?.text ?? '')
  return conversation(
    { nativeId, title: title === '' ? null : title.slice(0, 1000), messages },
    { member, pointer: `line ${run[0]?.line ?? 0}`, raw: null },
  )
}

/** Two rows of one moment: the person spoke first. */
function inOrder(run: readonly Row[]): readonly Row[] {
  const falling = (run[0]?.time ?? '') > (run.at(-1)?.time ?? '')
  const rising = falling || sameTimeAndAnswerFirst(run) ? run.toReversed() : [...run]
  return rising.sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : rank(a) - rank(b)))
}

const sameTimeAndAnswerFirst = (run: readonly Row[]): boolean =>
  run[0]?.time === run.at(-1)?.time && run.length > 1 && rank(run[0]) > rank(run.at(-1))
const rank = (row: Row | undefined): number => (row !== undefined && isPerson(row) ? 0 : 1)
const isPerson = ({ author }: Row): boolean => /^(human|user|you)$/i.test(author.trim())

const toMessage = (row: Row, nativeId: string, parent: string | null): FoundMessage =>
  message({
    nativeId,
    parent,
    role: isPerson(row) ? 'user' : 'assistant',
    createdAt: fromIso(row.time),
    blocks: [markdown(row.text)],
    pointer: `line ${row.line}`,
  })
