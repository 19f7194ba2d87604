/** What an archive is made of: members that can be opened, and what was refused. A zip, a folder and a file each make one. */
import type { SkipReason } from '../../events/conversations.ts'
import { ArchiveError } from './archive-error.ts'

export type SourceMember = {
  readonly path: string
  readonly bytes: number
  /** @throws {ArchiveError} while it is read */
  open(): AsyncIterable<Uint8Array>
  /** Where it lies on disk as it is; null inside a zip. */
  readonly file: string | null
}

export type Refused = { readonly item: string; readonly reason: SkipReason; readonly detail: string }

export type Source = {
  readonly members: readonly SourceMember[]
  readonly refused: readonly Refused[]
  close(): Promise<void>
}

/** How much an archive may make us read. Far above what any provider exports. */
export const ARCHIVE_LIMITS = {
  members: 500_000,
  /** Of one member, and of all of them, unpacked. */
  member: 16 * 1024 ** 3,
  total: 64 * 1024 ** 3,
  /** Unpacked to packed, for members larger than `small`: text shrinks to a tenth, a bomb to a thousandth. */
  ratio: 200,
  small: 64 * 1024 ** 2,
  /** Zips in zips in zips. */
  nested: 2,
  path: 1024,
} as const

export type ArchiveLimits = { readonly [K in keyof typeof ARCHIVE_LIMITS]: number }

/** Why a path may not be one, or null. @param path  with `/` between its parts */
export function problemWithPath(path: string): string | null {
  if (path.length > ARCHIVE_LIMITS.path) return 'its path is too long'
  if (/^\/|^[a-z]:/i.test(path)) return 'its path is absolute'
  if (path.split('/').includes('..')) return 'its path leaves the archive'
  return /\p{Cc}/u.test(path) || !path.isWellFormed() ? 'its path has control characters' : null
}

/** The same bytes, ended by an error when they become more than was said. */
export async function* atMost(bytes: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let length = 0
  for await (const chunk of bytes) {
    length += chunk.length
    if (length > most) throw new ArchiveError('bomb', `it unpacks to more than the ${most} bytes that it says`)
    yield chunk
  }
}
