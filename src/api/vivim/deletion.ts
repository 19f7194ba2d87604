/** A conversation goes, and what goes with it. */
import type { Command } from '../../handlers/commands.ts'
import { consequencesOfDeletion } from '../../memory/consequences.ts'
import { assetsOnlyIn } from '../../projections/read/imports.ts'
import { performAll, type VaultDeps } from './owned.ts'

/** Deletes a conversation of the account, files that only it shows, and what was learnt from it alone. */
export async function deleteConversation(deps: VaultDeps, accountId: string, id: string): Promise<void> {
  const { pool, vault } = deps
  const own = { accountId, at: new Date(deps.now()).toISOString() }
  const [files, consequences] = await Promise.all([
    assetsOnlyIn(pool, vault.cipher, id),
    consequencesOfDeletion(pool, vault.cipher, { ...own, conversationId: id, by: { account: accountId } }),
  ])
  await performAll(deps, accountId, [
    ...files.map((file): Command => ({ do: 'DeleteAsset', data: { id: file.id, ...own } })),
    { do: 'DeleteConversation', data: { id, ...own } },
    ...consequences,
  ])
}
