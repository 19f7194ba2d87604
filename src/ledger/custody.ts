/**
 * Custody: what the instance does with the keys it keeps for itself and for accounts whose applications cannot sign. Every change is an
 * operation in the log, signed by the key in custody; whoever brings keys of their own can take the account into their own hands.
 */

import { CommitError, type CommitHeader, decodeCommit, type Suite } from './commit.ts'
import { keyId } from './ed25519.ts'
import { isKeyEvent, type KeyOperation, type KeySet, keyEvent, readKeyEvent, type SignedBytes } from './key-operation.ts'
import { activeDevices, judgeKeys, type KeyState, keyName, recoveryKeys } from './key-state.ts'
import { isHybrid } from './signature.ts'
import { type Signer, type Signers, signingNow } from './signers.ts'
import type { Chain } from './store.ts'
import { inlineEvent, proposeTakeBack, type TakeBackProposal } from './take-back.ts'
import { type CommitDraft, type EventDraft, type Hash, type Lane, LedgerFault, type Receipt, type SignedCommit, type SubmitResult } from './types.ts'

export type CustodyOptions = {
  readonly signers: Signers
  /** Keys of an actor, 64 hex digits, at the head. */
  readonly keysOf: (actor: string) => Promise<KeyState | null>
  readonly append: (draft: CommitDraft) => Promise<Receipt>
  readonly submit: (commits: readonly SignedCommit[]) => Promise<readonly SubmitResult[]>
  /** Newest commit of a key in a lane. */
  readonly chainOf: (key: Uint8Array, lane: Lane) => Promise<Chain | null>
  /** SHA-256 of the log's origin. */
  readonly log: () => Hash
  readonly size: () => number
  /** Milliseconds since the epoch. */
  readonly now: () => number
}

/** The keys of a name that this instance knows. */
export type Kept = {
  readonly actor: Hash
  readonly state: KeyState
  /** 16 bytes: the key that this instance signs with; null when it may not, or the keys were handed over. */
  readonly key: Uint8Array | null
}

/** `reason`: why not, in words for the owner. */
export type KeyChange = { readonly ok: true; readonly receipt: Receipt } | { readonly ok: false; readonly reason: string }

const NOT_KEPT: KeyChange = { ok: false, reason: 'this instance keeps no key that could sign it' }
/** How often a change is made again because the keys changed meanwhile. */
const ATTEMPTS = 4
const INSTANCE = 'instance'
/** What strangers could read anyway stays public, if it fits beside what else a public commit holds. */
const MAX_PUBLIC_EVIDENCE = 60_000

export class Custody {
  readonly #options: CustodyOptions
  /** Changes are made one after the other: they are rare. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: CustodyOptions) {
    this.#options = options
  }

  /** The keys of that name as they are now; null when nobody of that name is in the log. */
  async kept(name: string): Promise<Kept | null> {
    const { signers, keysOf } = this.#options
    const actor = await signers.actorOf(name)
    const state = actor === null ? null : await keysOf(hex(actor))
    if (actor === null || state === null) return null
    const stored = (await signers.load(new Set([name]))).get(name)
    const key = stored === undefined ? null : signingNow(stored, state).key
    const signs = key !== null && activeDevices(state).some(({ id }) => keyName(id) === keyName(key))
    return { actor, state, key: signs ? key : null }
  }

  /** To be called before anything is appended to a log that may have been restored, see `Signers.mend`. */
  mend(): Promise<string[]> {
    return this.#options.signers.mend((actor) => this.#options.keysOf(hex(actor)))
  }

  /** More devices. @param publicKeys  attacker-controlled: see signature.ts for their form */
  add(name: string, publicKeys: readonly Uint8Array[]): Promise<KeyChange> {
    return this.#change(name, () => [{ kind: 'add', devices: publicKeys }])
  }

  /** Keys that sign nothing more. @param after  what they signed after this position was not their owner's; null: all of it was */
  revoke(name: string, ids: readonly Uint8Array[], after: number | null): Promise<KeyChange> {
    return this.#change(name, () => [{ kind: 'revoke', keys: ids, after }])
  }

  /** From now on no commit of a weaker suite. */
  require(name: string, suite: Suite): Promise<KeyChange> {
    return this.#change(name, () => [{ kind: 'require', suite }])
  }

  /**
   * Puts a new key in the place of the one in custody, which signs nothing more; all others stay as they are.
   *
   * @param suite  2 for a hybrid key; null: as it was
   * @param after  what the old key signed after this position was not by us, when it was stolen; otherwise null
   */
  rotate(name: string, suite: Suite | null, after: number | null): Promise<KeyChange> {
    return this.#inTurn(async () => {
      const signer = await this.#keptSigner(name)
      if (signer === null) return NOT_KEPT
      const next = await this.#options.signers.prepare(signer, signer, suite ?? signer.suite)
      const lost: readonly KeyOperation[] = after === null ? [] : [{ kind: 'revoke', keys: [signer.key], after }]
      const change = await this.#append(signer, (state) => [{ kind: 'rotate', ...exchanged(state, signer, next) }, ...lost])
      await this.#options.signers.settle(change.ok ? next : signer)
      return change
    })
  }

  /**
   * Puts recovery keys of the owner's before the one in custody: the instance goes on signing, and whatever it does to the keys, these can undo.
   * Those that were there before give way.
   */
  protect(name: string, recovery: readonly Uint8Array[]): Promise<KeyChange> {
    return this.#inTurn(async () => {
      const signer = await this.#keptSigner(name)
      if (signer === null) return NOT_KEPT
      const devices = (state: KeyState): Uint8Array[] => activeDevices(state).map(({ publicKey }) => publicKey)
      return this.#append(signer, (state) => [{ kind: 'rotate', recovery: [...recovery, signer.publicKey], devices: devices(state) }])
    })
  }

  /** Leaves the account to keys that are not kept here: its owner's recovery keys and devices. What is in custody is destroyed. */
  handOver(name: string, keys: KeySet): Promise<KeyChange> {
    return this.#inTurn(async () => {
      const signer = await this.#keptSigner(name)
      if (signer === null) return NOT_KEPT
      if ([...keys.recovery, ...keys.devices].some((publicKey) => Buffer.compare(keyId(publicKey), signer.key) === 0))
        return { ok: false, reason: 'the key in custody cannot be handed over, only exchanged for others' }
      const change = await this.#append(signer, () => [{ kind: 'rotate', ...keys }])
      if (change.ok) await this.#options.signers.handOver(signer)
      return change
    })
  }

  /**
   * What a recovery key that is not kept here has to sign so that this instance signs for that name with a new key: after a theft, or after our key
   * was lost. The new key is sealed before this returns; any other change to the keys makes the proposal void.
   *
   * @param by     public key of the recovery key
   * @param after  what weaker keys did after this position is disowned; null: nothing is
   */
  proposeTakeBack(name: string, by: Uint8Array, after: number | null): Promise<TakeBackProposal> {
    return this.#inTurn(async () => {
      const { signers, keysOf, log, chainOf, now, size } = this.#options
      const actor = await signers.actorOf(name)
      const state = actor === null ? null : await keysOf(hex(actor))
      if (actor === null || state === null) return { ok: false, reason: 'nobody of that name is in the log' }
      const stored = (await signers.load(new Set([name]))).get(name)
      const signer = stored === undefined ? null : signingNow(stored, state)
      const next = await signers.prepare({ name, actor }, signer, isHybrid(by) ? 2 : 1)
      const place = { log: log(), chain: await chainOf(keyId(by), state.lane), now: now(), size: size() }
      return proposeTakeBack(state, { by, after, former: signer?.key ?? null, next: next.publicKey }, place)
    })
  }

  /** Appends what {@link proposeTakeBack} proposed, signed. From then on the new key signs. */
  takeBack(name: string, commit: Uint8Array, signature: Uint8Array): Promise<KeyChange> {
    return this.#inTurn(async () => {
      const { signers, submit } = this.#options
      const stored = (await signers.load(new Set([name]))).get(name)
      const next = stored?.next ?? stored
      if (stored === undefined || next === undefined || !names(commit, next)) return { ok: false, reason: 'it is not what was proposed last' }
      const [result] = await submit([{ commit, signature, parts: [] }])
      if (result === undefined || !result.ok) return { ok: false, reason: result?.reason ?? 'nothing was appended' }
      await signers.settle(next)
      return { ok: true, receipt: result.receipt }
    })
  }

  /**
   * Freezes a key that was caught: the instance shows the log two commits which it signed for one place of its chain. Nothing happens when the
   * key signs nothing any more.
   *
   * @throws {LedgerFault} GIVE_UP when the two are no evidence, or too long for one commit
   */
  freeze(actor: Hash, key: Uint8Array, evidence: readonly [SignedBytes, SignedBytes]): Promise<void> {
    return this.#inTurn(async () => {
      const found = (await this.#options.keysOf(hex(actor)))?.keys.get(keyName(key))
      if (found === undefined || found.frozen !== null || found.ended !== null) return
      const isPublic = evidence.every(({ commit }) => decodeCommit(commit).lane === 'public')
      const bytes = evidence.reduce((sum, { commit, signature }) => sum + commit.length + signature.length, 0)
      const lane = isPublic && bytes <= MAX_PUBLIC_EVIDENCE ? 'public' : 'private'
      await this.#options.append({ signer: INSTANCE, lane, events: [keyEvent(actor, { kind: 'freeze', key, evidence })] })
    })
  }

  #change(name: string, operations: (state: KeyState) => readonly KeyOperation[]): Promise<KeyChange> {
    return this.#inTurn(async () => {
      const signer = await this.#keptSigner(name)
      return signer === null ? NOT_KEPT : this.#append(signer, operations)
    })
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(change)
    this.#last = turn.catch(() => {})
    return turn
  }

  /** The signer of that name by the key that the log lets sign. An exchange that a crash cut off is ended first. */
  async #keptSigner(name: string): Promise<Signer | null> {
    const { signers, keysOf } = this.#options
    const stored = (await signers.load(new Set([name]))).get(name)
    if (stored === undefined) return null
    const signer = signingNow(stored, await keysOf(hex(stored.actor)))
    if (stored.next !== null) await signers.settle(signer)
    return signer
  }

  /** One commit of these operations, decided on the keys as they are when it is appended. */
  async #append(signer: Signer, operations: (state: KeyState) => readonly KeyOperation[]): Promise<KeyChange> {
    const { keysOf, append } = this.#options
    for (let attempt = 1; ; attempt++) {
      const state = await keysOf(hex(signer.actor))
      if (state === null) return NOT_KEPT
      const events = operations(state).map((operation) => keyEvent(signer.actor, operation))
      const reason = this.#problem(signer, events, state)
      if (reason !== null) return { ok: false, reason }
      try {
        const receipt = await append({ signer: signer.name, lane: state.lane, events, expected: [[signer.keyStream, state.revision]] })
        return { ok: true, receipt }
      } catch (error) {
        if (!(error instanceof LedgerFault) || error.code !== 'WRONG_REVISION' || attempt === ATTEMPTS) throw error
      }
    }
  }

  /** Why the ledger would refuse these events, or null. */
  #problem({ suite, actor, key }: Signer, drafts: readonly EventDraft[], state: KeyState): string | null {
    const events = drafts.map(inlineEvent)
    const place = { log: actor, lane: state.lane, seq: 0, prev: null, time: this.#options.now(), counter: 0, deps: [], seen: null, pre: [] } as const
    const header: CommitHeader = { v: 1, suite, actor, key, ...place, events }
    const verdict = judgeKeys(header, { position: this.#options.size(), clock: 0 }, (asked) => (asked === hex(actor) ? state : null))
    return verdict.ok ? null : verdict.reason
  }
}

/** Whether a commit makes this signer's key one of its actor's. @param commit attacker-controlled */
function names(commit: Uint8Array, { actor, publicKey }: Signer): boolean {
  try {
    const header = decodeCommit(commit)
    const operations = header.events.filter(isKeyEvent).map((event) => readKeyEvent(event).operation)
    const devices = operations.flatMap((operation) => ('devices' in operation ? operation.devices : []))
    return Buffer.compare(header.actor, actor) === 0 && devices.some((device) => Buffer.compare(device, publicKey) === 0)
  } catch (error) {
    if (error instanceof CommitError) return false
    throw error
  }
}

/** The keys of an actor with `next` in the place of `signer`. */
function exchanged(state: KeyState, signer: Signer, next: Signer): KeySet {
  const publicKeys = (keys: readonly { readonly id: Uint8Array; readonly publicKey: Uint8Array }[]): Uint8Array[] =>
    keys.map(({ id, publicKey }) => (keyName(id) === keyName(signer.key) ? next.publicKey : publicKey))
  const devices = publicKeys(activeDevices(state))
  // A key that is frozen is not among the devices any more, and is exchanged all the same.
  return { recovery: publicKeys(recoveryKeys(state)), devices: devices.includes(next.publicKey) ? devices : [...devices, next.publicKey] }
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
