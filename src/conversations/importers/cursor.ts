/**
 * Cursor's own database: `globalStorage/state.vscdb` (SQLite), table `cursorDiskKV`, a conversation under `composerData:<id>` and each message
 * under `bubbleId:<conversation>:<id>`. Older chats lie whole in `ItemTable` of a workspace. Read from a private copy, one conversation at a time.
 * See memory.md B.11.
 */
import { hash } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import type { Json } from '../../events/conversations.ts'
import { type Found, skipped } from '../found.ts'
import { isObject, type JsonObject, objectsOf, textOf } from '../json/fields.ts'
import { readComposer, readTab } from './cursor-records.ts'
import type { Archive, Importer } from './importer.ts'
import { parsed } from './values.ts'

export const cursor: Importer = {
  name: 'cursor',
  version: 1,
  provider: 'cursor',
  async detect(archive) {
    const members: string[] = []
    for (const { path } of archive.members.filter(({ path }) => /\.(vscdb|db|sqlite3?)$/i.test(path)))
      if (await isSqlite(archive, path)) members.push(path)
    const beside = archive.members.map(({ path }) => path).filter((path) => /\.(vscdb|db|sqlite3?)(-wal|-shm|\.backup)$/i.test(path))
    return members.length === 0 ? null : { score: 0.6, members: [...members, ...beside] }
  },
  async *read(archive, { members }) {
    for (const member of members.filter((path) => !/(-wal|-shm|\.backup)$/i.test(path))) yield* readMember(archive, member)
  },
}

const MAGIC = 'SQLite format 3\0'
async function isSqlite(archive: Archive, path: string): Promise<boolean> {
  return Buffer.from(await archive.head(path, MAGIC.length)).toString('latin1') === MAGIC
}

/** Of one value, and of all that one conversation holds; larger ones are passed over. Bytes. */
const LONGEST = 64 * 1024 * 1024
const LARGEST = 256 * 1024 * 1024
const CHATS = 'workbench.panel.aichat.view.aichat.chatdata'

async function* readMember(archive: Archive, member: string): AsyncGenerator<Found> {
  const copy = await archive.copy(member)
  let database: DatabaseSync | null = null
  try {
    await logBeside(archive, member, copy)
    database = opened(copy)
    const tables = tablesOf(database)
    if (tables.size === 0) yield skipped(member, 'unknown-format', 'a database, but none of Cursor')
    if (tables.has('cursorDiskKV')) yield* composers(database, member)
    if (tables.has('ItemTable')) yield* tabs(database, member)
  } catch (error) {
    if (!isSqliteError(error)) throw error
    yield skipped(member, 'unreadable', `the database is damaged: ${error.message.slice(0, 200)}`)
  } finally {
    database?.close()
    await Promise.all(['-wal', '-shm'].map((ending) => rm(copy + ending, { force: true })))
  }
}

/** What was written last may still lie in the log beside the database, which belongs to it under its name. */
async function logBeside(archive: Archive, member: string, copy: string): Promise<void> {
  const log = archive.members.find(({ path }) => path === `${member}-wal`)
  if (log !== undefined) await rename(await archive.copy(log.path), `${copy}-wal`)
}

/** A database of others: nothing in its schema may run. Not opened read-only, because its log could not be read then: the copy is ours. */
function opened(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { allowExtension: false })
  for (const safe of ['trusted_schema = OFF', 'cell_size_check = ON', 'query_only = ON']) database.exec(`PRAGMA ${safe}`)
  return database
}

/** Plain tables of two columns: a view, or a table that computes, could run for ever. */
function tablesOf(database: DatabaseSync): ReadonlySet<string> {
  const wanted = database.prepare(`SELECT name, sql FROM sqlite_schema WHERE type = 'table' AND name IN ('cursorDiskKV', 'ItemTable')`).all()
  const plain = wanted.filter(({ sql }) => /^\s*CREATE TABLE\s[^()]{1,60}\(\s*key TEXT[^()]{0,80},\s*value BLOB[^()]{0,80}\)\s*$/i.test(String(sql)))
  return new Set(plain.map(({ name }) => String(name)))
}

const isSqliteError = (error: unknown): error is Error => error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'

function* composers(database: DatabaseSync, member: string): Generator<Found> {
  const all = database.prepare(
    `SELECT key, CASE WHEN length(value) <= ${LONGEST} THEN value END AS value FROM cursorDiskKV WHERE key >= 'composerData:' AND key < 'composerData;' ORDER BY key`,
  )
  const size = database.prepare('SELECT coalesce(sum(length(value)), 0) AS bytes FROM cursorDiskKV WHERE key >= ? AND key < ?')
  const bubbles = database.prepare('SELECT key, value FROM cursorDiskKV WHERE key >= ? AND key < ?')
  for (const { key, value } of all.iterate()) {
    const [name, record] = [String(key), valueOf(value)]
    const id = name.slice('composerData:'.length)
    const range = [`bubbleId:${id}:`, `bubbleId:${id};`] as const
    if (record === null) yield skipped(`${member} ${name}`, 'unreadable', 'not JSON, or too large')
    else if (Number(size.get(...range)?.['bytes']) > LARGEST)
      yield skipped(`${member} ${name}`, 'too-large', `a conversation of more than ${LARGEST} bytes`)
    else yield* readComposer(record, new Map(bubblesOf(bubbles.all(...range))), { member, pointer: name, raw: rawOf(value) })
  }
}

const bubblesOf = (rows: readonly { readonly [name: string]: unknown }[]): readonly (readonly [string, JsonObject])[] =>
  rows.flatMap(({ key, value }) => {
    const record = valueOf(value)
    return record === null ? [] : [[String(key).slice(String(key).lastIndexOf(':') + 1), record] as const]
  })

function* tabs(database: DatabaseSync, member: string): Generator<Found> {
  const row = database.prepare(`SELECT value FROM ItemTable WHERE key = ? AND length(value) <= ${LONGEST}`).get(CHATS)
  const record = valueOf(row?.['value'])
  for (const tab of objectsOf(record ?? undefined, 'tabs'))
    yield* readTab(tab, { member, pointer: `${CHATS} ${textOf(tab, 'tabId') ?? ''}`, raw: null })
}

const bytesOf = (value: unknown): Buffer =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : Buffer.from(String(value))
const rawOf = (value: unknown): string => hash('sha256', bytesOf(value))

function valueOf(value: unknown): JsonObject | null {
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) return null
  const record: Json | undefined = parsed(bytesOf(value).toString('utf8'))
  return isObject(record) ? record : null
}
