/**
 * Key state: who may sign for whom, at each position of the log. Pure; one algebra: what an operation on keys does, and who may do it.
 *
 *   judgeKeys(header, place, find)              may this commit stand here, as far as keys go, and what do they become?
 *   KeyStates                                   the same for a whole log: `take` every commit in order
 *   replayKeys(actor, state, header, position)  what a commit that was admitted did to one actor's keys
 *
 * A commit is judged by the keys as they were just before it, so a later rotation makes no old signature doubtful and a date is worth nothing.
 *
 * - Devices sign. Recovery keys, which are ranked, decide which keys there are; anyone may give up a key of their own.
 * - What is done with a recovery key can be undone by a stronger one for 72 hours (`recover`): what weaker keys signed after the position it
 *   names is disowned, which is a mark and no deletion.
 * - A key caught with two commits at one place signs nothing more, but may still be exchanged by a rotation.
 *
 * @see docs/formats.md section 1.6
 */
import { CommitError, type CommitHeader, commitId, decodeCommit, type Suite } from './commit.ts'
import { keyId } from './ed25519.ts'
import { isKeyEvent, type KeyOperation, type KeySet, MAX_DEVICES, type PlacedOperation, readKeyEvent, type SignedBytes } from './key-operation.ts'
import { isHybrid, verifyCommit } from './signature.ts'
import type { Hash, Lane } from './types.ts'

/** One key of an actor, now or formerly. */
export type ActorKey = {
  /** 16 bytes, SHA-256(public key)[:16]. */
  readonly id: Uint8Array
  /** 32 bytes, or 1,984 of a hybrid key: see signature.ts. */
  readonly publicKey: Uint8Array
  /** Position that registered it. */
  readonly since: number
  /** Whether it may sign more than operations on keys. */
  readonly device: boolean
  /** Position from which on it is frozen, or null. */
  readonly frozen: number | null
  readonly ended: KeyEnd | null
}

export type KeyEnd = {
  /** Position of the operation that ended it: no later commit of it is admitted. */
  readonly at: number
  /** Its commits at positions in (after, at) are marked: they were admitted, but are not its owner's. Equal to `at` when there are none. */
  readonly after: number
  readonly why: 'revoked' | 'rotated' | 'disowned'
}

export type Keys = {
  /** Every key that the actor ever had, by {@link keyName}. */
  readonly keys: ReadonlyMap<string, ActorKey>
  /** Names of the recovery keys, strongest first. */
  readonly recovery: readonly string[]
  /** The weakest suite that the actor's commits may have. */
  readonly suite: Suite
  /** Commits that made these keys what they are; a recovery does not count what it undoes. */
  readonly operations: number
}

export type KeyState = Keys & {
  readonly actor: Hash
  /** Where the genesis stands, and with it every operation: whoever can read one of them can read them all. */
  readonly lane: Lane
  /** Newest revision of the actor's key stream. */
  readonly revision: number
  /** What recovery may yet undo, oldest first. */
  readonly steps: readonly Step[]
  /** Nothing at this position or before it can be undone. */
  readonly settled: number
}

/** A commit that changed keys, and what they were before it. */
type Step = { readonly position: number; readonly time: number; readonly by: string; readonly recovers: boolean; readonly before: Keys }

/** Where a commit stands, or is about to. */
export type Place = {
  readonly position: number
  /** The log's clock: the largest HLC time, in ms, of the entries before it; 0 when there are none. */
  readonly clock: number
}

/** Keys of an actor as they are just before the commit; null when there is no such actor. @param actor  64 hex digits */
export type FindKeys = (actor: string) => KeyState | null

export type KeyVerdict = KeyAcceptance | { readonly ok: false; readonly reason: string }

export type KeyAcceptance = {
  readonly ok: true
  /** The key that the commit names: check the signature with it. */
  readonly key: ActorKey
  /** The actors whose keys the commit changes, by 64 hex digits, and what they become. */
  readonly changes: ReadonlyMap<string, KeyState>
}

/** Why not, in words for the author. */
type Refusal = string

/** How long a stronger key may undo what a weaker one did to the keys, in ms. */
export const RECOVERY_MS = 72 * 60 * 60 * 1_000
/** How far the HLC of an operation that can be undone may be behind the log's clock, in ms: one dated back would shorten the time for recovery. */
export const KEY_LAG_MS = 5 * 60 * 1_000
/** Commits on its keys that an actor may make in its life, so that its keys can always be loaded at once. A recovery is always possible. */
export const MAX_OPERATIONS = 1_000
/** Of these, how many since the newest recovery may still be undone: each of them is remembered whole. */
export const MAX_RECENT = 32
const MAX_RECENT_RECOVERIES = 4

const NO_ACTOR = 'there is no such actor: its genesis is not in the log'
const NOT_OURS = 'a key that is not of this actor'
const GONE_STAYS = 'a key that ended or is frozen does not return'
const NO_KEY = new Uint8Array()
const NO_CHANGES: ReadonlyMap<string, KeyState> = new Map()

/**
 * Whether a commit may stand at a place as far as keys are concerned: its key signs for its actor there, in a suite that is strong enough, and
 * the operations on keys in it are its author's to make. The signature itself is the caller's to check, with `key`. About 1 µs for commits
 * without such operations.
 *
 * @param header  attacker-controlled
 * @param find    asked for `header.actor`, and for the owner of a key that is to be frozen
 */
export function judgeKeys(header: CommitHeader, place: Place, find: FindKeys): KeyVerdict {
  const verdict = judge(header, place, find)
  return typeof verdict === 'string' ? { ok: false, reason: verdict } : verdict
}

function judge(header: CommitHeader, { position, clock }: Place, find: FindKeys): KeyAcceptance | Refusal {
  const operations = readOperations(header)
  if (typeof operations === 'string') return operations
  const actor = hex(header.actor)
  const own = operations.filter(isOwn)
  if (own.some(isUndoable) && header.time + KEY_LAG_MS < clock) return 'an operation on keys that is dated back'
  if (own.some((placed) => placed.actor !== actor)) return 'an operation on the keys of another actor'
  const state = find(actor)
  const key = state === null ? founder(header, own, position) : signer(header, state, own)
  if (typeof key === 'string') return key
  const changes = operations.length === 0 ? NO_CHANGES : change(header, position, operations, find)
  return typeof changes === 'string' ? changes : { ok: true, key, changes }
}

function readOperations({ events }: CommitHeader): readonly PlacedOperation[] | Refusal {
  try {
    return events.filter(isKeyEvent).map(readKeyEvent)
  } catch (error) {
    if (error instanceof CommitError) return error.message
    throw error
  }
}

/** Everybody may show that a key is frozen: the evidence speaks for itself. All else is its author's own. */
const isOwn = ({ operation }: PlacedOperation): boolean => operation.kind !== 'freeze'

/** A recovery can undo it, in time. */
const isUndoable = ({ operation }: PlacedOperation): boolean => operation.kind !== 'genesis'

/** The key that signs an actor's first commit: a device of the genesis that the commit holds. */
function founder(header: CommitHeader, own: readonly PlacedOperation[], position: number): ActorKey | Refusal {
  const operation = own[0]?.operation
  if (operation?.kind !== 'genesis') return NO_ACTOR
  const device = operation.devices.find((publicKey) => Buffer.compare(keyId(publicKey), header.key) === 0)
  if (device === undefined) return 'a genesis is signed by one of its devices'
  return suiteProblem(header, device, 1, own.length > 0) ?? newKey(device, position, true)
}

/** The actor's key that signs this commit, when it may. */
function signer(header: CommitHeader, state: KeyState, own: readonly PlacedOperation[]): ActorKey | Refusal {
  const recover = own.map(({ operation }) => operation).find((operation) => operation.kind === 'recover')
  const keys = recover === undefined ? state : keysAt(state, recover.after)
  if (typeof keys === 'string') return keys
  const name = keyName(header.key)
  const key = keys.keys.get(name)
  if (key === undefined) return NOT_OURS
  if (key.ended !== null) return `a key that was ${key.ended.why} at ${key.ended.at}`
  const recovers = keys.recovery.includes(name)
  const onlyKeys = own.length === header.events.length
  if (recover !== undefined && header.events.length > 1) return 'a recovery is the only event of its commit'
  if (key.frozen !== null && !(recovers && onlyKeys)) return `a key that is frozen since ${key.frozen}`
  if (!key.device && !onlyKeys) return 'a recovery key signs operations on keys and nothing else'
  if (!recovers && !own.every(({ operation }) => givesUp(operation, key))) return 'an operation that takes a recovery key'
  return suiteProblem(header, key.publicKey, keys.suite, own.length > 0) ?? key
}

/** A device may always give itself up. */
function givesUp(operation: KeyOperation, { id }: ActorKey): boolean {
  return operation.kind === 'revoke' && operation.keys.every((other) => Buffer.compare(other, id) === 0)
}

/** What is wrong with the suite of a commit by this key, or null. A hybrid key signs operations on keys with both halves. */
function suiteProblem({ suite }: CommitHeader, publicKey: Uint8Array, required: Suite, onKeys: boolean): Refusal | null {
  const hybrid = isHybrid(publicKey)
  if (suite === 2 && !hybrid) return 'suite 2 by a key that is Ed25519 alone'
  if (suite < required) return `suite ${suite} where the actor requires ${required}`
  return hybrid && onKeys && suite === 1 ? 'an operation on keys by a hybrid key takes suite 2' : null
}

/** The states that the operations of a commit lead to, by actor. */
function change(header: CommitHeader, position: number, operations: readonly PlacedOperation[], find: FindKeys): Map<string, KeyState> | Refusal {
  const changes = new Map<string, KeyState>()
  for (const actor of new Set(operations.map((placed) => placed.actor))) {
    const state = evolve(find(actor), actor, operations, { header, position })
    if (typeof state === 'string') return state
    changes.set(actor, state)
  }
  return changes
}

/**
 * What a commit that was admitted made of one actor's keys: for loading them from their key stream alone, commit by commit.
 *
 * @param actor  64 hex digits
 * @throws {CommitError} for a commit that cannot have been admitted there
 */
export function replayKeys(actor: string, state: KeyState | null, header: CommitHeader, position: number): KeyState {
  const operations = header.events.filter(isKeyEvent).map(readKeyEvent)
  const next = evolve(state, actor, operations, { header, position })
  if (typeof next === 'string') throw new CommitError(`${next}, at position ${position}`)
  return next
}

type Entry = { readonly header: CommitHeader; readonly position: number }

function evolve(state: KeyState | null, actor: string, operations: readonly PlacedOperation[], entry: Entry): KeyState | Refusal {
  const mine = operations.filter((placed) => placed.actor === actor)
  const own = mine.filter(isOwn)
  let next = state === null ? begin(own, entry) : own.length === 0 ? state : step(state, own, entry)
  for (const { operation } of mine) {
    if (typeof next === 'string') return next
    if (operation.kind === 'freeze') next = freeze(next, operation, entry.position)
  }
  return typeof next === 'string' ? next : { ...next, revision: (state?.revision ?? -1) + mine.length }
}

function begin(own: readonly PlacedOperation[], { header, position }: Entry): KeyState | Refusal {
  const [first] = own
  if (first?.operation.kind !== 'genesis') return NO_ACTOR
  if (own.length > 1) return 'a genesis is the only operation on keys of its commit'
  if (Buffer.compare(first.hash, header.actor) !== 0) return 'a genesis whose hash is not the actor'
  const { operation } = first
  const keys = new Map<string, ActorKey>()
  install(keys, operation, position)
  const recovery = operation.recovery.map(nameOf)
  return { actor: first.hash, lane: header.lane, keys, recovery, suite: 1, operations: 1, revision: 0, steps: [], settled: position }
}

/** The state after the operations of one commit, and the step by which recovery can go back. */
function step(state: KeyState, own: readonly PlacedOperation[], { header, position }: Entry): KeyState | Refusal {
  if (header.lane !== state.lane) return `an operation on keys in the ${header.lane} lane, where the genesis is ${state.lane}`
  const by = keyName(header.key)
  const recovers = own.some(({ operation }) => operation.kind === 'recover')
  const { kept, settled } = undoable(state, header.time)
  const excess = tooMany(state, kept, recovers)
  if (excess !== null) return excess
  let keys: Keys = state
  for (const { operation } of own) {
    const next = operation.kind === 'recover' ? recover(state, operation, { by, position, time: header.time }) : operate(keys, operation, position)
    if (typeof next === 'string') return next
    keys = next
  }
  const problem = lockedOut(keys)
  if (problem !== null) return problem
  const { keys: before, recovery, suite, operations } = state
  const steps = [...kept, { position, time: header.time, by, recovers, before: { keys: before, recovery, suite, operations } }]
  return { ...state, ...keys, operations: keys.operations + 1, steps, settled }
}

/** The steps that a recovery could still undo at `time`, and the position from which on it could. */
function undoable({ steps, settled }: KeyState, time: number): { readonly kept: readonly Step[]; readonly settled: number } {
  const first = steps.findIndex((step) => step.time + RECOVERY_MS + KEY_LAG_MS >= time)
  const from = first < 0 ? steps.length : first
  return { kept: steps.slice(from), settled: steps[from - 1]?.position ?? settled }
}

/** Why an actor may not change its keys yet another time, or null. What is undone by a recovery counts no more, so that there always can be one. */
function tooMany({ operations }: KeyState, kept: readonly Step[], recovers: boolean): Refusal | null {
  const window = `within ${RECOVERY_MS / 3_600_000} hours`
  if (recovers)
    return kept.filter((step) => step.recovers).length < MAX_RECENT_RECOVERIES ? null : `more than ${MAX_RECENT_RECOVERIES} recoveries ${window}`
  if (operations >= MAX_OPERATIONS) return `more than ${MAX_OPERATIONS} commits on the keys of an actor`
  const recent = kept.length - 1 - kept.findLastIndex((step) => step.recovers)
  return recent < MAX_RECENT ? null : `more than ${MAX_RECENT} commits on the keys of an actor ${window}`
}

/** Why nobody could ever change these keys again, or null. */
function lockedOut({ keys, recovery, suite }: Keys): Refusal | null {
  if (recovery.length === 0) return 'no recovery key would be left'
  const hybrid = recovery.some((name) => isHybrid(keys.get(name)?.publicKey ?? NO_KEY))
  return suite === 1 || hybrid ? null : 'suite 2 takes a hybrid recovery key'
}

function operate(now: Keys, operation: KeyOperation, position: number): Keys | Refusal {
  switch (operation.kind) {
    case 'add':
      return add(now, operation.devices, position)
    case 'revoke':
      return revoke(now, operation, position)
    case 'rotate':
      return replace(now, operation, { at: position, after: position, why: 'rotated' })
    case 'require':
      return operation.suite === now.suite ? 'nothing that was not required already' : { ...now, suite: operation.suite }
    default:
      return 'an identity has one genesis'
  }
}

function add(now: Keys, publicKeys: readonly Uint8Array[], position: number): Keys | Refusal {
  const keys = new Map(now.keys)
  for (const publicKey of publicKeys) {
    const name = nameOf(publicKey)
    const known = now.keys.get(name)
    if (known !== undefined && (known.device || known.ended !== null || known.frozen !== null)) return 'a key that the actor has or had already'
    keys.set(name, known === undefined ? newKey(publicKey, position, true) : { ...known, device: true })
  }
  const devices = [...keys.values()].filter((key) => key.device && key.ended === null).length
  return devices > MAX_DEVICES ? `more than ${MAX_DEVICES} devices` : { ...now, keys }
}

function revoke(now: Keys, { keys: ids, after }: KeyOperation & { kind: 'revoke' }, position: number): Keys | Refusal {
  if (after !== null && after >= position) return 'a revocation that names a position yet to come'
  const keys = new Map(now.keys)
  for (const id of ids) {
    const name = keyName(id)
    const key = now.keys.get(name)
    if (key === undefined) return NOT_OURS
    if (after !== null && after < key.since) return `a key that was not there before ${key.since}`
    const at = key.ended?.at ?? position
    if (key.ended !== null && (after === null || after >= key.ended.after)) return `a key that was ${key.ended.why} at ${at}`
    keys.set(name, { ...key, ended: { at, after: after ?? at, why: key.ended?.why ?? 'revoked' } })
  }
  const gone = new Set(ids.map(keyName))
  return { ...now, keys, recovery: now.recovery.filter((name) => !gone.has(name)) }
}

/** Exactly the keys of `set`; `end` for all others that have not ended. */
function replace(now: Keys, set: KeySet, end: KeyEnd): Keys | Refusal {
  const wanted = new Set([...set.recovery, ...set.devices].map(nameOf))
  const keys = new Map<string, ActorKey>()
  for (const [name, key] of now.keys) {
    if (!wanted.has(name)) keys.set(name, key.ended === null ? { ...key, ended: end } : key)
    else if (key.ended !== null || key.frozen !== null) return GONE_STAYS
    else keys.set(name, { ...key, device: false })
  }
  install(keys, set, end.at)
  return { ...now, keys, recovery: set.recovery.map(nameOf) }
}

/** Adds the keys of `set` to those that are known, and makes its devices devices. */
function install(keys: Map<string, ActorKey>, { recovery, devices }: KeySet, position: number): void {
  for (const publicKey of recovery) if (!keys.has(nameOf(publicKey))) keys.set(nameOf(publicKey), newKey(publicKey, position, false))
  for (const publicKey of devices) {
    const known = keys.get(nameOf(publicKey))
    keys.set(nameOf(publicKey), known === undefined ? newKey(publicKey, position, true) : { ...known, device: true })
  }
}

/** Back to the keys as they were after position `after`, and on from there with those that it names. */
function recover(
  state: KeyState,
  operation: KeyOperation & { kind: 'recover' },
  { by, position, time }: Pick<Step, 'by' | 'position' | 'time'>,
): Keys | Refusal {
  const { after } = operation
  const base = keysAt(state, after)
  if (typeof base === 'string') return base
  const undone = state.steps.filter((step) => step.position > after)
  const rank = base.recovery.indexOf(by)
  if (rank < 0) return 'a recovery by a key that was no recovery key'
  const isAsStrong = (step: Step): boolean => base.recovery.slice(0, rank + 1).includes(step.by)
  if (undone.some(isAsStrong)) return 'only what weaker keys did can be undone'
  if ((undone[0]?.time ?? 0) + RECOVERY_MS < time) return 'more than 72 hours passed'
  const named = [...operation.recovery, ...operation.devices].map(nameOf)
  if (named.some((name) => (state.keys.get(name)?.frozen ?? null) !== null)) return GONE_STAYS
  const end: KeyEnd = { at: position, after, why: 'disowned' }
  const keys = replace(base, operation, end)
  if (typeof keys === 'string') return keys
  const all = new Map(keys.keys)
  for (const [name, key] of state.keys) {
    const kept = all.get(name)
    if (kept === undefined) all.set(name, { ...key, ended: { ...end, at: key.ended?.at ?? position } })
    else if (kept.since === position) all.set(name, { ...kept, since: key.since })
  }
  return { ...keys, keys: all }
}

/** The keys as they were after the commit at a position, if recovery can go back there. */
export function keysAt(state: KeyState, position: number): Keys | Refusal {
  if (position < state.settled) return 'what is to be undone is settled'
  return state.steps.find((step) => step.position > position)?.before ?? 'there is nothing to undo'
}

function freeze(state: KeyState, { key: id, evidence }: KeyOperation & { kind: 'freeze' }, position: number): KeyState | Refusal {
  const name = keyName(id)
  const key = state.keys.get(name)
  if (key === undefined) return NOT_OURS
  if (key.frozen !== null || key.ended !== null) return 'a key that signs nothing any more'
  if (!isEquivocation(evidence, key, state.actor)) return 'no evidence of two commits at one place'
  return { ...state, keys: new Map(state.keys).set(name, { ...key, frozen: position }) }
}

/** Whether these are two commits that one key signed for one place of its chain in one log. @param pair  attacker-controlled */
export function isEquivocation(
  pair: readonly [SignedBytes, SignedBytes],
  { id, publicKey }: Pick<ActorKey, 'id' | 'publicKey'>,
  actor: Hash,
): boolean {
  const headers = pair.map(({ commit }) => decodeOrNull(commit))
  const [one, other] = headers
  if (one === undefined || one === null || other === undefined || other === null) return false
  const isTheirs = (header: CommitHeader): boolean => Buffer.compare(header.key, id) === 0 && Buffer.compare(header.actor, actor) === 0
  const samePlace = one.lane === other.lane && one.seq === other.seq && Buffer.compare(one.log, other.log) === 0
  const differ = Buffer.compare(commitId(pair[0].commit), commitId(pair[1].commit)) !== 0
  return isTheirs(one) && isTheirs(other) && samePlace && differ && pair.every(({ commit, signature }) => verifyCommit(commit, signature, publicKey))
}

function decodeOrNull(commit: Uint8Array): CommitHeader | null {
  try {
    return decodeCommit(commit)
  } catch (error) {
    if (error instanceof CommitError) return null
    throw error
  }
}

/** The keys of every actor of a log, as they are after the commits taken so far. */
export class KeyStates {
  readonly #states = new Map<string, KeyState>()
  #keys = 0

  /** @param actor 64 hex digits */
  readonly find: FindKeys = (actor) => this.#states.get(actor) ?? null

  get actorCount(): number {
    return this.#states.size
  }

  /** Keys ever registered. */
  get keyCount(): number {
    return this.#keys
  }

  /** Judges the next commit of the log and, when it may stand there, goes on from it. */
  take(header: CommitHeader, place: Place): KeyVerdict {
    const verdict = judgeKeys(header, place, this.find)
    if (!verdict.ok) return verdict
    for (const [actor, state] of verdict.changes) {
      this.#keys += state.keys.size - (this.find(actor)?.keys.size ?? 0)
      this.#states.set(actor, state)
    }
    return verdict
  }

  /** Every state, in the order in which the actors began. */
  values(): IterableIterator<KeyState> {
    return this.#states.values()
  }
}

export type Standing = 'valid' | 'disowned' | 'none'

/**
 * What the owner of a key says, by all that is known now, of a commit that it signed at `position`: theirs; not theirs, though it was admitted; or
 * that it could not sign there. Judging a log in order is {@link judgeKeys}; this is the mark a reader shows beside an old commit.
 */
export function standing(state: KeyState, key: Uint8Array, position: number): Standing {
  const found = state.keys.get(keyName(key))
  if (found === undefined || position < found.since) return 'none'
  const { ended } = found
  if (ended === null || position <= ended.after || position === ended.at) return 'valid'
  return position < ended.at ? 'disowned' : 'none'
}

/** Keys that sign for the actor now, beyond operations on keys. */
export function activeDevices({ keys }: KeyState): ActorKey[] {
  return [...keys.values()].filter((key) => key.device && key.ended === null && key.frozen === null)
}

/** Recovery keys, strongest first. */
export function recoveryKeys({ keys, recovery }: KeyState): ActorKey[] {
  return recovery.flatMap((name) => keys.get(name) ?? [])
}

/** How {@link KeyState} names a key: its id of 16 bytes as a string of 16 characters. */
export const keyName = (id: Uint8Array): string => Buffer.from(id.buffer, id.byteOffset, id.byteLength).toString('latin1')
const nameOf = (publicKey: Uint8Array): string => keyName(keyId(publicKey))

function newKey(publicKey: Uint8Array, since: number, device: boolean): ActorKey {
  return { id: keyId(publicKey), publicKey, since, device, frozen: null, ended: null }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
