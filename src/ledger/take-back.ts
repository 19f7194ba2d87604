/** Taking keys back: what a recovery key that is not kept here has to sign so that the instance may sign again. Pure. */
import { type CommitEvent, type CommitHeader, encodeCommit, type Suite } from './commit.ts'
import { keyId } from './ed25519.ts'
import { type KeyOperation, keyEvent } from './key-operation.ts'
import { type ActorKey, judgeKeys, type KeyState, keyName, keysAt } from './key-state.ts'
import { isHybrid } from './signature.ts'
import type { Chain } from './store.ts'
import type { EventDraft, Hash } from './types.ts'

export type TakeBack = {
  /** Public key of the recovery key. */
  readonly by: Uint8Array
  /** Position after which weaker keys acted without their owner; null when they did not. */
  readonly after: number | null
  /** Id of the key that was kept here; null when there is none. */
  readonly former: Uint8Array | null
  /** Public key of the one that is to be kept here. */
  readonly next: Uint8Array
}

/** Where the commit is to stand. */
export type TakeBackPlace = {
  /** SHA-256 of the log's origin. */
  readonly log: Hash
  /** Newest commit of the recovery key in the lane of the actor's genesis; null when there is none. */
  readonly chain: Chain | null
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Size of the log. */
  readonly size: number
}

/** The commit to sign, or why there is none, in words for the owner. */
export type TakeBackProposal = { readonly ok: true; readonly commit: Uint8Array } | { readonly ok: false; readonly reason: string }

/** The keys stay as they are (or were after position `after`), but for ours: `next` signs in the place of `former`. */
export function proposeTakeBack(state: KeyState, asked: TakeBack, { log, chain, now, size }: TakeBackPlace): TakeBackProposal {
  const operation = operationFor(state, asked)
  if (typeof operation === 'string') return { ok: false, reason: operation }
  const suite: Suite = isHybrid(asked.by) ? 2 : 1
  const place = { seq: chain === null ? 0 : chain.seq + 1, prev: chain?.id ?? null, time: Math.max(now, (chain?.time ?? 0) + 1), counter: 0 }
  const rest = { deps: [], seen: null, pre: [], events: [inlineEvent(keyEvent(state.actor, operation))] } as const
  const header: CommitHeader = { v: 1, suite, log, actor: state.actor, key: keyId(asked.by), lane: state.lane, ...place, ...rest }
  const verdict = judgeKeys(header, { position: size, clock: 0 }, () => state)
  return verdict.ok ? { ok: true, commit: encodeCommit(header) } : verdict
}

function operationFor(state: KeyState, { after, former, next }: TakeBack): KeyOperation | string {
  const base = after === null ? state : keysAt(state, after)
  if (typeof base === 'string') return base
  const ours = former === null ? null : keyName(former)
  const isUsable = (name: string): boolean => base.keys.get(name)?.ended === null && (state.keys.get(name)?.frozen ?? null) === null
  const publicKeys = (names: readonly string[]): Uint8Array[] =>
    names.flatMap((name) => (name === ours ? next : isUsable(name) ? (base.keys.get(name)?.publicKey ?? []) : []))
  const devices = [...base.keys].filter(([name, key]: [string, ActorKey]) => key.device && name !== ours).map(([name]) => name)
  const keys = { recovery: publicKeys(base.recovery), devices: [...publicKeys(devices), next] }
  return after === null ? { kind: 'rotate', ...keys } : { kind: 'recover', after, ...keys }
}

/** The event of a draft as it stands in a commit: every part of it is inline. */
export function inlineEvent({ type, schema, stream, parts }: EventDraft): CommitEvent {
  return { type, schema, stream, parts: parts.map(({ codec, bytes }) => ({ codec, inline: bytes })) }
}
