/**
 * A writer's session: lease, tip in memory, published tree. Opened at start and after every doubt by the same steps, which check what is
 * stored before anything is added to it.
 */
import type { Lease } from './lease.ts'
import type { LogKey } from './log-key.ts'
import { type Checkpoint, readCheckpoint, storeCheckpoint } from './store.ts'
import { Tip } from './tip.ts'
import type { PublishedTree } from './tree.ts'
import { LedgerFault, type TreeHead } from './types.ts'

export type Session = { readonly lease: Lease; readonly tip: Tip; readonly checkpoint: Checkpoint }

/**
 * Loads the tip, publishes it, and signs its checkpoint again if a crash fell between COMMIT and note.
 *
 * @throws {LedgerFault} GIVE_UP when the stored tree contradicts a checkpoint that was signed or a head that was published
 */
export async function beginSession(lease: Lease, tree: PublishedTree, logKey: LogKey): Promise<Session> {
  const { tip, tiles } = await Tip.load(lease.client)
  const published = tree.head
  const newest = await readCheckpoint(lease.client)
  const signed = newest === null ? published : logKey.open(newest.note)
  assertNotBehind(tip.head, published)
  assertNotBehind(tip.head, signed)
  tree.publish(tip.head, tiles)
  for (const earlier of [published, signed]) await assertPrefix(tree, earlier)
  if (newest !== null && signed.size === tip.head.size) return { lease, tip, checkpoint: newest }
  const checkpoint = { size: tip.head.size, note: logKey.sign(tip.head) }
  await storeCheckpoint(lease.client, checkpoint)
  return { lease, tip, checkpoint }
}

function assertNotBehind(stored: TreeHead, known: TreeHead): void {
  if (stored.size >= known.size) return
  throw new LedgerFault(
    'GIVE_UP',
    `This database was restored to an earlier state: it holds ${stored.size} entries, but a checkpoint of ${known.size} was published. The last ${known.size - stored.size} are missing.`,
  )
}

async function assertPrefix(tree: PublishedTree, { size, root }: TreeHead): Promise<void> {
  if (Buffer.compare(await tree.rootAt(size), root) === 0) return
  throw new LedgerFault('GIVE_UP', `The stored tree contradicts the signed checkpoint of size ${size}: the database was altered.`)
}
