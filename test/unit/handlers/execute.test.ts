import { expect, test } from 'vitest'
import { createExecute } from '../../../src/handlers/execute.ts'
import { LedgerFault } from '../../../src/ledger/types.ts'
import { writePath } from '../../contracts/write-path.ts'
import { MemoryLedger } from '../../support/memory-ledger.ts'
import { body, samples } from '../events/samples.ts'
import { AT, newWorld } from './world.ts'

writePath('in memory', async () => ({ ledger: new MemoryLedger(), close: async () => {} }))

const ADA = { account: '1' } as const
const like = { do: 'Like', data: { accountId: '1', statusId: '5', uri: 'https://here.example/likes/1', at: AT } } as const

test('posting, liking, following and receiving for the first time read no stream', async () => {
  const { ledger, execute } = await newWorld()
  ledger.reads.length = 0
  const post = { do: 'PostStatus', status: { ...samples['status:create'], accountId: '1' } } as const
  const follow = { do: 'Follow', data: { ...samples['social:follow'], accountId: '1', targetId: '3' } } as const
  for (const command of [post, like, follow]) expect(await execute({ by: ADA, commands: [command], lane: 'public' })).toMatchObject({ ok: true })
  const evidence = { data: samples['activity:receive'], bytes: new Uint8Array(10) }
  const remote = { do: 'Like', data: { ...like.data, accountId: '3' } } as const
  expect(await execute({ by: 'instance', commands: [remote], lane: 'public', evidence })).toMatchObject({ ok: true })
  expect(ledger.reads).toEqual([])
})

test('every stream a decision rests on is a condition of its commit', async () => {
  const { ledger, execute } = await newWorld()
  const block = { do: 'Block', data: { accountId: '1', targetId: '3', uri: 'https://here.example/blocks/1', at: AT } } as const
  await execute({ by: ADA, commands: [block], lane: 'private' })
  expect(ledger.offered.at(-1)?.expected).toEqual([
    [ledger.streamName('block', '1 3'), 'none'],
    [ledger.streamName('follow', '1 3'), 'none'],
    [ledger.streamName('follow', '3 1'), 'none'],
  ])
})

test('a request that always comes second gives up, and says: later', async () => {
  const { ledger, execute } = await newWorld()
  const marker = { do: 'SetMarker', data: { ...samples['marker:set'], accountId: '1' } } as const
  ledger.beforeAppend = ({ expected = [] }) => {
    throw new LedgerFault('WRONG_REVISION', 'moved', [expected[0]?.[0], expected[0]?.[1], 7])
  }
  await expect(execute({ by: ADA, commands: [marker], lane: 'private' })).rejects.toMatchObject({ code: 'RETRY_LATER' })
})

test('a fault of the ledger is the caller’s to see, unchanged and at once', async () => {
  const { ledger, execute } = await newWorld()
  const fault = new LedgerFault('RETRY_LATER', 'the queue is full')
  ledger.beforeAppend = () => {
    throw fault
  }
  const before = ledger.offered.length
  await expect(execute({ by: ADA, commands: [like], lane: 'private' })).rejects.toBe(fault)
  expect(ledger.offered.length).toBe(before + 1)
})

test('a conflict that reading again cannot resolve is a fault, not a loop', async () => {
  const { ledger, execute } = await newWorld()
  const fault = new LedgerFault('WRONG_REVISION', 'elsewhere', ['unheard/of', 'none', 3])
  ledger.beforeAppend = () => {
    throw fault
  }
  await expect(execute({ by: ADA, commands: [like], lane: 'private' })).rejects.toBe(fault)
})

test('commands that change nothing never reach the ledger', async () => {
  const { ledger, execute } = await newWorld()
  const before = ledger.offered.length
  expect(await execute({ by: ADA, commands: [], lane: 'public' })).toEqual({ ok: true, position: null, repeated: false })
  expect(await execute({ by: ADA, commands: [{ do: 'Unlike', accountId: '1', statusId: '5' }], lane: 'public' })).toEqual({
    ok: true,
    position: null,
    repeated: false,
  })
  expect(ledger.offered.length).toBe(before)
})

test('evidence too large to keep refuses its request', async () => {
  const { ledger } = await newWorld()
  const execute = createExecute({ ledger })
  const evidence = { data: samples['activity:receive'], bytes: new Uint8Array(2 ** 20 + 1) }
  expect(await execute({ by: 'instance', commands: [{ ...like, data: { ...like.data, accountId: '3' } }], lane: 'public', evidence })).toMatchObject({
    ok: false,
    refusal: { code: 'INVALID' },
  })
})

test('a public lane is a wish: edits and deletions are only as visible as their post', async () => {
  for (const [visibility, lane] of [
    ['public', 'public'],
    ['unlisted', 'public'],
    ['private', 'private'],
    ['direct', 'private'],
  ] as const) {
    const { ledger, execute } = await newWorld()
    const status = { ...samples['status:create'], accountId: '1', visibility }
    const { id, uri, accountId } = status
    const edit = { do: 'EditStatus', id, uri, accountId, editedAt: AT, body: { ...body, content: '<p>Edited</p>' } } as const
    for (const command of [{ do: 'PostStatus', status }, edit, { do: 'DeleteStatus', id, uri, accountId, at: AT }] as const) {
      expect(await execute({ by: ADA, commands: [command], lane: 'public' })).toMatchObject({ ok: true })
      expect(ledger.commits.at(-1)?.lane).toBe(lane)
    }
  }
})

test('a private lane is an order', async () => {
  const { ledger, execute } = await newWorld()
  await execute({ by: ADA, commands: [{ do: 'PostStatus', status: { ...samples['status:create'], accountId: '1' } }], lane: 'private' })
  expect(ledger.commits.at(-1)?.lane).toBe('private')
})

test('a “no” is never concluded from a guess, not even from one about an earlier command', async () => {
  const { execute } = await newWorld()
  const pair = { accountId: '1', targetId: '2' }
  const block = { do: 'Block', data: { ...pair, uri: 'https://here.example/blocks/1', at: AT } } as const
  const follow = { do: 'Follow', data: { ...samples['social:follow'], ...pair } } as const
  const others = { ...block, data: { ...block.data, accountId: '2', targetId: '1' } }
  await execute({ by: ADA, commands: [block], lane: 'private' })
  expect(await execute({ by: ADA, commands: [follow, others], lane: 'private' })).toMatchObject({
    ok: false,
    refusal: { message: 'You cannot follow this account' },
  })
})
