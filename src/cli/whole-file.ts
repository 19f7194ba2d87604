/** Files that appear only when they are whole, and on the disk. */
import { open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CommandError } from './command.ts'

/** Writes to stdout for `-`, otherwise to a file that its owner alone may read. @param what  as in "A backup is no text for a terminal" */
export async function writeWhole(file: string, chunks: AsyncIterable<Uint8Array>, what: string): Promise<void> {
  if (file === '-') await toStdout(chunks, what)
  else await toFile(file, chunks)
}

async function toStdout(chunks: AsyncIterable<Uint8Array>, what: string): Promise<void> {
  if (process.stdout.isTTY) throw new CommandError('FAILED', `${what} is no text for a terminal: name a file, or pipe it.`)
  await pipeline(chunks, process.stdout, { end: false })
}

async function toFile(file: string, chunks: AsyncIterable<Uint8Array>): Promise<void> {
  const partial = `${file}.partial`
  await rm(partial, { force: true })
  const handle = await open(partial, 'wx', 0o600)
  try {
    for await (const chunk of chunks) await handle.write(chunk)
    await handle.sync()
    await rename(partial, file)
    await syncDirectory(path.dirname(file))
  } catch (error) {
    await rm(partial, { force: true })
    throw error
  } finally {
    await handle.close()
  }
}

/** The name too is on the disk. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory)
  await handle.sync().finally(() => handle.close())
}
