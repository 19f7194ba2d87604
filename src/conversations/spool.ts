/**
 * What was given to be imported, kept until the import has been reported: `<dataDir>/imports/<id>` (mode 0600) beside `<id>.json`, which says what
 * it is. A file that lies on this machine already is only named. An instance that was killed finds here what it has to go on with.
 */
import { createHash } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { ArchiveError } from './archive/archive-error.ts'
import { fingerprint } from './archive/open-archive.ts'

/** `file`: absolute. `isCopy`: ours to remove. */
export type Spooled = {
  readonly id: string
  readonly accountId: string
  readonly name: string
  readonly provider: string | null
  readonly file: string
  readonly isCopy: boolean
  readonly bytes: number
  readonly sha256: string
}

/** Of an upload, bytes. */
export const LARGEST_UPLOAD = 4 * 1024 ** 3

export class Spool {
  readonly #folder: string

  constructor(dataDir: string) {
    this.#folder = path.join(dataDir, 'imports')
  }

  /** For copies of an import under way; emptied when the instance starts. */
  get workDir(): string {
    return path.join(this.#folder, 'work')
  }

  /** Empties what was left by a process that was killed. */
  async open(): Promise<void> {
    await rm(this.workDir, { recursive: true, force: true })
    await mkdir(this.workDir, { recursive: true, mode: 0o700 })
  }

  /** Keeps the bytes of an upload. @throws {ArchiveError} when there are too many; whatever the stream throws */
  async keep(of: Omit<Spooled, 'file' | 'isCopy' | 'bytes' | 'sha256'>, content: AsyncIterable<Uint8Array>): Promise<Spooled> {
    const file = path.join(this.#folder, of.id)
    const handle = await open(file, 'wx', 0o600)
    const digest = createHash('sha256')
    let bytes = 0
    try {
      for await (const chunk of content) {
        bytes += chunk.length
        if (bytes > LARGEST_UPLOAD) throw new ArchiveError('too-large', `over the limit of ${LARGEST_UPLOAD} bytes`)
        digest.update(chunk)
        await handle.writeFile(chunk)
      }
      await handle.sync()
    } catch (error) {
      await handle.close()
      await rm(file, { force: true })
      throw error
    }
    await handle.close()
    return this.#noted({ ...of, file, isCopy: true, bytes, sha256: digest.digest('hex') })
  }

  /** Takes note of a file or folder of this machine. @throws when it cannot be read */
  async refer(of: Omit<Spooled, 'isCopy' | 'bytes' | 'sha256'>): Promise<Spooled> {
    await stat(of.file)
    return this.#noted({ ...of, isCopy: false, ...(await fingerprint(of.file)) })
  }

  async #noted(spooled: Spooled): Promise<Spooled> {
    const note = this.#note(spooled.id)
    await writeFile(`${note}.new`, JSON.stringify(spooled), { mode: 0o600, flush: true })
    await rename(`${note}.new`, note)
    return spooled
  }

  /** Everything that is here, the oldest first. */
  async all(): Promise<readonly Spooled[]> {
    const names = (await readdir(this.#folder)).filter((name) => name.endsWith('.json'))
    const read = await Promise.all(names.map(async (name) => JSON.parse(await readFile(path.join(this.#folder, name), 'utf8')) as Spooled))
    return read.sort((a, b) => a.id.length - b.id.length || (a.id < b.id ? -1 : 1))
  }

  /** The import was reported: nothing is kept of it here. */
  async remove({ id }: Pick<Spooled, 'id'>): Promise<void> {
    await rm(path.join(this.#folder, id), { force: true })
    await rm(this.#note(id), { force: true })
  }

  #note(id: string): string {
    return path.join(this.#folder, `${id}.json`)
  }
}
