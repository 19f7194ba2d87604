/** The three checks of the page: one entry, one account, one range. No document here: what they find is returned, how far they are is told. */
import { type Bytes, equal, fromBase64 } from './bytes.ts'
import { type Commit, isForLog, isSignedBy, Keys, openLeaf } from './commit.ts'
import { hashes, type Log } from './log.ts'
import type { Checkpoint, VerifierKey } from './note.ts'
import { type Proven, verifyReceipt } from './receipt.ts'
import { climb, leafHash, rootAround } from './tree.ts'

export type Progress = (done: number, total: number) => void

/** Entries that one check of a range takes. */
export const MOST_IN_RANGE = 10_000
const PAGE = 100

/** One entry, by position, id, or the address of a post. */
export async function checkEntry(log: Log, key: VerifierKey, asked: string): Promise<Proven> {
  return verifyReceipt(await log.text(`/audit/receipt/${await nameOf(log, asked.trim())}.tlog-proof`), key)
}

async function nameOf(log: Log, asked: string): Promise<string> {
  if (/^\d{1,12}$/.test(asked)) return String(Number(asked))
  if (/^[0-9a-f]{64}$/i.test(asked)) return asked.toLowerCase()
  const id = /(\d{13,19})\/?$/.exec(asked)?.[1]
  if (id === undefined) throw new Error('Give a position, the id of an entry, or the address of a post on this instance.')
  const { entry } = (await log.json(`/api/vivim/v1/receipts/${id}`)) as { readonly entry?: { readonly position?: number } }
  return String(Number(entry?.position))
}

export type RangeResult = {
  readonly checkpoint: Checkpoint
  readonly from: number
  readonly to: number
  readonly open: number
  readonly blinded: number
}

/** Every entry at [from, to): read, hashed, and proved together against the signed root. */
export async function checkRange(log: Log, key: VerifierKey, from: number, to: number, progress: Progress): Promise<RangeResult> {
  const checkpoint = await log.checkpoint(key)
  const end = Math.min(to, checkpoint.size)
  if (!(from < end)) throw new Error(`The log has ${checkpoint.size} entries: choose a range within them.`)
  if (end - from > MOST_IN_RANGE) throw new Error(`That is more than ${MOST_IN_RANGE.toLocaleString('en')} entries: “vivim audit” reads whole logs.`)
  const leaves: Bytes[] = []
  let open = 0
  for await (const entry of log.entries(from, end, checkpoint.size)) {
    leaves.push(await leafHash(entry))
    if ((await openLeaf(entry)) !== null) open += 1
    if (leaves.length % 64 === 0) progress(leaves.length, end - from)
  }
  const root = await rootAround(leaves, from, checkpoint.size, log.nodes(checkpoint.size))
  if (leaves.length !== end - from || !equal(root, checkpoint.root)) throw new Error('These entries do not make the root that the log signed.')
  return { checkpoint, from, to: end, open, blinded: leaves.length - open }
}

export type AccountResult = {
  readonly checkpoint: Checkpoint
  readonly actor: string
  readonly keys: readonly { readonly key: string; readonly commits: number }[]
  readonly first: number
  readonly last: number
}

type Row = { readonly position: number; readonly leaf: string; readonly proof: unknown }
type Chains = {
  readonly actor: string
  readonly operations: readonly Row[]
  readonly keys: readonly { readonly key: string; readonly length: number }[]
}

/** Every public commit of an account: its signatures, its chains without a gap, its places in the tree. */
export async function checkAccount(log: Log, key: VerifierKey, name: string, progress: Progress): Promise<AccountResult> {
  const checkpoint = await log.checkpoint(key)
  const path = `/api/vivim/v1/accounts/${encodeURIComponent(name.trim().replace(/^@/, ''))}/chains`
  const chains = (await log.json(`${path}?size=${checkpoint.size}`)) as Chains
  const keys = new Keys(chains.actor)
  for (const row of chains.operations) await keys.follow(await entryOf(row, checkpoint))
  const total = chains.keys.reduce((sum, { length }) => sum + length, 0)
  const found: { key: string; commits: number }[] = []
  const positions: number[] = []
  for (const chain of chains.keys) {
    let before: Commit | null = null
    while (before === null || before.seq + 1 < chain.length) {
      const from: number = before === null ? 0 : before.seq + 1
      if (from >= chain.length) break
      const page = (await log.json(`${path}/${chain.key}?from=${from}&limit=${PAGE}&size=${checkpoint.size}`)) as { readonly commits: readonly Row[] }
      if (page.commits.length === 0) throw new Error(`The instance leaves out commits of the key ${chain.key} from number ${from} on.`)
      for (const row of page.commits) {
        before = await nextInChain(await entryOf(row, checkpoint), before, { keys, key: chain.key })
        positions.push(row.position)
        progress(positions.length, total)
      }
    }
    found.push({ key: chain.key, commits: chain.length })
  }
  return { checkpoint, actor: chains.actor, keys: found, first: Math.min(...positions), last: Math.max(...positions) }
}

async function nextInChain(commit: Commit, before: Commit | null, { keys, key }: { readonly keys: Keys; readonly key: string }): Promise<Commit> {
  const place = `Commit ${commit.id.slice(0, 16)}…`
  if (commit.actor !== keys.actor || commit.key !== key || commit.lane !== 'public') throw new Error(`${place} is not of this chain.`)
  if (commit.seq !== (before === null ? 0 : before.seq + 1) || commit.prev !== (before?.id ?? null))
    throw new Error(`${place} does not follow the one before it: the chain has a gap.`)
  const publicKey = keys.publicKey(key)
  if (publicKey === undefined || !(await isSignedBy(commit, publicKey))) throw new Error(`${place} is not signed by a key of this account.`)
  return commit
}

/** The public commit of a row, once its place in the tree is proven. */
async function entryOf({ position, leaf, proof }: Row, { origin, size, root }: Checkpoint): Promise<Commit> {
  const entry = fromBase64(leaf)
  if (entry === null) throw new Error('The instance sent an entry that is none.')
  const hash = await leafHash(entry)
  const steps = await climb(hash, position, size, hashes(proof))
  if (steps === null || !equal(steps.at(-1)?.result ?? hash, root)) throw new Error(`Entry ${position} is not in the tree that the log signed.`)
  const commit = await openLeaf(entry)
  if (commit === null) throw new Error(`Entry ${position} is not public.`)
  if (!(await isForLog(commit, origin))) throw new Error(`Entry ${position} was made for another log.`)
  return commit
}
