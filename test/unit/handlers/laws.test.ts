/** Laws of the write path, over random histories in a world where everything collides. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { RecordedEvent } from '../../../src/events/catalogue.ts'
import { recorded, recordedEvents } from '../../../src/events/codec.ts'
import type { Request } from '../../../src/handlers/commands.ts'
import { type Fact, judgeOn, type StreamKey } from '../../../src/handlers/decider.ts'
import { type History, judge } from '../../../src/handlers/judge.ts'
import { relation } from '../../../src/handlers/relation.ts'
import { routeOf } from '../../../src/handlers/routes.ts'
import type { MemoryLedger } from '../../support/memory-ledger.ts'
import { anyCommand, anyRequest, betweenTwo, commandNamed, commandNames, hasOneCommand, history, newWorld } from './world.ts'

const law = async (property: (requests: readonly Request[]) => Promise<void>) => fc.assert(fc.asyncProperty(history, property), { numRuns: 200 })

const allEvents = (ledger: MemoryLedger): RecordedEvent[] => ledger.commits.flatMap((commit) => recordedEvents(commit))
const byStream = (ledger: MemoryLedger): Map<string, RecordedEvent[]> => Map.groupBy(allEvents(ledger), ({ stream }) => stream)

/** What a judge who looks at everything would say. */
async function considered(ledger: MemoryLedger, request: Request) {
  const name = ([kind, key]: StreamKey) => ledger.streamName(kind, key)
  const streams = request.commands.flatMap((command) => routeOf(command).reads(command).map(name))
  const histories = new Map<string, History>()
  for (const stream of streams) {
    const events = await ledger.readStream(stream)
    histories.set(stream, { revision: events.at(-1)?.revision ?? null, facts: events.map((event) => recorded(event, 0)), guessed: false })
  }
  return judge(request, name, histories)
}

test('an accepted command, repeated, changes nothing', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests.filter(hasOneCommand)) {
      const first = await execute(request)
      const size = ledger.commits.length
      const second = await execute(request)
      if (first.ok) expect(second).toMatchObject({ ok: true, position: null })
      expect(ledger.commits.length).toBe(size)
    }
  }))

test('guessing that a stream is new never changes an outcome', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests) {
      const expected = await considered(ledger, request)
      const seen = request.evidence !== undefined && (await ledger.revision(ledger.streamName('activity', request.evidence.data.activityId))) !== null
      const outcome = await execute(request)
      if (seen) expect(outcome).toEqual({ ok: true, position: null, repeated: true })
      else if (expected.is === 'accepted') {
        expect(outcome).toEqual({ ok: true, position: expected.events.length === 0 ? null : ledger.commits.length - 1, repeated: false })
        if (expected.events.length > 0) {
          const kept = recordedEvents(ledger.commits.at(-1)!).filter(({ type }) => type !== 'activity:receive')
          const wanted = expected.events.filter(({ event }) => event.type !== 'identity:credential' || request.commands[0]!.do !== 'CreateAccount')
          expect(kept.map(({ type, data, stream }) => ({ type, data, stream }))).toEqual(
            wanted.map(({ stream, event: { type, data } }) => ({ type, data, stream })),
          )
        }
      } else expect(outcome).toEqual({ ok: false, refusal: expected.is === 'refused' ? expected.refusal : null })
    }
  }))

test('a refused request records nothing', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests) {
      const size = ledger.commits.length
      const outcome = await execute(request)
      if (!outcome.ok || outcome.position === null) expect(ledger.commits.length).toBe(size)
    }
  }))

test('a request is one commit, signed by who asked', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests) {
      const size = ledger.commits.length
      const outcome = await execute(request)
      if (!outcome.ok || outcome.position === null || request.commands[0]!.do === 'CreateAccount') continue
      expect(outcome.position).toBe(size)
      expect(ledger.commits.length).toBe(size + 1)
      expect(ledger.commits[size]!.signer).toBe(request.by === 'instance' ? 'instance' : `account/${request.by.account}`)
    }
  }))

test('an activity changes things once', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests) await execute(request)
    const received = allEvents(ledger).flatMap((event) => (event.type === 'activity:receive' ? [event.data?.activityId] : []))
    expect(new Set(received).size).toBe(received.length)
  }))

test('what a stranger may not read is never in a public commit', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests) await execute({ ...request, lane: 'public' })
    const visible = new Map(allEvents(ledger).flatMap((event) => (event.type === 'status:create' ? [[event.stream, event.data?.visibility]] : [])))
    for (const commit of ledger.commits.filter(({ lane }) => lane === 'public')) {
      expect(commit.events.some(({ type }) => !type.startsWith('media:'))).toBe(true)
      for (const event of recordedEvents(commit)) {
        expect(event.type).toMatch(/^(instance|identity|status|activity):|^media:(update|delete)$/)
        expect(event.type).not.toMatch(/credential|bookmark/)
        if (event.data !== null && 'visibility' in event.data) expect(event.data.visibility).toMatch(/^(public|unlisted)$/)
        if (event.type === 'status:update' || event.type === 'status:delete') expect(visible.get(event.stream)).toMatch(/^(public|unlisted)$/)
      }
    }
  }))

test('no follow stands where a block stands', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests) await execute(request)
    const facts = allEvents(ledger).filter(({ type }) => /^social:(un)?(follow|block)/.test(type)) as Parameters<typeof relation.evolve>[1][]
    const { follows, blocks } = facts.reduce(relation.evolve, relation.initial)
    const touching = [...follows.keys()].filter((direction) => blocks.has(direction) || blocks.has(direction.split(' ').toReversed().join(' ')))
    expect(touching).toEqual([])
  }))

test('a deleted post, grant or session has no later event; a name has one holder; an instance has one owner', () =>
  law(async (requests) => {
    const { ledger, execute } = await newWorld()
    for (const request of requests) await execute(request)
    for (const events of byStream(ledger).values()) {
      const types = events.map(({ type }) => type)
      const end = types.findIndex((type) => /^(status:delete|media:delete|identity:delete|grant:revoke|session:revoke)$/.test(type))
      expect(types.slice(end + 1)).toEqual(end === -1 ? types : [])
      for (const once of ['identity:create', 'identity:discover', 'status:create', 'instance:set_owner', 'media:create', 'app:register']) {
        expect(types.filter((type) => type === once).length).toBeLessThanOrEqual(1)
      }
    }
  }))

test('the newest events that a route asks for tell what all of them tell', () =>
  fc.assert(
    fc.asyncProperty(history, fc.array(fc.oneof(anyCommand, betweenTwo), { minLength: 20, maxLength: 40 }), async (requests, commands) => {
      const { ledger, execute } = await newWorld()
      for (const request of requests) await execute(request)
      const streams = byStream(ledger)
      for (const command of commands) {
        const route = routeOf(command)
        const { reads, last = Infinity } = route
        const all = reads(command).map(([kind, key]): readonly Fact[] => streams.get(ledger.streamName(kind, key)) ?? [])
        const issued = { ...command, by: 'instance' } as const
        expect(judgeOn(route, all.map((facts) => facts.slice(-last)).flat(), issued)).toEqual(judgeOn(route, all.flat(), issued))
      }
    }),
    { numRuns: 200 },
  ))

test('folding never throws: not over what was recorded, not when any of it was erased', () =>
  fc.assert(
    fc.asyncProperty(
      history,
      fc.array(anyCommand, { minLength: 1, maxLength: 8 }),
      fc.infiniteStream(fc.boolean()),
      async (requests, commands, erase) => {
        const { ledger, execute } = await newWorld()
        for (const request of requests) await execute(request)
        const streams = new Map(
          [...byStream(ledger)].map(([stream, events]) => [
            stream,
            events.map((event): Fact => (erase.next().value ? ({ ...event, data: null } as Fact) : event)),
          ]),
        )
        for (const command of commands) {
          const route = routeOf(command)
          const facts = route.reads(command).flatMap(([kind, key]) => streams.get(ledger.streamName(kind, key)) ?? [])
          const decision = judgeOn(route, facts, { ...command, by: 'instance' })
          expect(typeof decision.ok).toBe('boolean')
        }
      },
    ),
    { numRuns: 200 },
  ))

describe('nobody acts for another account', () => {
  const open = new Set(['CreateAccount']) // whoever registers is nobody yet
  test.each(commandNames.filter((name) => !open.has(name)))('%s', (name) =>
    fc.assert(
      fc.asyncProperty(fc.array(anyRequest, { maxLength: 12 }), commandNamed(name), async (requests, command) => {
        const { ledger, execute } = await newWorld()
        const { genesis } = await ledger.createIdentity('account/777')
        await ledger.append({ signer: 'account/777', lane: 'private', events: [genesis] })
        for (const request of requests) await execute(request)
        const size = ledger.commits.length
        const outcome = await execute({ by: { account: '777' }, commands: [command], lane: 'private' })
        expect(ledger.commits.length).toBe(size)
        if (outcome.ok) expect(outcome.position).toBeNull()
        else expect(outcome.refusal.code).toMatch(/^(NOT_ALLOWED|NOT_FOUND|GONE)$/)
      }),
      { numRuns: 30 },
    ),
  )
})
