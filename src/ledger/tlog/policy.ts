/**
 * Trust policies: which logs are known, which witnesses, and how many of them must have cosigned a checkpoint for it to count as witnessed.
 *
 * ```
 * log social.example/log/1+0f3b…+ASd… https://social.example/log
 * witness alice alice.example/witness+1c2d…+BHk… https://alice.example/witness
 * witness bob   bob.example/witness+aa01…+BkP…
 * group two-of-us 2 alice bob
 * quorum two-of-us
 * ```
 *
 * The file is octets: names and URLs are strings of one character per octet, and are only compared.
 *
 * @see https://c2sp.org/tlog-policy
 */
import { type CosignatureVerifier, type CosignedCheckpoint, openCosigned, parseCosignerKey, parseLogVerifierKey } from './cosignature.ts'
import { NoteError, type NoteVerifier, splitVerifierKey } from './note.ts'

export type PolicyLog = { readonly vkey: string; readonly verifier: NoteVerifier; readonly url: string | null }
export type PolicyWitness = { readonly name: string; readonly vkey: string; readonly verifier: CosignatureVerifier; readonly url: string | null }
/** Witnesses a checkpoint when at least `threshold` of its members, witnesses or groups, do. */
export type PolicyGroup = { readonly name: string; readonly threshold: number; readonly members: readonly string[] }

export type Policy = {
  readonly logs: readonly PolicyLog[]
  readonly witnesses: readonly PolicyWitness[]
  /** Each only refers to witnesses and to groups before it. */
  readonly groups: readonly PolicyGroup[]
  /** Name of a witness or group; `none` when no cosignature is needed. */
  readonly quorum: string
}

/** What a policy says of a checkpoint that one of its logs signed. */
export type JudgedCheckpoint = CosignedCheckpoint & {
  readonly by: readonly PolicyWitness[]
  /** True when `by` makes the quorum. */
  readonly witnessed: boolean
}

/** A line that is no part of a policy. `line` counts from 1; 0 stands for the whole file. */
export class PolicyError extends Error {
  readonly line: number
  constructor(line: number, problem: string, cause?: unknown) {
    super(line === 0 ? problem : `line ${line}: ${problem}`, { cause })
    this.name = 'PolicyError'
    this.line = line
  }
}

const NONE = 'none'
const MAX_BYTES = 1_000_000
const MAX_LINES = 1_000

/** @param file attacker-controlled; text is taken as UTF-8. @throws {PolicyError} */
export function parsePolicy(file: Uint8Array | string): Policy {
  const octets = Buffer.from(file)
  const lines = octets.toString('latin1').split('\n')
  if (octets.length > MAX_BYTES || lines.length > MAX_LINES) throw new PolicyError(0, 'the policy is too long')
  const draft = new Draft()
  for (const [i, line] of lines.entries()) draft.take(i + 1, line)
  return draft.finish()
}

/** The policy as a file: logs, witnesses, groups, quorum. {@link parsePolicy} gives it back. */
export function formatPolicy({ logs, witnesses, groups, quorum }: Policy): Uint8Array {
  const withUrl = (words: readonly string[], url: string | null): string => [...words, ...(url === null ? [] : [url])].join(' ')
  const lines = [
    ...logs.map(({ vkey, url }) => withUrl(['log', octetsOf(vkey)], url)),
    ...witnesses.map(({ name, vkey, url }) => withUrl(['witness', name, octetsOf(vkey)], url)),
    ...groups.map(({ name, threshold, members }) => ['group', name, threshold, ...members].join(' ')),
    `quorum ${quorum}`,
  ]
  return Buffer.from(`${lines.join('\n')}\n`, 'latin1')
}

/** True when those witnesses together make the quorum. @param names of witnesses in the policy */
export function isQuorum({ groups, quorum }: Policy, names: ReadonlySet<string>): boolean {
  const met = new Set(names)
  for (const { name, threshold, members } of groups) if (members.filter((member) => met.has(member)).length >= threshold) met.add(name)
  return quorum === NONE || met.has(quorum)
}

/**
 * Opens a checkpoint by one of the policy's logs and counts its witnesses. Below the quorum it is still opened, with `witnessed` false.
 *
 * @param note  attacker-controlled
 * @throws {NoteError} as {@link openCosigned}
 */
export function openByPolicy(note: string, policy: Policy): JudgedCheckpoint {
  const { logs, witnesses } = policy
  const opened = openCosigned(
    note,
    logs.map(({ verifier }) => verifier),
    witnesses.map(({ verifier }) => verifier),
  )
  const by = witnesses.filter(({ verifier }) => opened.cosignatures.some((cosignature) => cosignature.by === verifier))
  return { ...opened, by, witnessed: isQuorum(policy, new Set(by.map(({ name }) => name))) }
}

/** A policy while it is read, line by line. */
class Draft {
  readonly #logs: PolicyLog[] = []
  readonly #witnesses: PolicyWitness[] = []
  readonly #groups: PolicyGroup[] = []
  /** Every name that may still become a member. A member counts in one group only. */
  readonly #free = new Set<string>()
  readonly #names = new Set<string>()
  readonly #keys = { log: new Set<string>(), witness: new Set<string>() }
  #quorum: string | null = null

  take(line: number, text: string): void {
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    if (/[^\t\x20-\x7e\x80-\xff]/.test(text)) throw new PolicyError(line, 'holds a control character')
    const [keyword, ...words] = text.split(/[ \t]+/).filter((word) => word !== '')
    if (keyword === undefined || keyword.startsWith('#')) return
    if (keyword === 'log') this.#log(line, words)
    else if (keyword === 'witness') this.#witness(line, words)
    else if (keyword === 'group') this.#group(line, words)
    else if (keyword === 'quorum') this.#setQuorum(line, words)
    else throw new PolicyError(line, `${keyword} is no keyword of a policy`)
  }

  finish(): Policy {
    if (this.#quorum === null) throw new PolicyError(0, 'a policy has exactly one quorum line')
    return { logs: this.#logs, witnesses: this.#witnesses, groups: this.#groups, quorum: this.#quorum }
  }

  #log(line: number, words: readonly string[]): void {
    const [octets, url = null] = words
    if (octets === undefined || words.length > 2) throw new PolicyError(line, 'a log is: log <vkey> [<url>]')
    const vkey = textOf(octets)
    this.#logs.push({ vkey, verifier: this.#key(line, 'log', vkey, parseLogVerifierKey), url })
  }

  #witness(line: number, words: readonly string[]): void {
    const [name, octets, url = null] = words
    if (name === undefined || octets === undefined || words.length > 3) throw new PolicyError(line, 'a witness is: witness <name> <vkey> [<url>]')
    this.#define(line, name)
    const vkey = textOf(octets)
    this.#witnesses.push({ name, vkey, verifier: this.#key(line, 'witness', vkey, parseCosignerKey), url })
  }

  #group(line: number, words: readonly string[]): void {
    const [name, k, ...members] = words
    if (name === undefined || k === undefined || members.length === 0) throw new PolicyError(line, 'a group is: group <name> all|any|<k> <member>…')
    for (const member of members) {
      if (!this.#names.has(member)) throw new PolicyError(line, `${member} is not defined before this line`)
      if (!this.#free.delete(member)) throw new PolicyError(line, `${member} is a member already: each name counts once`)
    }
    this.#define(line, name)
    const threshold = k === 'all' ? members.length : k === 'any' ? 1 : /^[1-9]\d{0,3}$/.test(k) ? Number(k) : 0
    if (threshold < 1 || threshold > members.length) throw new PolicyError(line, `a threshold is all, any or 1 to ${members.length}, not ${k}`)
    this.#groups.push({ name, threshold, members })
  }

  #setQuorum(line: number, words: readonly string[]): void {
    const [name] = words
    if (name === undefined || words.length > 1) throw new PolicyError(line, 'a quorum is: quorum <name>|none')
    if (this.#quorum !== null) throw new PolicyError(line, 'a policy has exactly one quorum line')
    if (name !== NONE && !this.#names.has(name)) throw new PolicyError(line, `${name} is not defined before this line`)
    this.#quorum = name
  }

  #define(line: number, name: string): void {
    if (name === NONE) throw new PolicyError(line, '“none” is no name: it stands for no quorum')
    if (this.#names.has(name)) throw new PolicyError(line, `${name} is defined already`)
    this.#names.add(name)
    this.#free.add(name)
  }

  /** The same public key under two names would count twice. */
  #key<V>(line: number, kind: 'log' | 'witness', vkey: string, parse: (vkey: string) => V): V {
    try {
      const verifier = parse(vkey)
      const publicKey = Buffer.from(splitVerifierKey(vkey).publicKey).toString('hex')
      if (this.#keys[kind].has(publicKey)) throw new PolicyError(line, `this ${kind} has the public key of another`)
      this.#keys[kind].add(publicKey)
      return verifier
    } catch (cause) {
      if (!(cause instanceof NoteError)) throw cause
      throw new PolicyError(line, `this is not the verifier key of a ${kind}: ${cause.message}`, cause)
    }
  }
}

/** A verifier key is UTF-8 text within a file of octets. */
const textOf = (octets: string): string => Buffer.from(octets, 'latin1').toString()
const octetsOf = (text: string): string => Buffer.from(text).toString('latin1')
