/** Witnesses, the log's breaks and returns, and evidence, for the operator. */
import { z } from 'zod'
import { perform } from '../api/deps.ts'
import type { Instance } from '../instance.ts'
import { breakLog } from '../ledger/break-log.ts'
import { evidenceText } from '../ledger/evidence.ts'
import { MAX_REASON } from '../ledger/log-break.ts'
import { recover } from '../ledger/recover/recover.ts'
import { sourceOf } from '../ledger/recover/source.ts'
import { parseLogVerifierKey } from '../ledger/tlog/cosignature.ts'
import { NoteError } from '../ledger/tlog/note.ts'
import type { WitnessingStatus } from '../ledger/witnessing.ts'
import { CommandError, command } from './command.ts'

const vkey = z.string().min(1).max(8_000)

export type ShownEvidence = { readonly position: number; readonly of: 'log' | 'key'; readonly text: string }

export const WITNESS_COMMANDS = {
  'witness status': command(z.strictObject({}), async (instance): Promise<WitnessingStatus> => instance.witnessing.status()),

  /** From now on checkpoints of this log are cosigned. */
  'witness add': command(z.strictObject({ vkey, url: z.url({ protocol: /^https?$/ }).nullable() }), async (instance, args) => {
    const origin = originOf(args.vkey)
    if (origin === instance.ledger.logOrigin) throw new CommandError('REFUSED', 'A log cannot be its own witness.')
    const data = { vkey: args.vkey, url: args.url, at: new Date(instance.now()).toISOString() }
    await perform(instance, { by: 'instance', lane: 'private', commands: [{ do: 'WitnessLog', data }] })
    return { origin, url: args.url }
  }),

  'witness remove': command(z.strictObject({ vkey }), async (instance, args) => {
    const data = { vkey: args.vkey, at: new Date(instance.now()).toISOString() }
    await perform(instance, { by: 'instance', lane: 'private', commands: [{ do: 'StopWitnessing', data }] })
    return { origin: originOf(args.vkey) }
  }),

  evidence: command(z.strictObject({}), async (instance): Promise<readonly ShownEvidence[]> => {
    const recorded = await instance.witnessing.evidence()
    return recorded.map(({ position, evidence }) => ({ position, of: evidence.of, text: evidenceText(evidence) }))
  }),

  /** The operator knows that a restored database lacks nothing. */
  'log confirm': command(z.strictObject({}), async (instance) => {
    const against = await instance.witnessing.confirm()
    if (against !== null) throw new CommandError('REFUSED', against)
    return { origin: instance.ledger.logOrigin, size: instance.ledger.head().size }
  }),

  /** Missing entries come back from a source that has them. */
  'log recover': command(z.strictObject({ from: z.string().min(1).max(4_000) }), async (instance, { from }, onProgress) => {
    const recovered = await recover({ ...(await letGo(instance)), source: sourceOf(from), onProgress })
    return { origin: instance.ledger.logOrigin, ...recovered }
  }),

  /** What is missing is given up: the next log begins. */
  'log break': command(z.strictObject({ reason: z.string().min(1).max(MAX_REASON) }), async (instance, { reason }) => {
    const { readOnly, logOrigin } = instance.ledger
    if (readOnly === null) throw new CommandError('REFUSED', `Nothing stands in the way of ${logOrigin}: a log is only broken when it cannot go on.`)
    const { setback } = instance.witnessing.verdict
    const note = setback?.is === 'behind' ? setback.proof.note : null // a fork has lost nothing that a larger checkpoint would show
    const broken = await breakLog({ ...(await letGo(instance)), now: instance.now, reason, note })
    return { ended: logOrigin, ...broken }
  }),
} as const

/** The database of an instance that was opened for this command alone; its own ledger appends nothing any more. */
async function letGo({ server, ledger, pool, databaseUrl, config, secret }: Instance) {
  if (server !== null) throw new CommandError('REFUSED', 'Stop the instance first: this needs its database alone.')
  await ledger.close()
  return { pool, databaseUrl, origin: config.origin, secret }
}

function originOf(vkey: string): string {
  try {
    return parseLogVerifierKey(vkey).name
  } catch (error) {
    if (error instanceof NoteError) throw new CommandError('REFUSED', `This is not the verifier key of a log: ${error.message}.`)
    throw error
  }
}
