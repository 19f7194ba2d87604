/** Files that come with conversations: each sealed on disk at once, its event left for the next commit, the same content kept once. */
import { fileTypeFromBuffer } from 'file-type'
import type pg from 'pg'
import { assetIdOf } from '../events/identifiers.ts'
import type { Command } from '../handlers/commands.ts'
import { assetById } from '../projections/read/imports.ts'
import type { RowCipher } from '../projections/row-cipher.ts'
import { ArchiveError } from './archive/archive-error.ts'
import { removeFile, type SealedFile, sealFile } from './assets.ts'
import type { FoundAsset } from './found.ts'
import type { StoredAsset } from './record.ts'
import type { Tally } from './tally.ts'

export type FileKeeperDeps = {
  readonly config: { readonly dataDir: string }
  readonly pool: pg.Pool
  readonly cipher: RowCipher
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

export type FileKeeperTask = {
  readonly accountId: string
  readonly tally: Tally
  /** The bytes of a member of the archive. */
  readonly open: (member: string) => AsyncIterable<Uint8Array>
}

export class FileKeeper {
  readonly #deps: FileKeeperDeps
  readonly #task: FileKeeperTask
  readonly #byName = new Map<string, StoredAsset>()
  readonly #kept = new Set<string>()
  #commands: Command[] = []

  constructor(deps: FileKeeperDeps, task: FileKeeperTask) {
    this.#deps = deps
    this.#task = task
  }

  /** The file that a source calls so; null when it was not told, or could not be read. */
  find(nativeId: string): StoredAsset | null {
    return this.#byName.get(nativeId) ?? null
  }

  /** Events of files that are on disk now, to be recorded before what names them. */
  taken(): readonly Command[] {
    const commands = this.#commands
    this.#commands = []
    return commands
  }

  async keep({ nativeId, content, name, mime }: FoundAsset): Promise<void> {
    if (this.#byName.has(nativeId)) return
    const { tally, accountId } = this.#task
    tally.found.assets++
    const sealed = await this.#sealed(nativeId, content)
    if (sealed === null) return
    const assetId = assetIdOf(accountId, sealed.sha256)
    const type = mime ?? (await fileTypeFromBuffer(sealed.head))?.mime ?? 'application/octet-stream'
    const stored = { assetId, bytes: sealed.bytes, mime: plain(type, 200), name: name === null ? null : plain(name, 2048) }
    const isHere = this.#kept.has(assetId) || (await this.#isStored(assetId))
    this.#byName.set(nativeId, stored)
    this.#kept.add(assetId)
    if (isHere) {
      tally.unchanged.assets++
      await removeFile(this.#deps.config.dataDir, sealed.file)
      return
    }
    tally.imported.assets++
    const { file, key, sha256, bytes } = sealed
    const at = new Date(this.#deps.now()).toISOString()
    this.#commands.push({ do: 'StoreAsset', data: { id: assetId, accountId, at, sha256, bytes, mime: stored.mime, name: stored.name, file, key } })
  }

  async #sealed(nativeId: string, content: FoundAsset['content']): Promise<SealedFile | null> {
    try {
      return await sealFile(this.#deps.config.dataDir, 'member' in content ? this.#task.open(content.member) : once(content.bytes))
    } catch (error) {
      if (!(error instanceof ArchiveError)) throw error
      this.#task.tally.skip('member' in content ? content.member : nativeId, error.reason, error.message)
      return null
    }
  }

  async #isStored(assetId: string): Promise<boolean> {
    return (await assetById(this.#deps.pool, this.#deps.cipher, this.#task.accountId, assetId)) !== null
  }
}

const plain = (text: string, most: number): string => text.slice(0, most).toWellFormed().replaceAll('\0', '')

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
