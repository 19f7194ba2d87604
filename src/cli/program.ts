/** The `vivim` command: its words, its options, its exit codes. */
import { randomBytes } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { Command, CommanderError, InvalidArgumentError } from 'commander'
import { VERSION } from '../api/version.ts'
import { ConfigError, readConfig } from '../config.ts'
import { LogUnreachable } from '../ledger/audit/log-client.ts'
import { addAccountPrograms } from './account-program.ts'
import { audit, exportTo } from './audit.ts'
import { backup } from './backup.ts'
import { CommandError } from './command.ts'
import { addImport } from './import-program.ts'
import { addKeys } from './key-program.ts'
import { listText } from './list-commits.ts'
import { addMcp } from './mcp-program.ts'
import { readPassphrase } from './passphrase.ts'
import { auditText } from './print-audit.ts'
import { backupText, restoredText } from './print-backup.ts'
import { commitText } from './print-commit.ts'
import { projectionsText } from './print-projections.ts'
import { verifyText } from './print-verify.ts'
import { type Reached, reach } from './reach.ts'
import { pointInTime, restore } from './restore.ts'
import { count, jsonText, ProgressBar, print, printable, printJson, remark } from './terminal.ts'
import { type VerifyArgs, verifyFile } from './verify.ts'
import { archiveText, isArchive, verifyArchiveFile } from './verify-archive.ts'
import { addWitnessing } from './witness-program.ts'

/** Done; the answer is no (an audit found something, a rule refused); it could not be done (usage, configuration, network, disk). */
const EXIT = { done: 0, no: 1, failed: 2 } as const
type Exit = (typeof EXIT)[keyof typeof EXIT]

/** @param argv  without node and script. @returns the exit code; never throws for what a person can cause */
export async function run(argv: readonly string[]): Promise<number> {
  let exit: Exit = EXIT.done
  const program = build((code) => {
    exit = code
  })
  try {
    await program.parseAsync(argv, { from: 'user' })
    return exit
  } catch (error) {
    return explain(error, argv.includes('--json'))
  }
}

function build(finish: (exit: Exit) => void): Command {
  const program = new Command('vivim')
    .description('Looks after a VIVIM instance, and proves what its ledger says.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('Try: vivim --help')
    .addHelpText(
      'after',
      '\nThe instance is the one of this directory (VIVIM_DATA), whether it runs or not.\nExit codes: 0 done, 1 the answer is no, 2 it could not be done.',
    )
  addAudit(program, finish)
  addVerify(program, finish)
  addBackup(program)
  addLedger(program)
  addAccounts(program)
  addAuditors(program)
  addImport(program, withInstance, () => finish(EXIT.no))
  addKeys(program, withInstance)
  addMcp(program, withInstance)
  addWitnessing(program, withInstance)
  addProjections(program)
  return program
}

const JSON_OPTION = ['--json', 'print the result as JSON'] as const
type Json = { readonly json?: true }

type AuditFlags = { vkey?: string; state?: string; all?: true; since?: string; policy?: string }

function addAudit(program: Command, finish: (exit: Exit) => void): void {
  program
    .command('audit')
    .argument('[source]', 'export file, URL of an instance, or - for stdin; without it: this instance’s own database')
    .description('Verify a log: every leaf, root, checkpoint, author chain, signature, and payload that is there')
    .option('--vkey <key>', 'verifier key of the log that you trust; otherwise the one it names')
    .option('--policy <file>', 'tlog-policy: the witnesses that count, and how many of them it takes')
    .option('--state <file>', 'remember what was verified: the next audit goes on from there, also after an interruption')
    .option('--all', 'with --state: check all of it again, and that the log has only grown')
    .option('--since <file>', 'a checkpoint that you trust: check that the log still contains it, and what came after it')
    .option(...JSON_OPTION)
    .action(async (source: string | undefined, { vkey, state, all, since, policy, json }: Json & AuditFlags) => {
      const report = await audit({ source, vkey, state, all: all === true, since, policy }, withInstance)
      if (json) printJson(report)
      else print(auditText(report))
      if (!report.ok) finish(EXIT.no)
    })

  program
    .command('export')
    .argument('<file>', 'where to write; - for stdout')
    .description('Write the whole log to one file, which vivim audit verifies anywhere')
    .option('--public', 'only what anyone may see: no payloads, private commits as their leaves')
    .option(...JSON_OPTION)
    .action(async (file: string, { public: isPublic, json }: Json & { public?: true }) => {
      const bytes = await withInstance((instance) => exportTo(file, isPublic ? 'public' : 'full', instance))
      if (file === '-') return
      if (json) printJson({ file, bytes, disclosure: isPublic ? 'public' : 'full' })
      else print(`Wrote ${count(bytes)} bytes to ${file}.${isPublic ? '' : ' It opens everything: keep it as you keep the database.'}`)
    })
}

function addBackup(program: Command): void {
  program
    .command('backup')
    .argument('<file>', 'where to write; - for stdout')
    .description('Write the whole instance to one encrypted file, while it runs or while it does not')
    .option('--passphrase-file <file>', 'its first line encrypts the backup; otherwise a passphrase is made up and shown')
    .option(...JSON_OPTION)
    .action(async (file: string, { passphraseFile, json }: Json & { passphraseFile?: string }) => {
      const passphrase = passphraseFile === undefined ? randomBytes(15).toString('base64url') : await readPassphrase(passphraseFile)
      const bar = new ProgressBar()
      const made = await backup({ config: readConfig(), file, passphrase, onProgress: (progress) => bar.update(progress) }).finally(() => bar.end())
      const shown = passphraseFile === undefined ? { ...made, passphrase } : made
      const say = file === '-' ? remark : print // stdout is taken
      say(json ? jsonText(shown) : backupText(shown))
    })

  program
    .command('restore')
    .argument('<file>', 'a backup; - for stdin')
    .description('Make an instance out of a backup, in an empty data directory, once every proof in it has been verified')
    .option('--at <size|checkpoint>', 'only the first so many entries, or as of the checkpoint in a file')
    .option('--vkey <key>', 'verifier key of the log that you trust')
    .option('--passphrase-file <file>', 'its first line opens the backup; otherwise it is asked for')
    .option(...JSON_OPTION)
    .action(async (file: string, { at, vkey, passphraseFile, json }: Json & { at?: string; vkey?: string; passphraseFile?: string }) => {
      if (file === '-' && passphraseFile === undefined)
        throw new CommandError('FAILED', 'The backup comes from stdin: give the passphrase with --passphrase-file.')
      const passphrase = await readPassphrase(passphraseFile)
      const bar = new ProgressBar()
      const restored = await restore({
        config: readConfig(),
        file,
        passphrase,
        at: at === undefined ? null : await pointInTime(at),
        verifierKey: vkey,
        onProgress: (progress) => bar.update(progress),
      }).finally(() => bar.end())
      if (json) printJson(restored)
      else print(restoredText(restored))
    })
}

function addVerify(program: Command, finish: (exit: Exit) => void): void {
  program
    .command('verify')
    .argument('<file>', 'receipt (.tlog-proof) or archive of an account; - for a receipt from stdin')
    .description('Verify a receipt or an archive offline: that its entries are in the log, who signed them, and what they say')
    .option('--vkey <key>', 'verifier key of the log that you trust; otherwise the one the receipt names')
    .option('--policy <file>', 'logs and witnesses that you trust, as a C2SP policy')
    .option(...JSON_OPTION)
    .action(async (file: string, { vkey, policy, json }: Json & { vkey?: string; policy?: string }) => {
      const proof = (await isArchive(file)) ? await verifiedArchive({ file, vkey, policy }) : await verifiedReceipt({ file, vkey, policy })
      if (json) printJson(proof.report)
      else print(proof.text)
      if (!proof.report.ok) finish(EXIT.no)
    })
}

async function verifiedReceipt(args: VerifyArgs) {
  const report = await verifyFile(args)
  return { report, text: verifyText(report) }
}

async function verifiedArchive(args: VerifyArgs) {
  const report = await verifyArchiveFile(args)
  return { report, text: archiveText(report) }
}

function addLedger(program: Command): void {
  const ledger = program.command('ledger').description('Look into the log')

  ledger
    .command('list')
    .description('Show entries one after another')
    .option('--from <position>', 'where to begin, from 0; without it: the newest', positionOption)
    .option('--limit <count>', 'how many, at most 1000', positionOption, 50)
    .option(...JSON_OPTION)
    .action(async ({ from, limit, json }: Json & { from?: number; limit: number }) => {
      const listed = await withInstance((instance) => instance.call('ledger list', { from: from ?? null, limit }))
      if (json) printJson(listed)
      else print(listText(listed))
    })

  ledger
    .command('show')
    .argument('<position|id>', 'position from 0, or id in hexadecimal')
    .description('Show one entry: signed header, events, opened payloads, and the proof that it is in the log')
    .option(...JSON_OPTION)
    .action(async (ref: string, { json }: Json) => {
      const shown = await withInstance((instance) => instance.call('ledger show', { ref }))
      if (json) printJson(shown)
      else print(commitText(shown))
    })
}

function positionOption(value: string): number {
  if (!/^\d{1,15}$/.test(value)) throw new InvalidArgumentError('It must be a whole number, 0 or more.')
  return Number(value)
}

function addAccounts(program: Command): void {
  const account = program.command('account').description('Accounts on this instance')
  addAccountPrograms(account, withInstance)
  account
    .command('create')
    .argument('<name>', 'user name: letters a–z, digits, underscores')
    .description('Create an account; the first one sets the instance up and owns it')
    .option('--email <address>', 'to sign in with, beside the name')
    .option('--password-stdin', 'read the password from stdin; otherwise one is made up and shown')
    .option('--title <title>', 'name of the instance, for the first account')
    .option(...JSON_OPTION)
    .action(async (username: string, options: Json & { email?: string; passwordStdin?: true; title?: string }) => {
      const { email = null, title = null, passwordStdin, json } = options
      const password = passwordStdin ? (await text(process.stdin)).replace(/\r?\n$/, '') : randomBytes(15).toString('base64url')
      const created = await withInstance((instance) => instance.call('account create', { username, password, email, title }))
      const shown = passwordStdin ? created : { ...created, password }
      if (json) return printJson(shown)
      print(`Created @${created.username}${created.owner ? ', the owner of this instance' : ''}: ${created.url}`)
      if (!passwordStdin) print(`Password: ${password}`)
    })

  program
    .command('token')
    .description('Access tokens')
    .command('create')
    .description('Make an access token for the Mastodon API, for scripts')
    .requiredOption('--account <name>', 'whose token it is')
    .option('--scopes <scopes>', 'what it allows, separated by spaces', 'read')
    .option(...JSON_OPTION)
    .action(async ({ account, scopes, json }: Json & { account: string; scopes: string }) => {
      const created = await withInstance((instance) => instance.call('token create', { account, scopes }))
      if (json) return printJson(created)
      print(created.token)
      remark(`This token allows ${created.scopes.join(', ')} as @${created.account}. It is not shown again.`)
    })
}

function addAuditors(program: Command): void {
  const auditor = program.command('auditor').description('Outsiders who may open private entries of the log')

  auditor
    .command('add')
    .argument('<name>', 'what to call them')
    .description('Admit an auditor: their token opens who did what and when, of every entry')
    .option('--payloads', 'and what was said: posts, messages, everything')
    .option(...JSON_OPTION)
    .action(async (name: string, { payloads = false, json }: Json & { payloads?: boolean }) => {
      const added = await withInstance((instance) => instance.call('auditor add', { name, payloads }))
      if (json) return printJson(added)
      print(added.token)
      remark(`With this token ${name} may open every entry${payloads ? ', payloads too' : ', without payloads'}. It is not shown again.`)
    })

  auditor
    .command('list')
    .description('Show who may open what')
    .option(...JSON_OPTION)
    .action(async ({ json }: Json) => {
      const listed = await withInstance((instance) => instance.call('auditor list', {}))
      if (json) return printJson(listed)
      if (listed.auditors.length === 0) return print('There are no auditors.')
      for (const { name, payloads, since } of listed.auditors)
        print(`${since}  ${payloads ? 'commits and payloads' : 'commits             '}  ${printable(name)}`)
    })

  auditor
    .command('remove')
    .argument('<name>')
    .description('Dismiss an auditor: their token is worth nothing from now on')
    .option(...JSON_OPTION)
    .action(async (name: string, { json }: Json) => {
      const removed = await withInstance((instance) => instance.call('auditor remove', { name }))
      if (json) printJson(removed)
      else print(`${removed.name} may open nothing any more.`)
    })
}

function addProjections(program: Command): void {
  const projections = program.command('projections').description('The read tables, which are made from the log')

  projections
    .command('status')
    .description('Show how far each projection is, and whether it is proven to have seen every entry')
    .option(...JSON_OPTION)
    .action(async ({ json }: Json) => {
      const status = await withInstance((instance) => instance.call('projections status', {}))
      if (json) printJson(status)
      else print(projectionsText(status))
    })

  projections
    .command('rebuild')
    .argument('[name]', 'one projection; without it: all')
    .description('Make the read tables again from the log')
    .option(...JSON_OPTION)
    .action(async (name: string | undefined, { json }: Json) => {
      const bar = new ProgressBar()
      const rebuild = (instance: Reached) => instance.call('projections rebuild', { name: name ?? null }, (progress) => bar.update(progress))
      const done = await withInstance(rebuild).finally(() => bar.end())
      if (json) printJson(done)
      else print(`Rebuilt ${done.rebuilt.join(', ')} from ${count(done.size)} entries.`)
    })
}

/** The instance of this data directory for one command. Ctrl-C lets go of it properly too. */
async function withInstance<T>(use: (instance: Reached) => Promise<T>): Promise<T> {
  const instance = await reach(readConfig())
  const stop = () => void instance.close().finally(() => process.exit(130))
  process.once('SIGINT', stop).once('SIGTERM', stop)
  try {
    return await use(instance)
  } finally {
    process.off('SIGINT', stop).off('SIGTERM', stop)
    await instance.close()
  }
}

/** One sentence on stderr, or JSON on stdout when JSON was asked for. */
function explain(error: unknown, json: boolean): Exit {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.failed // commander has said it already
  const message = sentence(error)
  if (json) printJson({ error: message })
  else remark(printable(message))
  if (process.env['LOG_LEVEL'] === 'debug' || !isExpected(error)) remark(error instanceof Error ? printable(error.stack ?? '') : '')
  return error instanceof CommandError && error.code === 'REFUSED' ? EXIT.no : EXIT.failed
}

const DISK: Readonly<Record<string, string>> = {
  ENOENT: 'is not there',
  EACCES: 'may not be opened',
  EISDIR: 'is a directory',
  ENOSPC: 'does not fit on the disk',
}

function sentence(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const { code, path } = error as NodeJS.ErrnoException
  const problem = code === undefined ? undefined : DISK[code]
  return path === undefined || problem === undefined ? error.message : `${path} ${problem}.`
}

/** What the world does to us, as opposed to a bug of ours. */
const isExpected = (error: unknown): boolean =>
  error instanceof CommandError || error instanceof ConfigError || error instanceof LogUnreachable || (error instanceof Error && 'code' in error)
