/** What a deletion takes with it, and how it is put into warrants. */
import { describe, expect, test } from 'vitest'
import type { DomainEvent, EventType, RecordedEvent } from '../../../src/events/catalogue.ts'
import { recordedEvents, toDraft } from '../../../src/events/codec.ts'
import { eventTypes } from '../../../src/events/schema.ts'
import { before, deletes, deletionsIn, evidenceIn, type Owner, partsOf, sharesOf } from '../../../src/handlers/erasure/deletions.ts'
import { Warrants } from '../../../src/handlers/erasure/warrants.ts'
import type { CommitDraft, LedgerCommit, LedgerEvent } from '../../../src/ledger/types.ts'
import { MAX_PLACES, parseWarrant } from '../../../src/ledger/warrant.ts'
import { samples } from '../events/samples.ts'

const eventOf = (event: DomainEvent, position: number, index: number, stream = 's'): LedgerEvent => ({
  ...toDraft({ stream, event }),
  position,
  index,
  revision: index,
  parts: toDraft({ stream, event }).parts.map(({ codec, bytes }) => ({ codec, bytes, erased: false })),
})
const commitOf = (position: number, ...events: readonly DomainEvent[]): LedgerCommit => ({
  position,
  id: new Uint8Array(32),
  leafHash: new Uint8Array(32),
  lane: 'private',
  actor: new Uint8Array(32),
  key: new Uint8Array(16),
  time: 0,
  counter: 0,
  events: events.map((event, index) => eventOf(event, position, index)),
})
const sample = (type: EventType): DomainEvent => ({ type, data: samples[type] }) as DomainEvent
const received = { type: 'activity:receive', data: samples['activity:receive'], evidence: Uint8Array.of(1) } as const satisfies DomainEvent
const streamName = (kind: string, key: string) => `${kind}/${key}`
const DELETIONS = [
  'status:delete',
  'media:delete',
  'identity:delete',
  'conversation:delete',
  'asset:delete',
  'memory:forget',
  'acu:delete',
  'shelf:delete',
]

describe('deletions', () => {
  test('are found where something is deleted, and nowhere else', () => {
    for (const type of eventTypes) {
      const commit = commitOf(7, sample(type))
      const isDeletion = DELETIONS.includes(type)
      expect(deletes(commit), type).toBe(isDeletion)
      expect(deletionsIn(recordedEvents(commit), streamName).length, type).toBe(isDeletion ? 1 : 0)
    }
  })

  test('tell a person here from one elsewhere by the stream', () => {
    const event = { type: 'identity:delete', data: { id: '2', at: '2026-01-31T12:00:00.000Z' } } as const satisfies DomainEvent
    const local = { ...commitOf(7, event), events: [eventOf(event, 7, 0, streamName('account', '2'))] }
    expect(deletionsIn(recordedEvents(local), streamName)).toMatchObject([{ of: 'account', id: '2', local: true }])
    expect(deletionsIn(recordedEvents(commitOf(7, event)), streamName)).toMatchObject([{ of: 'account', id: '2', local: false }])
  })

  test('let go what came before them, never themselves', () => {
    const stream = [eventOf(sample('status:create'), 3, 0), eventOf(sample('status:update'), 5, 0), eventOf(sample('status:delete'), 7, 0)]
    const [deletion] = deletionsIn(recordedEvents(commitOf(7, sample('status:delete'))), streamName)
    expect(deletion && before(deletion, stream).map(({ position }) => position)).toEqual([3, 5])
  })

  test('of what came from outside take the request along, but not who sent it', () => {
    expect(evidenceIn(commitOf(3, sample('status:create'), received))).toEqual([{ position: 3, event: 1, index: 1 }])
  })

  test('of a conversation take along how it was cut into units', () => {
    const { id } = samples['conversation:delete']
    const [deletion] = deletionsIn(recordedEvents(commitOf(7, sample('conversation:delete'))), streamName)
    expect(deletion).toMatchObject({ of: 'thing', ground: 'conversation-deleted', also: [streamName('acus', id)] })
  })

  test('name no part that is gone already', () => {
    const event = eventOf(received, 3, 0)
    expect(partsOf({ ...event, parts: [{ codec: 'json', erased: true }, ...event.parts.slice(1)] })).toEqual([{ position: 3, event: 0, index: 1 }])
  })
})

describe('what is whose', () => {
  /** Somebody named in every place that says whose an event is. */
  const GONE = '4711'
  const renamed = (type: EventType): DomainEvent => {
    const data: Record<string, unknown> = { ...samples[type] }
    const owner = type.startsWith('identity:') ? 'id' : /^social:follow_(accept|reject)$/.test(type) ? 'targetId' : 'accountId'
    return { type, data: owner in data ? { ...data, [owner]: GONE } : data } as DomainEvent
  }
  const whose = (id: string) => (owner: Owner) =>
    ('account' in owner ? owner.account === id : owner.actor === 'https://gone.example/actor') || undefined
  const shared = (event: DomainEvent, id: string) => {
    const commit = commitOf(3, event)
    const { parts, identity, files, assets } = sharesOf(commit, recordedEvents(commit), whose(id))
    return { parts, identity: identity.flatMap(({ places }) => places), files, assets }
  }
  const nobodys: readonly EventType[] = ['instance:create', 'instance:update', 'app:register', 'grant:revoke', 'session:revoke', 'activity:receive']

  test.each(eventTypes.filter((type) => !nobodys.includes(type) && !type.startsWith('witness:')))('%s is of the account it names', (type) => {
    const lasting = type === 'identity:delete' || type === 'identity:erase'
    const { parts, identity } = shared(renamed(type), GONE)
    expect([...parts, ...identity]).toEqual(lasting ? [] : [{ position: 3, event: 0, index: 0 }])
    expect(identity.length).toBe(type.startsWith('identity:') && !lasting ? 1 : 0)
    const others = shared(renamed(type), '999999')
    expect([...others.parts, ...others.identity]).toEqual([])
  })

  test('a request is of the actor who sent it, with its bytes', () => {
    const theirs = { ...received, data: { ...received.data, actorUri: 'https://gone.example/actor' } }
    expect(shared(theirs, GONE).parts).toEqual([
      { position: 3, event: 0, index: 0 },
      { position: 3, event: 0, index: 1 },
    ])
    expect(shared(received, GONE).parts).toEqual([])
  })

  test('files are those of uploads and portraits', () => {
    const { avatar } = samples['identity:update'].profile
    const { url, previewUrl } = samples['media:create'].attachment
    expect(shared(renamed('identity:update'), GONE).files).toEqual([avatar])
    expect(shared(renamed('media:create'), GONE).files).toEqual([url, previewUrl])
    expect(shared(renamed('status:create'), GONE).files).toEqual([])
  })

  test('files of conversations are apart from them', () => {
    const { file } = samples['asset:store']
    expect(shared(renamed('asset:store'), GONE)).toMatchObject({ files: [], assets: [file] })
  })

  test('what is erased already is nobody’s any more', () => {
    const commit = commitOf(3, renamed('status:create'))
    const events: RecordedEvent[] = recordedEvents(commit).map((event) => ({ ...event, data: null }) as RecordedEvent)
    expect(sharesOf(commit, events, whose(GONE))).toEqual({ parts: [], identity: [], files: [], assets: [] })
  })
})

describe('warrants', () => {
  async function warranted(count: number): Promise<CommitDraft[]> {
    const drafts: CommitDraft[] = []
    const append = async (draft: CommitDraft) => {
      drafts.push(draft)
      return { position: drafts.length, id: new Uint8Array(32), time: 0, repeated: false }
    }
    const warrants = new Warrants({ append }, 'account-deleted')
    for (let position = 0; position < count; position++)
      await warrants.add(position % 3 === 0 ? 'public' : 'private', [{ position, event: 0, index: 0 }])
    await warrants.flush()
    await warrants.flush()
    return drafts
  }

  test('name every place once, public and private apart, none more than it may', async () => {
    const count = 3 * MAX_PLACES + 7
    const drafts = await warranted(count)
    const named = drafts.map(({ lane, events }) => ({
      lane,
      places: events.flatMap(({ parts }) => parseWarrant(parts[0]?.bytes ?? new Uint8Array()).places),
    }))
    expect(named.every(({ places }) => places.length > 0 && places.length <= MAX_PLACES)).toBe(true)
    expect(named.every(({ lane, places }) => places.every(({ position }) => (position % 3 === 0) === (lane === 'public')))).toBe(true)
    expect(named.flatMap(({ places }) => places.map(({ position }) => position)).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: count }, (_, i) => i),
    )
  })

  test('without places there is none', async () => {
    expect(await warranted(0)).toEqual([])
  })
})
