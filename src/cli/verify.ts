/** `vivim verify FILE`: what a receipt proves, from its bytes alone. No instance, no network. */
import { readFile } from 'node:fs/promises'
import { buffer } from 'node:stream/consumers'
import { parseReceipt } from '../ledger/receipt.ts'
import { policyFor, type ReceiptVerdict, type ShownEntry, type ShownPart, verifyReceipt } from '../ledger/receipt-verdict.ts'
import { NoteError } from '../ledger/tlog/note.ts'
import { type Policy, PolicyError, parsePolicy } from '../ledger/tlog/policy.ts'
import { CommandError } from './command.ts'
import { type ShownPart as PrintedPart, shownPart } from './show-commit.ts'

export type VerifyArgs = {
  /** A file, or `-` for stdin. */
  readonly file: string
  /** Verifier key of the log that is trusted. */
  readonly vkey: string | undefined
  /** File of a C2SP policy: logs and witnesses that are trusted. */
  readonly policy: string | undefined
}

/** Bytes are in hexadecimal. */
export type VerifyReport =
  | {
      readonly ok: true
      readonly log: string
      /** False: the receipt named its own key. */
      readonly pinned: boolean
      readonly verifierKey: string
      readonly position: number
      readonly leafHash: string
      readonly checkpoint: { readonly size: number; readonly root: string }
      /** Null without a policy. */
      readonly witnesses: { readonly witnessed: boolean; readonly by: readonly string[]; readonly of: number } | null
      /** Null: the receipt does not open the entry. */
      readonly commit: VerifiedCommit | null
    }
  | { readonly ok: false; readonly code: string; readonly reason: string }

export type VerifiedCommit = {
  readonly id: string
  readonly lane: 'public' | 'private'
  readonly actor: string
  readonly key: string
  readonly seq: number
  readonly time: string
  /** Whether the receipt shows that the key is its author's. */
  readonly author: 'proven' | 'unproven'
  readonly events: readonly { readonly type: string; readonly schema: number; readonly stream: string; readonly parts: readonly VerifiedPart[] }[]
}

/** `sealed`: not shown by this receipt. */
export type VerifiedPart = { readonly sealed: true; readonly codec: string } | ({ readonly sealed: false } & Omit<PrintedPart, 'erased'>)

/** @throws {CommandError} when the file or the policy cannot be used */
export async function verifyFile({ file, vkey, policy }: VerifyArgs): Promise<VerifyReport> {
  const text = (file === '-' ? await buffer(process.stdin) : await readFile(file)).toString('utf8')
  const named = namedKey(text)
  const trusted = policy === undefined ? policyOf(vkey ?? named) : parsed(await readFile(policy))
  const verdict = verifyReceipt(text, trusted)
  return reportOf(verdict, {
    trusted,
    verifierKey: vkey ?? named,
    pinned: vkey !== undefined || policy !== undefined,
    hasPolicy: policy !== undefined,
  })
}

/** The key that a receipt names for its own log; empty for what is no receipt: the verdict says so. */
function namedKey(text: string): string {
  try {
    return parseReceipt(text).verifierKey
  } catch (error) {
    if (error instanceof NoteError) return ''
    throw error
  }
}

/** @param vkey  empty: no log at all, which nothing can be verified under */
function policyOf(vkey: string): Policy {
  if (vkey === '') return parsePolicy('quorum none\n')
  try {
    return policyFor(vkey)
  } catch (error) {
    throw error instanceof PolicyError ? new CommandError('REFUSED', 'This is not the verifier key of a log.', error) : error
  }
}

function parsed(file: Uint8Array): Policy {
  try {
    return parsePolicy(file)
  } catch (error) {
    throw error instanceof PolicyError ? new CommandError('REFUSED', `The policy cannot be used: ${error.message}.`, error) : error
  }
}

type Trust = { readonly trusted: Policy; readonly verifierKey: string; readonly pinned: boolean; readonly hasPolicy: boolean }

function reportOf(verdict: ReceiptVerdict, { trusted, verifierKey, pinned, hasPolicy }: Trust): VerifyReport {
  if (!verdict.ok) return verdict
  const { checkpoint, by, witnessed, index, leafHash, entry } = verdict
  const log = trusted.logs.find(({ verifier }) => verifier.name === checkpoint.origin)
  return {
    ok: true,
    log: checkpoint.origin,
    pinned,
    verifierKey: log?.vkey ?? verifierKey,
    position: index,
    leafHash: hex(leafHash),
    checkpoint: { size: checkpoint.size, root: hex(checkpoint.root) },
    witnesses: hasPolicy ? { witnessed, by: by.map(({ name }) => name), of: trusted.witnesses.length } : null,
    commit: entry.is === 'open' ? commitOf(entry) : null,
  }
}

function commitOf({ id, header, events, author }: Extract<ShownEntry, { is: 'open' }>): VerifiedCommit {
  return {
    id: hex(id),
    lane: header.lane,
    actor: hex(header.actor),
    key: hex(header.key),
    seq: header.seq,
    time: new Date(header.time).toISOString(),
    author,
    events: events.map((event) => ({ ...event, parts: event.parts.map(partOf) })),
  }
}

function partOf(part: ShownPart): VerifiedPart {
  if (part.is === 'sealed') return { sealed: true, codec: part.codec }
  const { erased: _erased, ...shown } = shownPart({ codec: part.codec, bytes: part.bytes, erased: false })
  return { sealed: false, ...shown }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
