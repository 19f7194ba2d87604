/** States kept between requests: they save reading, and change nothing that is decided. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { recorded } from '../../../src/events/codec.ts'
import type { Command, Request } from '../../../src/handlers/commands.ts'
import type { StreamKey } from '../../../src/handlers/decider.ts'
import { createExecute } from '../../../src/handlers/execute.ts'
import { type History, judge } from '../../../src/handlers/judge.ts'
import { routeOf } from '../../../src/handlers/routes.ts'
import type { MemoryLedger } from '../../support/memory-ledger.ts'
import { conversationSamples as samples } from '../events/conversation-samples.ts'
import { conversationArbitraries } from './conversation-world.ts'
import { newWorld } from './world.ts'

const command: fc.Arbitrary<Command> = fc.oneof(...Object.values(conversationArbitraries))
const request = fc.record({
  by: fc.oneof(fc.constant('instance' as const), fc.constantFrom({ account: '1' }, { account: '2' })),
  commands: fc.array(command, { minLength: 1, maxLength: 5 }),
  lane: fc.constant('private' as const),
})

/** What a judge who reads everything would say. */
async function considered(ledger: MemoryLedger, asked: Request) {
  const name = ([kind, key]: StreamKey) => ledger.streamName(kind, key)
  const histories = new Map<string, History>()
  for (const stream of asked.commands.flatMap((one) => routeOf(one).reads(one).map(name))) {
    const events = await ledger.readStream(stream)
    histories.set(stream, { revision: events.at(-1)?.revision ?? null, facts: events.map((event) => recorded(event, 0)), guessed: false })
  }
  return judge(asked, name, histories)
}

test('whoever wrote meanwhile, the outcome is what reading everything would have said', () =>
  fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(request, fc.boolean()), { maxLength: 40 }), async (requests) => {
      const { ledger, execute } = await newWorld()
      const other = createExecute({ ledger, random: () => 0 })
      for (const [asked, elsewhere] of requests) {
        const expected = await considered(ledger, asked)
        const size = ledger.commits.length
        const outcome = await (elsewhere ? other : execute)(asked)
        if (expected.is !== 'accepted') expect(outcome).toEqual({ ok: false, refusal: expected.is === 'refused' ? expected.refusal : null })
        else {
          expect(outcome).toEqual({ ok: true, position: expected.events.length === 0 ? null : size, repeated: false })
          if (expected.events.length > 0) expect(ledger.commits.at(-1)?.events.length).toBe(expected.events.length)
        }
      }
    }),
    { numRuns: 300 },
  ))

test('who talks on reads nothing again; what somebody else added meanwhile is read alone', async () => {
  const { ledger, execute } = await newWorld()
  const other = createExecute({ ledger, random: () => 0 })
  const say = (id: string, parentId: string | null): Request => ({
    by: { account: '1' },
    lane: 'private',
    commands: [{ do: 'AddMessage', data: { ...samples['message:add'], conversationId: '70', id, parentId } }],
  })
  await execute({
    by: { account: '1' },
    lane: 'private',
    commands: [{ do: 'CreateConversation', data: { ...samples['conversation:create'], id: '70' } }],
  })
  ledger.reads.length = 0
  for (const [id, parent] of [['1', null], ['2', '1'], ['3', '2']] as const) expect(await execute(say(id, parent))).toMatchObject({ ok: true }) // biome-ignore format: pairs
  expect(ledger.reads).toEqual([])
  expect(await other(say('4', '3'))).toMatchObject({ ok: true })
  ledger.reads.length = 0
  const read: number[] = []
  const readStream = ledger.readStream.bind(ledger)
  ledger.readStream = async (stream, last) => {
    const events = await readStream(stream, last)
    read.push(events.length)
    return events
  }
  expect(await execute(say('5', '4'))).toMatchObject({ ok: true })
  expect(read).toEqual([1])
})
