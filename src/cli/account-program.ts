/** `vivim account erase` and `vivim account export`: their words and options. */
import type { Command } from 'commander'
import { CommandError } from './command.ts'
import type { Reached } from './reach.ts'
import { count, ProgressBar, print, printJson } from './terminal.ts'
import { writeWhole } from './whole-file.ts'

type Json = { readonly json?: true }
type WithInstance = <T>(use: (instance: Reached) => Promise<T>) => Promise<T>

const JSON_OPTION = ['--json', 'print the result as JSON'] as const

/** @param account  the command `vivim account` */
export function addAccountPrograms(account: Command, withInstance: WithInstance): void {
  account
    .command('erase')
    .argument('<name>', 'user name')
    .description('Delete an account for good: its posts, files and keys, and every payload it recorded in the log')
    .option('--yes', 'I mean it: this cannot be undone')
    .option(...JSON_OPTION)
    .action(async (username: string, { yes, json }: Json & { yes?: true }) => {
      if (yes !== true) throw new CommandError('REFUSED', `This cannot be undone. To erase the account ${username}, add --yes.`)
      const bar = new ProgressBar()
      const erase = (instance: Reached) => instance.call('account erase', { username }, (progress) => bar.update(progress))
      const done = await withInstance(erase).finally(() => bar.end())
      if (json) return printJson(done)
      print(`Deleted @${done.username}, by entry ${count(done.position)}.`)
      print(
        done.erased
          ? 'Everything the account recorded is erased. Its keys go when other servers have been told.'
          : 'The instance does not run: what the account recorded is erased when it does, after other servers are told.',
      )
    })

  account
    .command('export')
    .argument('<name>', 'user name')
    .argument('<file>', 'where to write; - for stdout')
    .description('Write everything an account signed, with proofs, to one file, which vivim verify verifies anywhere')
    .option(...JSON_OPTION)
    .action(async (username: string, file: string, { json }: Json) => {
      const bytes = await withInstance((instance) => archiveTo(file, username, instance))
      if (file === '-') return
      if (json) printJson({ file, bytes, account: username })
      else print(`Wrote ${count(bytes)} bytes to ${file}. It holds private posts too: it is for @${username} alone.`)
    })
}

async function archiveTo(file: string, username: string, instance: Reached): Promise<number> {
  const bar = new ProgressBar()
  let bytes = 0
  async function* counted(): AsyncGenerator<Uint8Array> {
    for await (const chunk of instance.archive(username)) {
      bytes += chunk.length
      bar.update({ label: 'Exporting', done: bytes, total: 0 })
      yield chunk
    }
  }
  await writeWhole(file, counted(), 'An archive').finally(() => bar.end())
  return bytes
}
