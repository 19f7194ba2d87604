/**
 * A writer's session: lease, tip in memory, published tree. Opened at start and after every doubt by the same steps, which check what is
 * stored before anything is added to it.
 */
import type { Lease } from './lease.ts'
import type { LogKey } from './log-key.ts'
import { type Checkpoint, readCheckpoint, storeCheckpoint } from './store.ts'
import { Tip } from './tip.ts'
import { PublishedTree } from './tree.ts'
import { LedgerFault, type TreeHead } from './types.ts'

export type Session = { readonly lease: Lease; readonly tip: Tip; readonly checkpoint: Checkpoint }

/**
 * Loads the tip, checks it, signs its checkpoint again if a crash fell between COMMIT and note, and publishes it.
 *
 * @throws {LedgerFault} GIVE_UP when the stored tree contradicts a checkpoint that was signed or a head that was published
 */
export async function beginSession(lease: Lease, tree: PublishedTree, logKey: LogKey): Promise<Session> {
  const { tip, tiles } = await Tip.load(lease.client)
  const newest = await readCheckpoint(lease.client)
  const signed = newest === null ? tip.head : logKey.open(newest.note)
  const stored = new PublishedTree(lease.client, tip.head, tiles)
  for (const earlier of [tree.head, signed]) await assertPrefix(earlier, stored)
  const checkpoint = newest?.size === tip.head.size ? newest : { size: tip.head.size, note: logKey.sign(tip.head) }
  if (checkpoint !== newest) await storeCheckpoint(lease.client, checkpoint)
  tree.publish(tip.head, tiles)
  return { lease, tip, checkpoint }
}

/** What was published or signed before must be the beginning of what is stored. */
async function assertPrefix({ size, root }: TreeHead, stored: PublishedTree): Promise<void> {
  const { size: found } = stored.head
  if (found < size) {
    throw new LedgerFault(
      'GIVE_UP',
      `This database was restored to an earlier state: it holds ${found} entries, but a checkpoint of ${size} was published. The last ${size - found} are missing.`,
    )
  }
  if (Buffer.compare(await stored.rootAt(size), root) === 0) return
  throw new LedgerFault('GIVE_UP', `The stored tree contradicts the signed checkpoint of size ${size}: the database was altered.`)
}
