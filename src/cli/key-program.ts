/** `vivim key …`: its words and options, and what it prints. */
import { type Command, InvalidArgumentError } from 'commander'
import { makeKeyFile, readKeyFile } from './key-file.ts'
import type { KeysChanged, ShownKeys } from './keys.ts'
import type { Reached } from './reach.ts'
import { count, print, printable, printJson, remark, styled } from './terminal.ts'

type Json = { readonly json?: true }
type WithInstance = <T>(use: (instance: Reached) => Promise<T>) => Promise<T>
type After = { readonly after?: number }

const JSON_OPTION = ['--json', 'print the result as JSON'] as const
const WHOSE = ['<whose>', 'user name, or "instance"'] as const
const AFTER = ['--after <position>', 'it was stolen: what it signed after this position of the log is marked as not its owner’s', position] as const

export function addKeys(program: Command, withInstance: WithInstance): void {
  const keys = program.command('key').description('The keys that sign for the instance and for accounts')
  const said = (json: true | undefined, what: string, changed: KeysChanged): void => {
    if (json) return printJson(changed)
    print(
      `${what}, by entry ${count(changed.position)}.${changed.custody === null ? '' : ` This instance signs for ${changed.whose} with ${changed.custody}.`}`,
    )
  }

  keys
    .command('list')
    .argument(...WHOSE)
    .description('Show the keys that sign, and those that did')
    .option(...JSON_OPTION)
    .action(async (whose: string, { json }: Json) => {
      const shown = await withInstance((instance) => instance.call('key list', { whose }))
      if (json) printJson(shown)
      else print(keysText(shown))
    })

  keys
    .command('rotate')
    .argument(...WHOSE)
    .description('Put a new key in the place of the one that this instance keeps')
    .option('--hybrid', 'the new one signs with Ed25519 and ML-DSA-65')
    .option('--ed25519', 'the new one signs with Ed25519 alone')
    .option(...AFTER)
    .option(...JSON_OPTION)
    .action(async (whose: string, { hybrid, ed25519, after, json }: Json & After & { hybrid?: true; ed25519?: true }) => {
      const suite = hybrid ? 'hybrid' : ed25519 ? 'ed25519' : null
      said(json, 'Exchanged', await withInstance((instance) => instance.call('key rotate', { whose, suite, after: after ?? null })))
      remark('Make a backup now: older ones do not hold this key.')
    })

  keys
    .command('add')
    .argument(...WHOSE)
    .argument('<key>', 'did:key of the device; of a hybrid key both, joined by a comma')
    .description('Let a device sign')
    .option(...JSON_OPTION)
    .action(async (whose: string, key: string, { json }: Json) =>
      said(json, 'Added', await withInstance((instance) => instance.call('key add', { whose, key }))),
    )

  keys
    .command('revoke')
    .argument(...WHOSE)
    .argument('<id>', 'the key’s 32 hexadecimal digits, from vivim key list')
    .description('Let a key sign nothing more')
    .option(...AFTER)
    .option(...JSON_OPTION)
    .action(async (whose: string, key: string, { after, json }: Json & After) =>
      said(json, 'Revoked', await withInstance((instance) => instance.call('key revoke', { whose, key, after: after ?? null }))),
    )

  keys
    .command('recovery')
    .argument(...WHOSE)
    .argument('<keys...>', 'did:key of each, the strongest first; of a hybrid key both, joined by a comma')
    .description('Let these keys undo for 72 hours whatever the key that is kept here does to the keys')
    .option(...JSON_OPTION)
    .action(async (whose: string, recovery: string[], { json }: Json) =>
      said(json, 'Protected', await withInstance((instance) => instance.call('key recovery', { whose, keys: recovery }))),
    )

  keys
    .command('make')
    .argument('<file>', 'where to write it; keep it where the instance is not')
    .description('Make a recovery key, and print its did:key for vivim key recovery')
    .option('--hybrid', 'it signs with Ed25519 and ML-DSA-65')
    .option(...JSON_OPTION)
    .action(async (file: string, { hybrid, json }: Json & { hybrid?: true }) => {
      const made = await makeKeyFile(file, hybrid === true)
      if (json) return printJson({ file, id: made.id, didKeys: made.didKeys })
      print(made.didKeys.join(','))
      remark(`Whoever has ${file} has this key. Let it recover: vivim key recovery <whose> <did:key>`)
    })

  keys
    .command('recover')
    .argument(...WHOSE)
    .requiredOption('--with <file>', 'a recovery key that vivim key make made')
    .option('--after <position>', 'disown what weaker keys did after this position of the log, within 72 hours', position)
    .description('Take the keys back with a recovery key: this instance signs with a new one from then on')
    .option(...JSON_OPTION)
    .action(async (whose: string, { with: file, after, json }: Json & After & { with: string }) => {
      const key = await readKeyFile(file)
      const recover = async (instance: Reached): Promise<KeysChanged> => {
        const { commit } = await instance.call('key propose', { whose, key: key.didKeys.join(','), after: after ?? null })
        const signature = await key.sign(Buffer.from(commit, 'base64'))
        return instance.call('key recover', { whose, commit, signature: Buffer.from(signature).toString('base64') })
      }
      said(json, 'Recovered', await withInstance(recover))
      remark('Make a backup now: older ones do not hold this key.')
    })

  keys
    .command('require')
    .argument(...WHOSE)
    .argument('<suite>', '"hybrid" or "ed25519"', suiteName)
    .description('Refuse what is signed less strongly from now on')
    .option(...JSON_OPTION)
    .action(async (whose: string, suite: 'hybrid' | 'ed25519', { json }: Json) =>
      said(json, `Required: ${suite}`, await withInstance((instance) => instance.call('key require', { whose, suite }))),
    )
}

function position(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new InvalidArgumentError('A position is a number from 0.')
  return Number(text)
}

function suiteName(text: string): 'hybrid' | 'ed25519' {
  if (text !== 'hybrid' && text !== 'ed25519') throw new InvalidArgumentError('Say "hybrid" or "ed25519".')
  return text
}

function keysText({ whose, actor, custody, requires, keys }: ShownKeys): string {
  const lines = keys.map(({ id, kind, device, recovery, since, frozen, ended, didKeys }) => {
    const roles = [device ? 'device' : '', recovery === null ? '' : `recovery ${recovery + 1}`].filter((role) => role !== '').join(', ')
    const state =
      ended !== null
        ? styled('dim', `${ended.why} at ${count(ended.at)}${ended.after < ended.at ? `, marked after ${count(ended.after)}` : ''}`)
        : frozen !== null
          ? styled('red', `frozen at ${count(frozen)}`)
          : styled('green', 'signs')
    const kept = id === custody ? '  kept here' : ''
    return `${id}  ${kind.padEnd(7)}  ${state}  ${ended === null ? roles : ''}  since ${count(since)}${kept}\n  ${styled('dim', printable(didKeys[0] ?? ''))}`
  })
  const head = `${styled('bold', printable(whose))}  actor ${actor}${requires === 'hybrid' ? '  hybrid signatures required' : ''}`
  return [head, ...lines, ...(custody === null ? ['This instance does not sign for it.'] : [])].join('\n')
}
