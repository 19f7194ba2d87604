/**
 * Media on disk: files under names that nobody can guess and no client chooses, written once and never changed.
 *
 * Only paths of the shape that `write` makes ever reach the file system, so no trick in an address can leave the directory.
 */
import { randomBytes } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { TYPE_OF } from './types.ts'

/** Bytes and how they are named: `extension` is one of `types.ts`. */
export type StoredFile = { readonly bytes: Uint8Array; readonly extension: string }

/** `ab/<30 hex digits>.<extension>` */
const PATH = /^[0-9a-f]{2}\/[0-9a-f]{30}\.([a-z0-9]{2,4})$/

const DIRECTORIES = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

export class MediaFiles {
  readonly #root: string

  /** @param root  directory; made when something is written */
  constructor(root: string) {
    this.#root = root
  }

  /** The new file's path below the media route. Complete or absent, also after a crash. */
  async write({ bytes, extension }: StoredFile): Promise<string> {
    const name = randomBytes(16).toString('hex')
    const stored = `${name.slice(0, 2)}/${name.slice(2)}.${extension}`
    const target = path.join(this.#root, stored)
    await mkdir(path.dirname(target), { recursive: true })
    await writeFile(`${target}.part`, bytes, { flag: 'wx', mode: 0o640, flush: true })
    await rename(`${target}.part`, target)
    return stored
  }

  /** The file and its media type, or null when there is none. The caller closes the handle. `stored` is attacker-controlled. */
  async open(stored: string): Promise<{ readonly handle: FileHandle; readonly size: number; readonly type: string } | null> {
    const extension = PATH.exec(stored)?.[1]
    const type = extension === undefined ? undefined : TYPE_OF.get(extension)
    if (type === undefined) return null
    try {
      const handle = await open(path.join(this.#root, stored), 'r')
      return { handle, size: (await handle.stat()).size, type }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
      throw error
    }
  }

  /**
   * Names of files that were written before a moment, in no order. What a crash left half written long ago is removed on the way.
   *
   * @param before  milliseconds since the epoch
   */
  async *writtenBefore(before: number): AsyncGenerator<string> {
    for (const directory of DIRECTORIES) {
      for (const name of await namesIn(path.join(this.#root, directory))) {
        const stored = `${directory}/${name}`
        if (!PATH.test(stored.replace(/\.part$/, '')) || (await writtenAt(path.join(this.#root, stored))) >= before) continue
        if (name.endsWith('.part')) await rm(path.join(this.#root, stored), { force: true })
        else yield stored
      }
    }
  }

  /** Removes files that `write` made, also again; others are left alone. */
  async remove(stored: readonly string[]): Promise<void> {
    await Promise.all(stored.filter((name) => PATH.test(name)).map((name) => rm(path.join(this.#root, name), { force: true })))
  }
}

/** Empty when there is no such directory. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}

/** Milliseconds since the epoch; infinitely late for a file that is gone. */
async function writtenAt(file: string): Promise<number> {
  try {
    return (await stat(file)).mtimeMs
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Infinity
    throw error
  }
}
