/** `vivim witness`, `vivim log`, `vivim policy` and `vivim evidence`: their words and options, and what they print. */
import { readFile, rename, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { readConfig } from '../config.ts'
import { formatPolicy, PolicyError, parsePolicy } from '../ledger/tlog/policy.ts'
import type { WitnessingStatus } from '../ledger/witnessing.ts'
import { CommandError } from './command.ts'
import type { Reached } from './reach.ts'
import { count, counted, ProgressBar, print, printable, printJson, styled } from './terminal.ts'
import type { ShownEvidence } from './witnesses.ts'

type Json = { readonly json?: true }
type WithInstance = <T>(use: (instance: Reached) => Promise<T>) => Promise<T>

const JSON_OPTION = ['--json', 'print the result as JSON'] as const

export function addWitnessing(program: Command, withInstance: WithInstance): void {
  addWitness(program, withInstance)
  addPolicy(program)
  addLog(program, withInstance)
  program
    .command('evidence')
    .description('Show the proofs that a log or a key has signed two things that cannot both be true')
    .option(...JSON_OPTION)
    .action(async ({ json }: Json) => {
      const shown = await withInstance((instance) => instance.call('evidence', {}))
      if (json) printJson(shown)
      else print(evidenceLines(shown))
    })
}

function addWitness(program: Command, withInstance: WithInstance): void {
  const witness = program.command('witness').description('Who vouches for this log, and for whose logs this instance vouches')

  witness
    .command('status')
    .description('Show how far the log is witnessed, by whom, and what this instance has cosigned for others')
    .option(...JSON_OPTION)
    .action(async ({ json }: Json) => {
      const status = await withInstance((instance) => instance.call('witness status', {}))
      if (json) printJson(status)
      else print(statusText(status))
    })

  witness
    .command('add')
    .argument('<vkey>', 'verifier key of the log (C2SP vkey), as its /log/key shows it')
    .argument('[url]', 'where people find the log')
    .description('Cosign the checkpoints of another log')
    .option(...JSON_OPTION)
    .action(async (vkey: string, url: string | undefined, { json }: Json) => {
      const added = await withInstance((instance) => instance.call('witness add', { vkey, url: url ?? null }))
      if (json) printJson(added)
      else print(`This instance witnesses ${printable(added.origin)}. Its operator sends checkpoints to /witness here.`)
    })

  witness
    .command('remove')
    .argument('<vkey>', 'verifier key of the log')
    .description('Cosign nothing more for a log')
    .option(...JSON_OPTION)
    .action(async (vkey: string, { json }: Json) => {
      const removed = await withInstance((instance) => instance.call('witness remove', { vkey }))
      if (json) printJson(removed)
      else print(`This instance does not witness ${printable(removed.origin)} any more.`)
    })
}

function addPolicy(program: Command): void {
  const policy = program
    .command('policy')
    .description('The trust policy: whose cosignatures make this log witnessed, and peers to witness (VIVIM_POLICY)')

  policy
    .command('show')
    .description('Show the policy as it is understood')
    .action(async () => {
      const { policyFile } = readConfig()
      const file = await readFile(policyFile).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT')
          throw new CommandError('REFUSED', `There is no trust policy: put one into ${policyFile}, or say vivim policy set <file>.`)
        throw error
      })
      print(printable(Buffer.from(formatPolicy(parsed(file))).toString()).trimEnd())
    })

  policy
    .command('set')
    .argument('<file>', 'policy as C2SP tlog-policy has it')
    .description('Check a policy and put it in place; it counts from the next start')
    .action(async (file: string) => {
      const { policyFile } = readConfig()
      const bytes = await readFile(file)
      const { witnesses, logs, quorum } = parsed(bytes)
      const draft = path.join(path.dirname(policyFile), `.${path.basename(policyFile)}.new`)
      await writeFile(draft, bytes)
      await rename(draft, policyFile)
      print(
        `${counted(witnesses.length, 'witness', 'witnesses')}, quorum ${printable(quorum)}, ${counted(logs.length, 'log')}. It counts from the next start.`,
      )
    })
}

function addLog(program: Command, withInstance: WithInstance): void {
  const log = program.command('log').description('What to do when the log is read-only because this database is not the newest')

  log
    .command('confirm')
    .description('State that nothing was published after the backup this database came from')
    .option(...JSON_OPTION)
    .action(async ({ json }: Json) => {
      const confirmed = await withInstance((instance) => instance.call('log confirm', {}))
      if (json) printJson(confirmed)
      else print(`${confirmed.origin} goes on from ${count(confirmed.size)} entries.`)
    })

  log
    .command('recover')
    .requiredOption('--from <source>', 'full export, or address of an instance or mirror that has the entries')
    .description('Bring missing entries back; each is proven before anything is stored. The instance must not run')
    .option(...JSON_OPTION)
    .action(async ({ from, json }: Json & { from: string }) => {
      const bar = new ProgressBar()
      const recover = (instance: Reached) => instance.call('log recover', { from }, (progress) => bar.update(progress))
      const done = await withInstance(recover).finally(() => bar.end())
      if (json) return printJson(done)
      print(`Brought back ${counted(done.size - done.from, 'entry', 'entries')}: ${done.origin} has ${count(done.size)} again.`)
      if (done.identities > 0)
        print(`${counted(done.identities, 'account')} began in them: the keys that this instance kept for them are lost, and they cannot write here.`)
      if (done.payloadsMissing > 0)
        print(`The source does not have ${counted(done.payloadsMissing, 'payload')} of them: an audit will name the places.`)
    })

  log
    .command('break')
    .requiredOption('--reason <text>', 'what happened, for everybody to read')
    .description('Give up what is missing: begin the next log with the same entries and a signed record. The instance must not run')
    .option(...JSON_OPTION)
    .action(async ({ reason, json }: Json & { reason: string }) => {
      const broken = await withInstance((instance) => instance.call('log break', { reason }))
      if (json) return printJson(broken)
      print(`${broken.ended} is ended. ${broken.origin} goes on from its ${count(broken.position)} entries, under new keys:`)
      for (const key of broken.verifierKeys) print(`  ${key}`)
      print('Tell them to whoever witnesses or audits this instance.')
    })
}

function parsed(file: Uint8Array): ReturnType<typeof parsePolicy> {
  try {
    return parsePolicy(file)
  } catch (error) {
    throw error instanceof PolicyError ? new CommandError('REFUSED', `This is no trust policy: ${error.message}.`) : error
  }
}

export function statusText({ origin, size, readOnly, quorum, witnessed, witnesses, self, logs, counts }: WitnessingStatus): string {
  const lines = [`${printable(origin)}  ${counted(size, 'entry', 'entries')}`]
  if (readOnly !== null) lines.push(styled('red', `READ-ONLY  ${printable(readOnly)}`))
  if (quorum === null) lines.push(styled('yellow', 'unwitnessed: there is no trust policy (vivim policy set)'))
  else if (witnessed === null) lines.push(styled('yellow', 'unwitnessed: no checkpoint has met the quorum yet'))
  else {
    const by = witnesses.filter((witness) => witness.size >= witnessed.size).length
    const who = `by ${by} of ${counted(witnesses.length, 'witness', 'witnesses')}, quorum ${printable(quorum)}`
    lines.push(styled(witnessed.size === size ? 'green' : 'yellow', `witnessed up to ${count(witnessed.size)} ${who}, ${moment(witnessed.at)}`))
  }
  for (const { name, size: cosigned, at, problem } of witnesses) {
    const state = problem === null ? (at === null ? 'not asked yet' : `${count(cosigned)}, ${moment(at)}`) : styled('red', printable(problem))
    lines.push(`  ${printable(name)}  ${state}`)
  }
  lines.push('', `As a witness of others: ${self.name}`, ...self.verifierKeys.map((key) => `  ${key}`))
  if (logs.length === 0) lines.push('  for no log yet (vivim witness add)')
  for (const log of logs)
    lines.push(`  ${printable(log.origin)}  ${log.at === null ? 'nothing cosigned yet' : `${count(log.size)}, ${moment(log.at)}`}`)
  if (counts.alarms > 0) lines.push('', styled('red', `${counted(counts.alarms, 'equivocation')} found since the start: vivim evidence`))
  return lines.join('\n')
}

export function evidenceLines(evidence: readonly ShownEvidence[]): string {
  if (evidence.length === 0) return 'There is no evidence of equivocation.'
  return evidence.map(({ position, text }) => `${styled('red', count(position))}  ${printable(text)}`).join('\n')
}

const moment = (at: number): string => new Date(at).toISOString()
