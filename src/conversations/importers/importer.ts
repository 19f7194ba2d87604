/**
 * What every importer is: a value that knows one format, recognises it by the shape of what is inside, and reads it piece by piece.
 *
 * Importers are pure but for the archive they are given: no clock, no randomness, no network; nothing that they find is executed or fetched.
 * Everything in an archive is attacker-controlled. What cannot be read is told as `skipped`, with the reason, and the rest goes on; an importer
 * throws only for what makes the archive itself unreadable (`ArchiveError`). They run in a thread of their own.
 */
import type { Found } from '../found.ts'

export type Member = {
  /** Safe: relative, with `/`, no `..`. What lies in an archive inside the archive begins with that one's path: `a.zip/b.json`. */
  readonly path: string
  /** Unpacked. */
  readonly bytes: number
}

/** A file, folder or (nested) zip, behind one face. */
export type Archive = {
  /** As its owner calls it. */
  readonly name: string
  /** Hex, of the file that was given; of a folder: of its members' names and contents. */
  readonly sha256: string
  /** In the archive's order; without folders. What was refused (unsafe path, bomb, encrypted) is not among them, and is reported by whoever opened it. */
  readonly members: readonly Member[]
  /** The member's bytes, unpacked. @throws {ArchiveError} while it is read, when it is damaged or larger than allowed */
  open(path: string): AsyncIterable<Uint8Array>
  /** At most the first `bytes` of it; of a damaged one, what can be read. Cheap when asked again. */
  head(path: string, bytes: number): Promise<Uint8Array>
  /** Path of a private copy on disk, for what cannot be read as a stream (SQLite); removed when the archive is closed. */
  copy(path: string): Promise<string>
}

/** `score`: 0 … 1, how sure. 1 is for a shape that no other format has, 0.5 for "could be", below 0.2 for the last resort. */
export type Detection = {
  readonly score: number
  /** What this importer accounts for: what it reads, and what it knows and leaves. The other members are offered to other importers. */
  readonly members: readonly string[]
  /** A note of the importer to itself. */
  readonly variant?: string
}

export type Importer = {
  /** As in reports and in `source.importer`: printable ASCII without spaces. */
  readonly name: string
  /** Raised when the same bytes would be read differently. */
  readonly version: number
  /** Of what it reads, unless a conversation says otherwise. */
  readonly provider: string
  /** By content, from the first bytes of members (see `peek`), never by a file's name alone. Null: not this format. */
  detect(archive: Archive): Promise<Detection | null>
  read(archive: Archive, detection: Detection): AsyncIterable<Found>
}
