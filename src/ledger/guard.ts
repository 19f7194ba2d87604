/**
 * The rollback guard: may this log go on, given what others hold of it?
 *
 * A database that was restored from a backup has forgotten its newest entries, and whoever appends to it signs a second history. So before the
 * first append every checkpoint that somebody kept (the mark beside the database, the witnesses) is held against the stored tree. A claim counts
 * only when it carries the signature of our own log key, so nobody can stop us by telling tales.
 */
import { openCheckpoint } from './tlog/checkpoint.ts'
import { NoteError, type NoteVerifier } from './tlog/note.ts'
import type { Hash, TreeHead } from './types.ts'

/** The log as it is stored, before anything is appended. */
export type GuardFacts = {
  /** Origin in force. */
  readonly origin: string
  /** Verifies the checkpoints of this log. */
  readonly verifier: NoteVerifier
  readonly head: TreeHead
  /** Root of the stored tree of `size`. @throws {RangeError} beyond the head */
  rootAt(size: number): Promise<Hash>
}

/** Why nothing may be appended, in words for the operator; null when all is well. Must not throw for what others say or fail to say. */
export type Guard = (facts: GuardFacts) => Promise<string | null>

/** A checkpoint of ours that somebody else kept. `by`: who, in words. */
export type Claim = { readonly by: string; readonly note: string }

/** A claim whose signature is ours. */
export type Proven = Claim & { readonly checkpoint: TreeHead }

/** `behind`: entries are missing here. `forked`: the stored entries are not those that were signed. */
export type Setback = { readonly is: 'behind' | 'forked'; readonly head: TreeHead; readonly proof: Proven }

/**
 * The claim as proven by the log's own signature; null when it is not signed by this log.
 *
 * @param claim  attacker-controlled
 */
export function proven(claim: Claim, log: NoteVerifier): Proven | null {
  try {
    const { size, root } = openCheckpoint(claim.note, log)
    return { ...claim, checkpoint: { size, root } }
  } catch (error) {
    if (error instanceof NoteError) return null
    throw error
  }
}

/**
 * The worst that these claims prove: a checkpoint that contradicts the stored entries before one that merely goes further, of those the one
 * that goes furthest; null when the stored log contains them all.
 */
export async function setback({ head, rootAt }: Omit<GuardFacts, 'origin' | 'verifier'>, claims: readonly Proven[]): Promise<Setback | null> {
  for (const proof of claims) {
    const { size, root } = proof.checkpoint
    if (size <= head.size && Buffer.compare(await rootAt(size), root) !== 0) return { is: 'forked', head, proof }
  }
  const [furthest] = claims.filter(({ checkpoint }) => checkpoint.size > head.size).sort((a, b) => b.checkpoint.size - a.checkpoint.size)
  return furthest === undefined ? null : { is: 'behind', head, proof: furthest }
}

/** What happened, what is missing and what to do, for the operator. */
export function setbackText({ is, head, proof }: Setback): string {
  const { size } = proof.checkpoint
  const missing = size - head.size
  return is === 'behind'
    ? `This database was restored to an earlier state: it holds ${head.size} entries, but ${proof.by} keeps a checkpoint that this log signed at ${size}. ${counted(missing)} from position ${head.size} on ${missing === 1 ? 'is' : 'are'} missing. Bring them back with: vivim log recover --from <full export, or address of a mirror>. If they are lost for good, go on without them with: vivim log break --reason <text>.`
    : `This database is not the one this log was signed with: ${proof.by} keeps a checkpoint that this log signed at ${size}, and the entries stored here have another root. Restore the right database; if there is none, begin a new log with: vivim log break --reason <text>.`
}

const counted = (commits: number): string => (commits === 1 ? '1 commit' : `${commits} commits`)
