/**
 * The thread that reads archives, one after the other: opens one, asks the importers whose it is, and sends what they find in batches, waiting
 * whenever the other side has not kept up. It has the archive and nothing else: no database, no keys, no network.
 */
import { parentPort } from 'node:worker_threads'
import { ArchiveError } from './archive/archive-error.ts'
import { openArchive } from './archive/open-archive.ts'
import { sizeOf } from './fit.ts'
import { type Found, skipped } from './found.ts'
import { type Assigned, assigned } from './importers/registry.ts'
import { BATCH, type FromParser, type ParserTask, type ToParser } from './parser.ts'
import type { ReadBy } from './recorder.ts'

const port = parentPort
if (port === null) throw new Error('parse-worker.ts is a thread of parser.ts')

/** Batches that may still be sent. */
let credit: number = BATCH.underWay
let wake: () => void = () => {}
port.on('message', (message: ToParser) => {
  if (message === 'more') {
    credit++
    wake()
  } else work(message)
})

const send = (message: FromParser): void => port.postMessage(message)

async function sendBatch(by: ReadBy, founds: readonly Found[], bytesRead: number): Promise<void> {
  if (founds.length === 0) return
  while (credit === 0) await new Promise<void>((resolve) => (wake = resolve))
  credit--
  send({ is: 'found', by, founds, bytesRead })
}

const NOBODY: ReadBy = { importer: 'archive', version: 1, provider: 'unknown' }

async function run({ file, name, sha256, workDir, only }: ParserTask): Promise<void> {
  const archive = await openArchive(file, { name, sha256, workDir })
  try {
    const chosen = await assigned(archive, only === null ? undefined : new Set(only))
    const taken = new Set(chosen.flatMap(({ detection }) => detection.members))
    const size = new Map(archive.members.map(({ path, bytes }) => [path, bytes]))
    send({
      is: 'plan',
      bytes: [...taken].reduce((sum, path) => sum + (size.get(path) ?? 0), 0),
      importers: chosen.map(({ importer }) => importer.name),
    })
    await sendBatch(
      NOBODY,
      archive.refused.map(({ item, reason, detail }) => skipped(item, reason, detail)),
      0,
    )
    for (const one of chosen) await read(one)
    await sendBatch(NOBODY, leftOver(archive.members.map(({ path }) => path).filter((path) => !taken.has(path))), archive.bytesRead())
  } finally {
    await archive.close()
  }

  async function read({ importer, detection }: Assigned): Promise<void> {
    const by = { importer: importer.name, version: importer.version, provider: importer.provider }
    let [batch, size]: [Found[], number] = [[], 0]
    try {
      for await (const found of importer.read(archive, detection)) {
        batch.push(found)
        size += sizeOf(found)
        if (batch.length < BATCH.founds && size < BATCH.size) continue
        await sendBatch(by, batch, archive.bytesRead())
        ;[batch, size] = [[], 0]
      }
    } catch (error) {
      batch.push(skipped(`what ${importer.name} had not read yet`, error instanceof ArchiveError ? error.reason : 'unreadable', messageOf(error)))
    }
    await sendBatch(by, batch, archive.bytesRead())
  }
}

/** What nobody recognised, by the ends of the names. */
function leftOver(paths: readonly string[]): readonly Found[] {
  const kinds = Map.groupBy(paths, (path) => /\.[^./]{1,10}$/.exec(path)?.[0].toLowerCase() ?? 'no ending')
  return [...kinds].map(([kind, members]) => {
    const first = members[0] ?? ''
    const item = members.length === 1 ? first : `${members.length} files (${kind}), such as ${first}`
    return skipped(item, 'unknown-format', 'no importer knows what this is')
  })
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).slice(0, 300)

function work(task: ParserTask): void {
  credit = BATCH.underWay
  run(task).then(
    () => send({ is: 'done' }),
    (error: unknown) => send({ is: 'failed', reason: error instanceof ArchiveError ? error.reason : null, detail: messageOf(error) }),
  )
}
