/** What an audit says: alarms with precise names, and in numbers what was verified. Values only; how they read on a terminal is the CLI's. */

/**
 * What is wrong.
 *
 * - `encoding`      bytes that are not what the format says: framing, CBOR, a leaf, a truncated file
 * - `position`      an entry is missing, repeated or out of order
 * - `log`           the commit was made for another log
 * - `signature`     the author's signature is not by the key it names
 * - `key`           the key could not sign for this actor at this position, or changed keys as it may not
 * - `chain`         seq or prev does not continue the key's chain in this lane
 * - `hlc`           the key's clock did not advance
 * - `leaf`          the leaf made from commit, signature and blinding value is not the stored one
 * - `root`          the recomputed root is not the checkpoint's
 * - `checkpoint`    the note is malformed, unsigned, of another origin, or goes back
 * - `seen`          the commit vouches for a root the log never had
 * - `index`         what the store says of a commit or event is not what the signed bytes say
 * - `stream`        the stored revision of an event is not its place in the stream
 * - `condition`     a condition the commit was appended under was not true
 * - `commitment`    a sealed payload does not open, or is not what was signed
 * - `part-missing`  a payload is gone and no warrant in the log allows that
 * - `tile`          a stored or served tile is not the tree's
 * - `fork`          the log no longer contains what an earlier audit, or a trusted checkpoint, saw
 * - `break`         a break of the log is not what it says, or is missing
 * - `warrant`       an erasure warrant is malformed, not its author's to give, or was not carried out
 * - `evidence`      the log accuses a key or a log of equivocation, and what it holds does not show it
 * - `witness`       a cosignature by a known witness is false, or too few of them have signed
 */
export type AlarmKind =
  | 'encoding'
  | 'position'
  | 'log'
  | 'signature'
  | 'key'
  | 'chain'
  | 'hlc'
  | 'leaf'
  | 'root'
  | 'checkpoint'
  | 'seen'
  | 'index'
  | 'stream'
  | 'condition'
  | 'commitment'
  | 'part-missing'
  | 'tile'
  | 'fork'
  | 'break'
  | 'warrant'
  | 'witness'
  | 'evidence'

/** `position`: the leaf index it is about; for checkpoints and tiles the tree size; null when about the log as a whole. */
export type Alarm = { readonly position: number | null; readonly what: AlarmKind; readonly detail: string }

export type Counts = {
  readonly commits: number
  readonly public: number
  /** Private and disclosed to this audit: everything checked. */
  readonly private: number
  /** Private and not disclosed: only the place in the tree is checked. */
  readonly blinded: number
  readonly events: number
  /** Valid ones: of authors on commits, and of the log's first key on checkpoints. */
  readonly signatures: number
  /** Commits whose signature is hybrid, Ed25519 and ML-DSA-65; among `signatures`. */
  readonly hybrid: number
  /** Public commits whose key is registered in a part of the log this audit cannot read: their signature was not checked. */
  readonly unknownKeys: number
  readonly actors: number
  /** Ever registered. */
  readonly keys: number
  /** Commits that registered or changed keys. */
  readonly keyChanges: number
  /** Keys whose owners disown some of what was signed with them. */
  readonly disownedKeys: number
  /** Author chains: one per key and lane. */
  readonly chains: number
  readonly streams: number
  readonly conditions: number
  /** Payloads that opened and are what was signed. */
  readonly parts: number
  /** Payloads that are gone, each by a warrant in the log. */
  readonly partsErased: number
  /** Payloads this audit was not given, as in a public export. */
  readonly partsWithheld: number
  readonly checkpoints: number
  /** Checkpoints of logs that a break ended: their roots were compared, their keys are not known here. */
  readonly endedCheckpoints: number
  /** Valid ones on checkpoints: of the log's other keys, and of witnesses that the policy names. */
  readonly cosignatures: number
  readonly tiles: number
  /** Breaks of the log. */
  readonly breaks: number
  /** Public proofs that a key or a log said two things. */
  readonly evidence: number
}

/** What a warrant took: `by` is the position of the commit that holds it, `reason` its code, such as `post-deleted`. */
export type Erasure = { readonly by: number; readonly reason: string; readonly parts: number }

export type AuditReport = {
  readonly ok: boolean
  /** File name, URL or `this instance`. */
  readonly source: string
  /** Checkpoint origin, `host/log/1`; null when not even that could be read. */
  readonly origin: string | null
  readonly verifierKey: string | null
  /** True when the verifier key came from the caller, not from the audited side. */
  readonly pinned: boolean
  /** The first entry that this audit checked: those before it were checked by an earlier one, or are under a checkpoint that was trusted. */
  readonly from: number
  readonly size: number
  /** Hex, recomputed from the leaves. */
  readonly root: string
  /** Size of the newest checkpoint whose signature and root were right; null: none. */
  readonly checkpoint: number | null
  /** The largest tree for which enough witnesses vouch by the policy that was given; null when there is none, undefined without a policy. */
  readonly witnessed: { readonly size: number; readonly by: readonly string[] } | null | undefined
  /** The newest checkpoint as it stands: what to show others, or to keep for the next audit. */
  readonly note: string
  readonly counts: Counts
  /** By position, of each kind the first `MAX_ALARMS`. */
  readonly alarms: readonly Alarm[]
  /** All of them, also those not kept. */
  readonly alarmCount: number
  /** Of the newest warrants, at most `MAX_ERASURES`: how many payloads each took. The sum over all is `counts.partsErased`. */
  readonly erasures: readonly Erasure[]
  /** What a reader should know and is no alarm. */
  readonly notes: readonly string[]
  readonly seconds: number
}

/** Of each kind, so many are kept: one wrong entry makes ten thousand wrong roots behind it, and they must not crowd it out. */
export const MAX_ALARMS = 200
export const MAX_ERASURES = 1000

export type Counter = { -readonly [K in keyof Counts]: Counts[K] }

export const zeroCounts = (): Counter => ({
  commits: 0,
  public: 0,
  private: 0,
  blinded: 0,
  events: 0,
  signatures: 0,
  hybrid: 0,
  unknownKeys: 0,
  actors: 0,
  keys: 0,
  keyChanges: 0,
  disownedKeys: 0,
  chains: 0,
  streams: 0,
  conditions: 0,
  parts: 0,
  partsErased: 0,
  partsWithheld: 0,
  checkpoints: 0,
  endedCheckpoints: 0,
  cosignatures: 0,
  tiles: 0,
  breaks: 0,
  evidence: 0,
})

/** Collects alarms in whatever order checks finish; bounded, so that a rotten log cannot fill the memory. */
export class AlarmBook {
  readonly #kept: Alarm[] = []
  readonly #ofKind = new Map<AlarmKind, number>()
  #count = 0

  get count(): number {
    return this.#count
  }

  raise(position: number | null, what: AlarmKind, detail: string): void {
    const ofKind = (this.#ofKind.get(what) ?? 0) + 1
    this.#count++
    this.#ofKind.set(what, ofKind)
    if (ofKind <= MAX_ALARMS) this.#kept.push({ position, what, detail })
  }

  /** By position, those about the whole log first; in the order raised within one position. */
  sorted(): Alarm[] {
    return this.#kept.toSorted((a, b) => (a.position ?? -1) - (b.position ?? -1))
  }
}
