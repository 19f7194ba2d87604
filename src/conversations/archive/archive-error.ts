/** What is wrong with an archive or a file in it, in the words of a report. */
import type { SkipReason } from '../../events/conversations.ts'

export class ArchiveError extends Error {
  override readonly name = 'ArchiveError'
  readonly reason: SkipReason
  constructor(reason: SkipReason, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.reason = reason
  }
}
