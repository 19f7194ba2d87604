/**
 * Erasing everything that somebody recorded: read the log from where the account begins, once for all accounts that are due, and let go what is
 * theirs. Who it was goes last, so that a reading that is cut off can be done again.
 */
import type { EventType } from '../../events/catalogue.ts'
import { recorded, recordedEvents, toDraft } from '../../events/codec.ts'
import type { Lane, LedgerCommit, LedgerEvent, TreeHead } from '../../ledger/types.ts'
import type { Place } from '../../ledger/warrant.ts'
import type { AccountDeletion } from './cursor.ts'
import { type Owner, type Shares, sharesOf } from './deletions.ts'
import { type Appends, Warrants } from './warrants.ts'

export type ReadLedger = Appends & {
  read(from: number, limit: number): Promise<readonly LedgerCommit[]>
  readStream(stream: string): Promise<readonly LedgerEvent[]>
  head(): TreeHead
}

type Person = {
  readonly id: string
  /** Of the actor, for somebody from elsewhere. */
  readonly uris: readonly string[]
  readonly account: AccountDeletion
  /** Position of the first event in the account's own stream: nothing before it can be theirs. */
  readonly from: number
  readonly identity: { readonly [L in Lane]: Place[] }
  /** True when an earlier reading came to its end. */
  readonly isSealed: boolean
}

export type Reading = {
  readonly ledger: ReadLedger
  readonly signal: AbortSignal
  /** ISO 8601. */
  readonly at: string
  /** Commits looked at. */
  readonly onProgress: (done: number, total: number) => void
  /** Removes uploads of this instance; names of anything else are left alone. */
  readonly removeFiles: (names: readonly string[]) => Promise<void>
  /** Removes files of conversations. */
  readonly removeAssets: (files: readonly string[]) => Promise<void>
}

const PAGE = 500

/** Erases what these accounts recorded; done again, it finds nothing. @throws whatever the ledger throws, and the reason of the signal */
export async function erasePeople(accounts: readonly AccountDeletion[], reading: Reading): Promise<void> {
  const { ledger, signal, at, onProgress, removeFiles, removeAssets } = reading
  const people = await Promise.all(accounts.map((account) => personOf(account, ledger)))
  const find = finder(people)
  const warrants = new Warrants(ledger, 'account-deleted')
  const to = ledger.head().size
  const from = Math.min(to, ...people.map((person) => person.from))
  for (let next = from; next < to; ) {
    signal.throwIfAborted()
    onProgress(next - from, to - from)
    const commits = await ledger.read(next, Math.min(PAGE, to - next))
    if (commits.length === 0) throw new Error(`the log ends at ${next}, expected ${to}`)
    const { files, assets } = await take(commits, find, warrants)
    await removeFiles(files)
    await removeAssets(assets)
    next += commits.length
  }
  await warrants.flush()
  for (const person of people) await seal(person, ledger, at)
  onProgress(to - from, to - from)
}

async function personOf(account: AccountDeletion, ledger: ReadLedger): Promise<Person> {
  const events = await ledger.readStream(account.stream)
  const uris = events.flatMap((event) => {
    const { data } = recorded(event, 0)
    return data !== null && 'links' in data ? [data.links.uri] : []
  })
  const from = events[0]?.position ?? account.position
  const isSealed = events.at(-1)?.type === ('identity:erase' satisfies EventType)
  return { account, id: account.id, uris: [...new Set(uris)], from, identity: { public: [], private: [] }, isSealed }
}

/** Finds the person whom an event at `position` belongs to. The commit of a deletion stays as it is: it is the ground of everything here. */
function finder(people: readonly Person[]): (owner: Owner, position: number) => Person | undefined {
  const accounts = new Map(people.map((person) => [person.id, person]))
  const actors = new Map(people.flatMap((person) => person.uris.map((uri) => [uri, person] as const)))
  return (owner, position) => {
    const person = 'account' in owner ? accounts.get(owner.account) : actors.get(owner.actor)
    return person?.account.position === position ? undefined : person
  }
}

/** @returns files that nobody has any more */
async function take(commits: readonly LedgerCommit[], find: ReturnType<typeof finder>, warrants: Warrants): Promise<Files> {
  const gone = { files: [] as string[], assets: [] as string[] }
  for (const commit of commits) {
    const { parts, identity, files, assets } = sharesOf(commit, recordedEvents(commit), (owner) => find(owner, commit.position))
    await warrants.add(commit.lane, parts)
    for (const { person, places } of identity) person.identity[commit.lane].push(...places)
    gone.files.push(...files)
    gone.assets.push(...assets)
  }
  return gone
}

type Files = Pick<Shares<Person>, 'files' | 'assets'>

/** Who it was, and the mark that nothing is left. */
async function seal({ account, identity, id, isSealed }: Person, ledger: ReadLedger, at: string): Promise<void> {
  const warrants = new Warrants(ledger, 'account-deleted')
  await warrants.add('public', identity.public)
  await warrants.flush()
  await warrants.add('private', identity.private)
  await warrants.flush(isSealed ? [] : [toDraft({ stream: account.stream, event: { type: 'identity:erase', data: { id, at } } })])
}
