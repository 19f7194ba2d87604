/**
 * What the write path promises over any ledger: run against the one in memory and against PostgreSQL.
 * Races are started together and may end in any order; the laws hold in every order.
 */
import { describe, expect, onTestFinished, test } from 'vitest'
import type { DomainEvent } from '../../src/events/catalogue.ts'
import { recordedEvents } from '../../src/events/codec.ts'
import type { Command, Execute, Outcome, Request } from '../../src/handlers/commands.ts'
import { createExecute } from '../../src/handlers/execute.ts'
import type { WriteLedger } from '../../src/handlers/found.ts'
import { type LedgerCommit, LedgerFault } from '../../src/ledger/types.ts'
import { body, samples } from '../unit/events/samples.ts'
import { AT, begin, newAccount, setUp } from '../unit/handlers/world.ts'

export type TestLedger = WriteLedger & { read(from: number, limit: number): Promise<readonly LedgerCommit[]> }

const ADA = { account: '1' } as const
const BEN = { account: '2' } as const
const ask = (by: Request['by'], ...commands: readonly Command[]): Request => ({ by, commands, lane: 'private' })
const times = <T>(n: number, make: (index: number) => Promise<T>): Promise<T[]> => Promise.all(Array.from({ length: n }, (_, index) => make(index)))

const post = (n: number, accountId = '1', more: object = {}): Command => ({
  do: 'PostStatus',
  status: {
    ...samples['status:create'],
    id: String(1000 + n),
    accountId,
    uri: `https://here.example/users/${accountId}/statuses/${n}`,
    local: true,
    ...more,
  },
})
const like: Command = { do: 'Like', data: { accountId: '1', statusId: '1000', uri: 'https://here.example/likes/1', at: AT } }
const follow = (accountId: string, targetId: string): Command => ({
  do: 'Follow',
  data: { ...samples['social:follow'], accountId, targetId, uri: `https://here.example/follows/${accountId}-${targetId}` },
})
const block = (accountId: string, targetId: string): Command => ({
  do: 'Block',
  data: { accountId, targetId, uri: `https://here.example/blocks/${accountId}`, at: AT },
})

/** An activity from outside that does these things. */
const arriving = (activityId: string, ...commands: readonly Command[]): Request => ({
  ...ask('instance', ...commands),
  evidence: { data: { ...samples['activity:receive'], activityId }, bytes: new TextEncoder().encode(`POST /inbox ${activityId}`) },
})

export function writePath(name: string, open: () => Promise<{ readonly ledger: TestLedger; readonly close: () => Promise<void> }>): void {
  const fresh = async (): Promise<TestLedger> => {
    const { ledger, close } = await open()
    onTestFinished(close)
    return ledger
  }
  const started = async () => {
    const ledger = await fresh()
    return { ledger, execute: await begin(ledger) }
  }

  describe(`${name}: beginning`, () => {
    test('the first entry is the instance’s genesis and creation, in public', async () => {
      const ledger = await fresh()
      expect(await createExecute({ ledger })(setUp)).toEqual({ ok: true, position: 0, repeated: false })
      const [first] = await ledger.read(0, 1)
      expect(first?.events.map(({ type }) => type)).toEqual(['key:genesis', 'instance:create'])
      expect(first?.lane).toBe('public')
    })

    test('nobody acts before that', async () => {
      const ledger = await fresh()
      const execute = createExecute({ ledger })
      for (const request of [
        newAccount('1', 'ada', 'owner'),
        ask('instance', { do: 'RegisterApp', data: samples['app:register'] }),
        ask(ADA, post(1)),
      ]) {
        expect(await execute(request)).toMatchObject({ ok: false, refusal: { code: 'NOT_SET_UP' } })
      }
      expect(await ledger.read(0, 10)).toEqual([])
    })

    test('nobody signs who does not exist', async () => {
      const { execute } = await started()
      expect(await execute(ask({ account: '404' }, post(1, '404')))).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } })
    })

    test('two visitors set up one instance', async () => {
      const ledger = await fresh()
      const outcomes = await times(5, (n) =>
        createExecute({ ledger })(
          n === 0 ? setUp : { ...setUp, commands: [{ do: 'SetUpInstance', data: { ...samples['instance:create'], title: `Title ${n}` } }] },
        ),
      )
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
      expect(codes(outcomes)).toEqual(Array(4).fill('ALREADY_EXISTS'))
      expect(await eventsOf(ledger, 'instance:create')).toHaveLength(1)
    })

    test('a founding command stands alone', async () => {
      const ledger = await fresh()
      await expect(createExecute({ ledger })({ ...setUp, commands: [...setUp.commands, ...newAccount('1', 'ada').commands] })).rejects.toThrow(
        TypeError,
      )
    })
  })

  describe(`${name}: accounts`, () => {
    test('the identity is public and signed by its own key, the credential is not', async () => {
      const { ledger } = await started()
      const commits = await ledger.read(0, 10)
      const identities = commits.filter((commit) => commit.events.some(({ type }) => type === 'identity:create'))
      expect(identities.map(({ lane }) => lane)).toEqual(['public', 'public'])
      expect(identities.every(({ events }) => events[0]?.type === 'key:genesis')).toBe(true)
      const credentials = commits.filter((commit) => commit.events.some(({ type }) => type === 'identity:credential'))
      expect(credentials.map(({ lane }) => lane)).toEqual(['private', 'private'])
      expect(new Set([...identities, ...credentials].map(({ actor }) => Buffer.from(actor).toString('hex'))).size).toBe(3)
    })

    test('twenty people want one name: one gets it', async () => {
      const { ledger, execute } = await started()
      const outcomes = await times(20, (n) => execute(newAccount(String(100 + n), n % 2 === 0 ? 'cleo' : 'CLEO')))
      expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1)
      expect(new Set(codes(outcomes))).toEqual(new Set(['ALREADY_EXISTS']))
      expect(await eventsOf(ledger, 'identity:create')).toHaveLength(3)
    })

    test('several come first: one owns the instance, the others are users', async () => {
      const ledger = await fresh()
      const execute = createExecute({ ledger })
      await execute(setUp)
      const outcomes = await times(8, (n) => execute(newAccount(String(100 + n), `person_${n}`)))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
      const created = await eventsOf(ledger, 'identity:create')
      expect(created.filter(({ data }) => data?.role === 'owner').map(({ data }) => data?.id)).toEqual(
        (await eventsOf(ledger, 'instance:set_owner')).map(({ data }) => data?.accountId),
      )
      expect(created.map(({ data }) => data?.role).sort()).toEqual(['owner', ...Array(7).fill('user')])
    })

    test('an id is one account’s, whatever the name', async () => {
      const { execute } = await started()
      expect(await execute(newAccount('2', 'other'))).toMatchObject({ ok: false, refusal: { code: 'ALREADY_EXISTS' } })
    })

    test('the same request twice at once makes one account and is accepted twice', async () => {
      const { ledger, execute } = await started()
      const outcomes = await times(2, () => execute(newAccount('100', 'cleo')))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
      expect((await eventsOf(ledger, 'identity:create')).filter(({ data }) => data?.id === '100')).toHaveLength(1)
    })
  })

  describe(`${name}: races`, () => {
    test('a hundred posts at once are a hundred entries', async () => {
      const { execute } = await started()
      const outcomes = await times(100, (n) => execute(ask(n % 2 === 0 ? ADA : BEN, post(n, n % 2 === 0 ? '1' : '2'))))
      expect(new Set(outcomes.map((outcome) => (outcome.ok ? outcome.position : null))).size).toBe(100)
    })

    test('twenty likes at once are one', async () => {
      const { ledger, execute } = await started()
      const outcomes = await times(20, () => execute(ask(ADA, like)))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
      expect(outcomes.filter((outcome) => outcome.ok && outcome.position !== null)).toHaveLength(1)
      expect(await eventsOf(ledger, 'status:like')).toHaveLength(1)
    })

    test('likes and unlikes at once alternate', async () => {
      const { ledger, execute } = await started()
      await times(30, (n) => execute(ask(ADA, n % 2 === 0 ? like : { do: 'Unlike', accountId: '1', statusId: '1000' })))
      const types = (await events(ledger)).map(({ type }) => type).filter((type) => /like/.test(type))
      expect(types).toEqual(types.map((_, index) => (index % 2 === 0 ? 'status:like' : 'status:unlike')))
    })

    test('twelve edits at once all land, one after another', async () => {
      const { ledger, execute } = await started()
      await execute(ask(ADA, post(1)))
      const edit = (n: number): Command => ({
        do: 'EditStatus',
        id: '1001',
        uri: 'https://here.example/users/1/statuses/1',
        accountId: '1',
        editedAt: AT,
        body: { ...body, content: `<p>${n}</p>` },
      })
      const outcomes = await times(12, (n) => execute(ask(ADA, edit(n))))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
      expect((await eventsOf(ledger, 'status:update')).map(({ revision }) => revision)).toEqual(Array.from({ length: 12 }, (_, n) => n + 1))
    })

    test('follows and blocks at once: where a block stands at the end, no follow does', async () => {
      const { ledger, execute } = await started()
      await times(20, (n) =>
        execute(
          [
            ask(ADA, follow('1', '2')),
            ask(BEN, follow('2', '1')),
            ask(ADA, block('1', '2')),
            ask(ADA, { do: 'Unblock', pair: { accountId: '1', targetId: '2' } }),
          ][n % 4]!,
        ),
      )
      await times(4, (n) =>
        execute([ask(ADA, block('1', '2')), ask(ADA, follow('1', '2')), ask(BEN, follow('2', '1')), ask(ADA, block('1', '2'))][n]!),
      )
      const standing = new Set<string>()
      let blocked = false
      for (const { type, data } of await events(ledger)) {
        if (type === 'social:follow') {
          expect(blocked).toBe(false)
          standing.add(`${data?.accountId} ${data?.targetId}`)
        }
        if (type === 'social:unfollow' || type === 'social:follow_reject') standing.delete(`${data?.accountId} ${data?.targetId}`)
        if (type === 'social:block') blocked = true
        if (type === 'social:unblock') blocked = false
      }
      expect(blocked).toBe(true)
      expect([...standing]).toEqual([])
    })
  })

  describe(`${name}: activities from outside`, () => {
    const remote = (n: number, id = 2000 + n): Command => ({
      do: 'PostStatus',
      status: {
        ...samples['status:create'],
        id: String(id),
        accountId: '3',
        uri: `https://remote.example/notes/${n}`,
        url: `https://remote.example/@bob/${n}`,
        text: null,
        local: false,
      },
    })
    const forget: Command = { do: 'DeleteStatus', id: '2001', uri: 'https://remote.example/notes/1', accountId: '3', at: AT }

    test('are kept as evidence, byte for byte, in the commit they caused', async () => {
      const { ledger, execute } = await started()
      const outcome = await execute(arriving('https://remote.example/activities/1', remote(1)))
      const [commit] = await ledger.read(outcome.ok ? outcome.position! : 0, 1)
      expect(commit?.events.map(({ type }) => type)).toEqual(['status:create', 'activity:receive'])
      const kept = commit?.events[1]?.parts[1]
      expect(kept?.erased === false && new TextDecoder().decode(kept.bytes)).toBe('POST /inbox https://remote.example/activities/1')
    })

    test('delivered twenty times at once, change things once', async () => {
      const { ledger, execute } = await started()
      const outcomes = await times(20, (n) => execute(arriving('https://remote.example/activities/1', remote(1, 2000 + n))))
      expect(outcomes.every(({ ok }) => ok)).toBe(true)
      expect(outcomes.filter((outcome) => outcome.ok && outcome.position !== null)).toHaveLength(1)
      expect(outcomes.filter((outcome) => outcome.ok && outcome.repeated)).toHaveLength(19)
      expect(await eventsOf(ledger, 'status:create')).toHaveLength(1)
    })

    test('replayed after they were undone, change nothing', async () => {
      const { ledger, execute } = await started()
      await execute(arriving('https://remote.example/activities/1', remote(1)))
      await execute(arriving('https://remote.example/activities/2', forget))
      const size = (await ledger.read(0, 100)).length
      expect(await execute(arriving('https://remote.example/activities/1', remote(1)))).toEqual({ ok: true, position: null, repeated: true })
      expect(await execute(arriving('https://remote.example/activities/2', forget))).toEqual({ ok: true, position: null, repeated: true })
      expect((await ledger.read(0, 100)).length).toBe(size)
    })

    test('that change nothing leave nothing behind', async () => {
      const { ledger, execute } = await started()
      const size = (await ledger.read(0, 100)).length
      expect(await execute(arriving('https://remote.example/activities/3', { do: 'Unfollow', pair: { accountId: '3', targetId: '1' } }))).toEqual({
        ok: true,
        position: null,
        repeated: false,
      })
      expect(await execute(arriving('https://remote.example/activities/4', forget))).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } })
      expect((await ledger.read(0, 100)).length).toBe(size)
    })

    test('under another id for a known uri are refused: the first id stays', async () => {
      const { ledger, execute } = await started()
      await execute(arriving('https://remote.example/activities/1', remote(1)))
      const more: Command = { do: 'Like', data: { accountId: '3', statusId: '2999', uri: 'https://remote.example/likes/1', at: AT } }
      expect(await execute(arriving('https://remote.example/activities/6', remote(1, 2999), more))).toMatchObject({
        ok: false,
        refusal: { code: 'ALREADY_EXISTS' },
      })
      expect(await eventsOf(ledger, 'status:like')).toEqual([])
    })
  })

  describe(`${name}: all or nothing`, () => {
    test('commands are judged on what the ones before them would record, and land as one entry', async () => {
      const { ledger, execute } = await started()
      const uri = 'https://here.example/users/1/statuses/1'
      const outcome = await execute(
        ask(ADA, post(1), like, { do: 'Unlike', accountId: '1', statusId: '1000' }, { do: 'DeleteStatus', id: '1001', uri, accountId: '1', at: AT }),
      )
      const [commit] = await ledger.read(outcome.ok ? outcome.position! : 0, 1)
      expect(commit?.events.map(({ type }) => type)).toEqual(['status:create', 'status:like', 'status:unlike', 'status:delete'])
    })

    test('one refusal refuses all', async () => {
      const { ledger, execute } = await started()
      const size = (await ledger.read(0, 100)).length
      expect(await execute(ask(ADA, post(1), post(2, '2')))).toMatchObject({ ok: false, refusal: { code: 'NOT_ALLOWED' } })
      expect((await ledger.read(0, 100)).length).toBe(size)
    })

    test('a payload that may not be stored is refused with its path, and nothing of its request is', async () => {
      const { ledger, execute } = await started()
      const size = (await ledger.read(0, 100)).length
      const outcome = await execute(ask(ADA, post(1), post(2, '1', { content: 'NUL \0' })))
      expect(outcome).toMatchObject({ ok: false, refusal: { code: 'INVALID' } })
      expect(outcome.ok ? '' : outcome.refusal.message).toContain('content')
      expect((await ledger.read(0, 100)).length).toBe(size)
    })

    test('the same idempotency key gives the first answer', async () => {
      const { execute } = await started()
      const first = await execute({ ...ask(ADA, post(1)), idempotencyKey: 'k' })
      expect(await execute({ ...ask(ADA, post(2)), idempotencyKey: 'k' })).toEqual({ ...first, repeated: true })
      expect(await execute({ ...ask(BEN, post(3, '2')), idempotencyKey: 'k' })).toMatchObject({ ok: true, repeated: false })
    })
  })

  describe(`${name}: cut off at any step, a request is finished by asking again`, () => {
    type Cut = { readonly step: 'append' | 'createIdentity'; readonly nth: number; readonly when: 'before' | 'after' }
    const both = (step: Cut['step'], nth: number): Cut[] => [
      { step, nth, when: 'before' },
      { step, nth, when: 'after' },
    ]
    const settingUp = [...both('createIdentity', 1), ...both('append', 1)]
    const creating = [...both('append', 1), ...both('createIdentity', 1), ...both('append', 2)]

    test.each(settingUp)('setting up, cut $when $step $nth', async ({ step, nth, when }) => {
      const ledger = await fresh()
      await createExecute({ ledger: cut(ledger, step, nth, when) })(setUp).then(notCut, isCut)
      expect(await createExecute({ ledger })(setUp)).toMatchObject({ ok: true })
      expect(await eventsOf(ledger, 'instance:create')).toHaveLength(1)
    })

    test.each(creating)('creating an account, cut $when $step $nth', async ({ step, nth, when }) => {
      const ledger = await fresh()
      await createExecute({ ledger })(setUp)
      await createExecute({ ledger: cut(ledger, step, nth, when) })(newAccount('1', 'ada', 'owner')).then(notCut, isCut)
      expect(await createExecute({ ledger })(newAccount('1', 'ada', 'owner'))).toMatchObject({ ok: true })
      await usable(ledger, createExecute({ ledger }), '1')
    })

    test.each(creating)('creating an account and asking again under a new id, cut $when $step $nth', async ({ step, nth, when }) => {
      const ledger = await fresh()
      await createExecute({ ledger })(setUp)
      await createExecute({ ledger: cut(ledger, step, nth, when) })(newAccount('1', 'ada', 'owner')).then(notCut, isCut)
      const again = await createExecute({ ledger })(newAccount('7', 'ada', 'owner'))
      await usable(ledger, createExecute({ ledger }), again.ok ? '7' : '1')
    })

    /** Exactly one identity holds the name, it owns the instance, has a credential, and can sign. */
    async function usable(ledger: TestLedger, execute: Execute, id: string): Promise<void> {
      expect((await eventsOf(ledger, 'identity:create')).map(({ data }) => data?.id)).toEqual([id])
      expect((await eventsOf(ledger, 'instance:set_owner')).map(({ data }) => data?.accountId)).toEqual([id])
      expect((await eventsOf(ledger, 'identity:credential')).map(({ data }) => data?.id)).toContain(id)
      expect(await execute(ask({ account: id }, post(1, id)))).toMatchObject({ ok: true })
    }
  })
}

const codes = (outcomes: readonly Outcome[]): string[] => outcomes.flatMap((outcome) => (outcome.ok ? [] : [outcome.refusal.code]))
const events = async (ledger: TestLedger) => (await ledger.read(0, 1000)).flatMap((commit) => recordedEvents(commit))

async function eventsOf<T extends DomainEvent['type']>(ledger: TestLedger, wanted: T) {
  return (await events(ledger)).filter((event): event is Extract<typeof event, { type: T }> => event.type === wanted)
}

/** The ledger of a process that dies before or after the nth call of one method: either way the caller only sees an error. */
function cut(ledger: TestLedger, step: 'append' | 'createIdentity', nth: number, when: 'before' | 'after'): WriteLedger {
  let calls = 0
  let dead = false
  const guarded =
    <A extends readonly unknown[], R>(method: 'append' | 'createIdentity' | null, call: (...args: A) => Promise<R>) =>
    async (...args: A): Promise<R> => {
      if (dead) throw CUT
      if (method !== step || ++calls !== nth) return call(...args)
      dead = true
      if (when === 'after') await call(...args)
      throw CUT
    }
  return {
    append: guarded('append', (draft) => ledger.append(draft)),
    createIdentity: guarded('createIdentity', (signer: string) => ledger.createIdentity(signer)),
    readStream: guarded(null, (stream: string, last?: number) => ledger.readStream(stream, last)),
    revision: guarded(null, (stream: string) => ledger.revision(stream)),
    hasSigner: guarded(null, (signer: string) => ledger.hasSigner(signer)),
    signsFor: guarded(null, (signer: string) => ledger.signsFor(signer)),
    streamName: (kind, key) => ledger.streamName(kind, key),
  }
}

const CUT = new LedgerFault('STOP_AND_RELOAD', 'the process died')
const notCut = () => expect.unreachable('it was not cut off')
function isCut(error: unknown): void {
  if (error !== CUT) throw error
}
