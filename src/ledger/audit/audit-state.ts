/** What an audit leaves behind for the next one. */
import type { CheckpointAudit } from './checkpoint-audit.ts'
import type { CommitAudit } from './commit-audit.ts'
import type { ErasureAudit } from './erasure-audit.ts'
import type { OriginAudit } from './origin-audit.ts'
import type { Counts } from './report.ts'
import type { TileHashes } from './tree.ts'

/** Everything that was found right so far: an audit that goes on from it says what one that never stopped would have said. */
export type AuditState = {
  readonly verifierKey: string
  readonly size: number
  /** Hex. */
  readonly root: string
  /** The newest checkpoint that was taken. */
  readonly note: string
  readonly counts: Counts
  readonly origins: ReturnType<OriginAudit['save']>
  readonly commits: ReturnType<CommitAudit['save']>
  readonly erasures: ReturnType<ErasureAudit['save']>
  readonly checkpoints: ReturnType<CheckpointAudit['save']>
  /** Can be read once. */
  readonly tiles: Iterable<TileHashes>
}
