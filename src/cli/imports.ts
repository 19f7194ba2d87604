/** Importing conversations, for the operator: a file of this machine, into an account of this instance. */
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { z } from 'zod'
import type { ImportProgress } from '../conversations/job.ts'
import type { ImportReport } from '../events/conversations.ts'
import type { Instance } from '../instance.ts'
import { localAccount } from '../projections/read/accounts.ts'
import { CommandError, command, type OnProgress } from './command.ts'

export const IMPORT_COMMANDS = {
  /** Reported like any other import, whatever was in the file. */
  import: command(
    z.strictObject({ account: z.string().min(1).max(100), file: z.string().min(1).max(4_000), provider: z.string().max(60).nullable() }),
    async (instance, { account, file, provider }, onProgress): Promise<ImportReport> => {
      const found = await localAccount(instance.pool, account)
      if (found === null) throw new CommandError('REFUSED', `There is no account ${account} on this instance.`)
      if (!path.isAbsolute(file) || !(await canRead(file)))
        throw new CommandError('REFUSED', `${file} is not there, or this instance may not read it.`)
      const { imports } = instance.vault
      const name = path.basename(file)
      const id = await imports.start({ accountId: found.id, file, name, via: 'command', ...(provider === null ? {} : { provider }) })
      return followed(instance, id, onProgress)
    },
  ),
}

/** Its report, and until then how far it is. */
async function followed({ vault: { imports } }: Instance, id: string, onProgress: OnProgress): Promise<ImportReport> {
  const stop = imports.onProgress(id, (progress) => onProgress({ label: labelOf(progress), done: progress.bytes, total: progress.totalBytes }))
  try {
    return await imports.finished(id)
  } finally {
    stop()
  }
}

const labelOf = ({ found }: ImportProgress): string =>
  `${found.conversations.toLocaleString('en')} conversations, ${found.messages.toLocaleString('en')} messages`

const canRead = (file: string): Promise<boolean> =>
  stat(file).then(
    () => true,
    () => false,
  )
