/**
 * Tidying up. An upload that no post took within a day goes: by an event first, then its files. And a file that nothing refers to goes: a crash
 * between a file and its event, or between an event and its file, leaves such behind.
 *
 * A fresh upload is never in the way: it may be attached for a day, is expired an hour later than that, and a file is a stray only after a day.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import type { MediaAttachment } from '../../events/catalogue.ts'
import { freeSince, mediaById, unattachedMedia, unreferencedFiles } from '../../projections/read/media.ts'
import type { MediaRow } from '../../projections/rows.ts'
import { type ApiDeps, perform } from '../deps.ts'
import type { MediaFiles } from './files.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Uploads that one event commit removes; file names that one query compares. */
const MOST_EXPIRED = 100
const MOST_COMPARED = 10_000
/** When more files than this, and more than half, seem to be nobody's, files and database do not belong together: hands off. */
const SUSPICIOUS = 10

type Deps = Pick<ApiDeps, 'pool' | 'ledger' | 'projections' | 'execute' | 'now' | 'log'>

/** Whether an upload may still become part of a post. */
export const isUsable = (media: MediaRow, now: number): boolean => now - freeSince(media).getTime() < DAY

/** The files of an attachment, when they are ours. */
export const filesOf = ({ url, previewUrl }: MediaAttachment): string[] => (previewUrl === null ? [url] : [url, previewUrl])

/** Removes uploads that nobody used in time, oldest first. @returns how many */
export async function expireUploads(deps: Deps, files: MediaFiles): Promise<number> {
  let expired = 0
  for (;;) {
    const rows = await unattachedMedia(deps.pool, new Date(deps.now() - DAY - HOUR), MOST_EXPIRED)
    if (rows.length === 0) return expired
    const at = new Date(deps.now()).toISOString()
    const commands = rows.map(({ id, account_id: accountId }) => ({ do: 'DeleteMedia', data: { accountId, id, at } }) as const)
    await perform(deps, { by: 'instance', lane: 'private', commands })
    const gone = await removeFilesOf(deps, files, rows)
    expired += gone
    if (gone < rows.length) return expired // the read tables are behind, or a post was faster
  }
}

/** Removes the files of uploads whose rows are gone: after their event. @returns of how many uploads */
export async function removeFilesOf(
  deps: Pick<Deps, 'pool'>,
  files: MediaFiles,
  rows: readonly Pick<MediaRow, 'id' | 'attachment'>[],
): Promise<number> {
  let gone = 0
  for (const { id, attachment } of rows) {
    if ((await mediaById(deps.pool, id)) !== null) continue
    await files.remove(filesOf(attachment))
    gone += 1
  }
  return gone
}

/** Removes files that nothing refers to, once the read tables tell of everything that is in the log. Never with an empty log. @returns how many */
export async function removeStrays(deps: Deps, files: MediaFiles): Promise<number> {
  const { size } = deps.ledger.head()
  if (size === 0 || !(await deps.projections.waitFor(size - 1, HOUR))) return 0
  let removed = 0
  for await (const names of batches(files.writtenBefore(Date.now() - DAY), MOST_COMPARED)) {
    const strays = await unreferencedFiles(deps.pool, names)
    if (strays.length > SUSPICIOUS && strays.length > names.length / 2) {
      deps.log('warn', 'most media files belong to nothing that is known here: none was removed', { files: names.length, strays: strays.length })
      return removed
    }
    await files.remove(strays)
    removed += strays.length
  }
  return removed
}

async function* batches<T>(source: AsyncIterable<T>, size: number): AsyncGenerator<T[]> {
  let batch: T[] = []
  for await (const item of source) {
    batch.push(item)
    if (batch.length < size) continue
    yield batch
    batch = []
  }
  if (batch.length > 0) yield batch
}

/** Sweeps in the background for as long as the server runs: strays once, a while after the start, and uploads every hour. */
export function registerSweeping(app: FastifyInstance, deps: Deps, files: MediaFiles): void {
  const stop = new AbortController()
  const pause = (ms: number) => sleep(ms, undefined, { ref: false, signal: stop.signal })

  async function sweep(): Promise<void> {
    await pause(60_000)
    await quietly('files', removeStrays)
    for (;;) {
      await quietly('uploads', expireUploads)
      await pause(HOUR)
    }
  }

  async function quietly(what: string, work: (deps: Deps, files: MediaFiles) => Promise<number>): Promise<void> {
    try {
      const removed = await work(deps, files)
      if (removed > 0) deps.log('info', `unused ${what} were removed`, { removed })
    } catch (error) {
      deps.log('warn', `unused ${what} could not be removed`, { error: String(error) })
    }
  }

  app.addHook('onReady', async () => void sweep().catch(() => {}))
  app.addHook('onClose', async () => stop.abort())
}
