/**
 * The rollback guard at work: collects what others keep of our log, at the start and whenever a witness is found to be ahead of us, and says
 * whether anything may be appended.
 *
 * Whom we cannot reach cannot stop us: an instance starts without its witnesses, says so, and learns as soon as one of them answers.
 */
import type pg from 'pg'
import { FetchFault } from '../../host/fetch.ts'
import { type Claim, type GuardFacts, type Proven, proven, type Setback, setback, setbackText } from '../../ledger/guard.ts'
import type { Keyring } from '../../ledger/keyring.ts'
import { parseOrigin } from '../../ledger/log-break.ts'
import { readMark } from '../../ledger/mark.ts'
import { isQuorum, type Policy } from '../../ledger/tlog/policy.ts'
import { forgetWitness } from '../../ledger/witness-seeds.ts'
import type { Log } from '../deps.ts'
import { type Ask, askForNewest, type ReachableWitness } from './ask.ts'

export type GuardDeps = {
  readonly dataDir: string
  readonly pool: Pick<pg.Pool, 'query'>
  readonly policy: Policy | null
  readonly fetch: Ask['fetch']
  readonly log: Log
  /** How long witnesses have to answer at the start, ms. */
  readonly patienceMs?: number
}

export type Verdict = {
  /** Why nothing may be appended; null when it may. */
  readonly reason: string | null
  /** What proves it; null when nothing is proven, but a restored database has nobody who vouches for it. */
  readonly setback: Setback | null
  /** True when this database was restored, and is not behind after all: see {@link confirmNewest}. */
  readonly restored?: true
}

const PATIENCE_MS = 5_000

/** What the mark, the backup this database came from, and the witnesses say together. Never throws for what they say or fail to say. */
export async function judgeStart(facts: GuardFacts, deps: GuardDeps): Promise<Verdict> {
  const restoration = await readRestoration(deps.pool)
  const asked = await askAll(facts, deps)
  const mark = await marked(deps)
  const ended = mark.find(({ note }) => isOfLaterLog(note, facts.origin))
  if (ended !== undefined) return { reason: endedText(facts.origin, ended), setback: null }
  const kept = [...mark, ...(restoration?.knownNote == null ? [] : [{ by: 'the backup it came from', note: restoration.knownNote }])]
  const claims = [...asked.flatMap(({ claim }) => claim ?? []), ...kept.flatMap((claim) => proven(claim, facts.verifier) ?? [])]
  const found = await setback(facts, claims)
  if (found !== null) return { reason: setbackText(found), setback: found }
  if (restoration === null) return { reason: null, setback: null }
  if (!vouchedFor(deps.policy, asked)) return { reason: unvouched(restoration), setback: null }
  deps.log('info', 'the restored database is not behind: its witnesses know no larger log', { size: facts.head.size })
  return { reason: null, setback: null, restored: true }
}

/** True while nobody has vouched for a database that came out of a backup. */
export const isRestored = async (pool: Pick<pg.Pool, 'query'>): Promise<boolean> => (await readRestoration(pool)) !== null

/** A restored database goes on, as its operator or a quorum of witnesses are sure that nothing is missing; as a witness it begins anew. */
export async function confirmNewest({ pool, keyring, origin }: Confirmation): Promise<void> {
  await forgetWitness(keyring, origin)
  await pool.query('delete from ledger.restoration')
}

export type Confirmation = {
  readonly pool: Pick<pg.Pool, 'query'>
  readonly keyring: Pick<Keyring, 'destroy'>
  /** Of our own log in force. */
  readonly origin: string
}

/**
 * What to make of a witness that says, in passing, that it has cosigned another tree than ours: its proof, or its word.
 *
 * The operator chose this witness. A false alarm costs a pause; a second history is for ever. So its word is enough when it names a larger tree
 * and shows no proof. That ours does not go on from its tree needs one: so would a witness say that merely cannot follow ours.
 *
 * @param size  of the larger tree; null when it says only that ours does not go on from its own
 * @returns     why nothing may be appended; null when it shows nothing that is against it
 */
export async function judgeDoubt(
  facts: GuardFacts,
  witness: ReachableWitness,
  size: number | null,
  deps: Pick<GuardDeps, 'fetch'>,
): Promise<Verdict> {
  const claim = await askForNewest(witness, facts.origin, deps).catch(unreachable)
  const proof = claim === null ? null : proven(claim, facts.verifier)
  const found = proof === null ? null : await setback(facts, [proof])
  if (found !== null) return { reason: setbackText(found), setback: found }
  if (proof !== null || size === null || size <= facts.head.size) return { reason: null, setback: null }
  const reason = `The witness ${witness.name} says that it has cosigned ${size} entries of this log, which holds ${facts.head.size}, and shows no proof. Either this database was restored to an earlier state (vivim log recover, or vivim log break), or the witness is mistaken: then take it out of the policy and start again.`
  return { reason, setback: null }
}

type Asked = { readonly witness: ReachableWitness; readonly claim: Proven | null }

/** Every witness that answers in time, and what it proves to have cosigned. */
async function askAll({ origin, verifier }: GuardFacts, { policy, fetch, log, patienceMs = PATIENCE_MS }: GuardDeps): Promise<readonly Asked[]> {
  const witnesses = (policy?.witnesses ?? []).flatMap((witness) => (witness.url === null ? [] : [{ ...witness, url: witness.url }]))
  const signal = AbortSignal.timeout(patienceMs)
  const answers = await Promise.all(
    witnesses.map(async (witness): Promise<Asked | null> => {
      try {
        const claim = await askForNewest(witness, origin, { fetch, signal })
        const proof = claim === null ? null : proven(claim, verifier)
        if (claim !== null && proof === null) log('warn', 'a witness shows a checkpoint that this log has not signed', { witness: witness.name })
        return { witness, claim: proof }
      } catch (error) {
        if (!(error instanceof FetchFault)) throw error
        log('warn', 'a witness cannot be asked whether this log is the newest', { witness: witness.name, problem: error.message })
        return null
      }
    }),
  )
  return answers.filter((answer) => answer !== null)
}

async function marked({ dataDir, log }: GuardDeps): Promise<readonly Claim[]> {
  try {
    const note = await readMark(dataDir)
    return note === null ? [] : [{ by: 'the mark beside the database', note }]
  } catch (error) {
    log('warn', 'the mark beside the database cannot be read', { error: String(error) })
    return []
  }
}

/** The mark is ours to believe: a later log of this host begins with a break, which this database has forgotten, and its keys with it. */
function isOfLaterLog(note: string, origin: string): boolean {
  const ours = parseOrigin(origin)
  try {
    const theirs = parseOrigin(note.slice(0, Math.max(0, note.indexOf('\n'))))
    return theirs.host === ours.host && theirs.number > ours.number
  } catch {
    return false
  }
}

const endedText = (origin: string, { by, note }: Claim): string =>
  `This database was restored to an earlier state: it is the log ${origin}, which was ended, and ${by} is a checkpoint of ${note.split('\n', 1)[0]}. Restore a later backup.`

type Restoration = { readonly madeAt: Date; readonly size: number; readonly knownNote: string | null }

async function readRestoration(pool: Pick<pg.Pool, 'query'>): Promise<Restoration | null> {
  const { rows } = await pool.query<{ made_at: Date; size: string; known_note: string | null }>(
    'select made_at, size, known_note from ledger.restoration',
  )
  const [row] = rows
  return row === undefined ? null : { madeAt: row.made_at, size: Number(row.size), knownNote: row.known_note }
}

/** Those who know this log, and nothing of it that we lack, are together enough for the policy. */
const vouchedFor = (policy: Policy | null, asked: readonly Asked[]): boolean =>
  policy !== null &&
  policy.quorum !== 'none' &&
  isQuorum(policy, new Set(asked.filter(({ claim }) => claim !== null).map(({ witness }) => witness.name)))

const unvouched = ({ madeAt, size }: Restoration): string =>
  `This database was restored from a backup of ${madeAt.toISOString()} with ${size} entries, and no quorum of witnesses vouches that nothing was published after it. If that is so, say: vivim log confirm. If entries are missing, bring them back with: vivim log recover --from <full export, or address of a mirror>; or go on without them with: vivim log break --reason <text>.`

function unreachable(error: unknown): null {
  if (error instanceof FetchFault) return null
  throw error
}
