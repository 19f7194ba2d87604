/** Laws of admission: what a device signs is recorded exactly when it is what would have been recorded for the same act asked for here. */
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createAdmit } from '../../../src/handlers/admit.ts'
import type { Command, Request } from '../../../src/handlers/commands.ts'
import { type Author, readSigned, SIGNABLE } from '../../../src/handlers/signed-events.ts'
import { streamOf } from '../../../src/handlers/stream-of.ts'
import { commitId, decodeCommit, encodeCommit } from '../../../src/ledger/commit.ts'
import { commitment, sizeClass } from '../../../src/ledger/part.ts'
import { type Lane, type LedgerCommit, LedgerFault, type PartDraft, type SignedCommit, type SubmitResult } from '../../../src/ledger/types.ts'
import { MemoryLedger } from '../../support/memory-ledger.ts'
import { samples } from '../events/samples.ts'
import { begin, history } from './world.ts'

const nothing = async (): Promise<null> => null
const here = (id: string): string => `https://here.example/users/${id}`

/** Takes signed commits, without looking at signatures: those are the real ledger's. */
class OpenLedger extends MemoryLedger {
  readonly #places = new Map<string, number>()

  async submit(commits: readonly SignedCommit[]): Promise<SubmitResult[]> {
    const results: SubmitResult[] = []
    for (const signed of commits) results.push(await this.#take(signed))
    return results
  }

  async #take({ commit, parts, expected = [] }: SignedCommit): Promise<SubmitResult> {
    const { actor, lane, events: signed } = decodeCommit(commit)
    const owner = await Promise.all(['1', '2'].map(async (id) => [id, (await this.createIdentity(`account/${id}`)).actor] as const))
    const signer = `account/${owner.find(([, theirs]) => Buffer.compare(theirs, actor) === 0)?.[0] ?? ''}`
    const opened = (event: number): PartDraft[] => parts.filter((part) => part.event === event).map(({ bytes }) => ({ codec: 'json', bytes }))
    const events = signed.map(({ type, schema, stream }, event) => ({ type, schema, stream, parts: opened(event) }))
    try {
      const receipt = await this.append({ signer, lane, events, expected })
      this.#places.set(Buffer.from(commitId(commit)).toString('hex'), receipt.position)
      return { ok: true, receipt }
    } catch (error) {
      if (error instanceof LedgerFault && error.code === 'WRONG_REVISION') return { ok: false, code: 'CONDITION', reason: error.message }
      throw error
    }
  }

  async find(ref: string): Promise<LedgerCommit | null> {
    return this.commits[this.#places.get(ref) ?? -1] ?? null
  }
}

async function newWorld() {
  const ledger = new OpenLedger()
  return { ledger, execute: await begin(ledger), admit: createAdmit(ledger) }
}

const authorOf = async (ledger: MemoryLedger, id: string): Promise<Author> => ({
  id,
  uri: here(id),
  actor: (await ledger.createIdentity(`account/${id}`)).actor,
})

type Said = { readonly type: string; readonly schema: number; readonly stream: string; readonly bytes: Uint8Array }

function signedBy({ actor }: Author, lane: Lane, said: readonly Said[]): SignedCommit {
  const r = randomBytes(32)
  const commit = encodeCommit({
    v: 1,
    suite: 1,
    log: new Uint8Array(32),
    actor,
    key: new Uint8Array(16),
    lane,
    seq: 0,
    prev: null,
    time: 0,
    counter: 0,
    deps: [],
    seen: null,
    pre: [],
    events: said.map(({ type, schema, stream, bytes }) => ({
      type,
      schema,
      stream,
      parts: [{ codec: 'json', commitment: commitment(r, 'json', bytes), sizeClass: sizeClass(bytes.length), kref: randomBytes(16) }],
    })),
  })
  return { commit, signature: new Uint8Array(64), parts: said.map(({ bytes }, event) => ({ event, index: 0, r, bytes })) }
}

/** What a commit of this ledger says, to be said again. */
const saidIn = (commit: LedgerCommit): Said[] =>
  commit.events.map(({ type, schema, stream, parts: [part] }) => ({
    type,
    schema,
    stream,
    bytes: part === undefined || part.erased ? new Uint8Array() : part.bytes,
  }))

/** Mostly people act for themselves, and posts of people here have the uris that this instance gives them. */
function atHome(request: Request): Request {
  const { by } = request
  if (by === 'instance') return request
  const { account: id } = by
  const uriOf = (status: string): string => `${here(id)}/statuses/${status}`
  const commands = request.commands.map((command): Command => {
    if (command.do === 'PostStatus') return { ...command, status: { ...command.status, accountId: id, local: true, uri: uriOf(command.status.id) } }
    if (command.do === 'EditStatus' || command.do === 'DeleteStatus') return { ...command, accountId: id, uri: uriOf(command.id) }
    if (command.do === 'AcceptFollow' || command.do === 'RejectFollow') return { ...command, pair: { ...command.pair, targetId: id } }
    if (command.do === 'UpdateProfile') return { ...command, id }
    return ownedBy(id, command)
  })
  return { ...request, commands }
}

/** The command with its author exchanged, wherever it names one. */
function ownedBy(accountId: string, command: Command): Command {
  const own = (value: unknown): object => ({ ...(value as object), accountId, ...('local' in (value as object) && { local: true }) })
  const entries = Object.entries(command).map(([name, value]) => [name, name === 'pair' || name === 'data' ? own(value) : value])
  return { ...Object.fromEntries(entries), ...('accountId' in command && { accountId }) } as Command
}

const signable = (said: readonly Said[]): boolean => said.every(({ type }) => (SIGNABLE as readonly string[]).includes(type))

test(
  'what a person’s request records is admitted when they sign it themselves, and leaves the same history',
  () =>
    fc.assert(
      fc.asyncProperty(history, async (requests) => {
        const [asked, signed] = [await newWorld(), await newWorld()]
        for (const request of requests.map(atHome)) {
          const before = asked.ledger.commits.length
          await asked.execute(request)
          const made = asked.ledger.commits.slice(before)
          const [commit] = made
          const said = made.length === 1 && commit !== undefined ? saidIn(commit) : []
          if (request.by === 'instance' || commit === undefined || made.length > 1 || !signable(said)) {
            await signed.execute(request)
            continue
          }
          const author = await authorOf(signed.ledger, request.by.account)
          expect(await signed.admit(author, [signedBy(author, commit.lane, said)], nothing)).toMatchObject([{ ok: true }])
        }
        expect(signed.ledger.commits.map(saidIn).filter(signable)).toEqual(asked.ledger.commits.map(saidIn).filter(signable))
      }),
      { numRuns: 1_000 },
    ),
  30_000,
)

test(
  'signed by somebody else, or said in another stream, it is refused and nothing is recorded',
  () =>
    fc.assert(
      fc.asyncProperty(history, async (requests) => {
        const { ledger, execute, admit } = await newWorld()
        for (const request of requests.map(atHome)) {
          const { by } = request
          if (by === 'instance') {
            await execute(request)
            continue
          }
          const rehearsal = await rehearse(ledger, request)
          const size = ledger.commits.length
          if (rehearsal !== null && signable(rehearsal.said)) {
            const other = await authorOf(ledger, by.account === '1' ? '2' : '1')
            const author = await authorOf(ledger, by.account)
            const elsewhere = rehearsal.said.map((one) => ({ ...one, stream: `${one.stream}x` }))
            const wrong = [signedBy(other, rehearsal.lane, rehearsal.said)]
            expect(await admit(other, wrong, nothing)).toMatchObject([{ ok: false }])
            expect(await admit(author, wrong, nothing)).toMatchObject([{ ok: false, code: 'KEY' }])
            expect(await admit(author, [signedBy(author, rehearsal.lane, elsewhere)], nothing)).toMatchObject([{ ok: false, code: 'INVALID' }])
            expect(ledger.commits.length).toBe(size)
          }
          await execute(request)
        }
      }),
      { numRuns: 300 },
    ),
  30_000,
)

/** What the request would record, without recording it. */
async function rehearse(ledger: OpenLedger, request: Request): Promise<{ readonly lane: Lane; readonly said: readonly Said[] } | null> {
  const copy = await newWorld()
  for (const commit of ledger.commits.slice(copy.ledger.commits.length)) {
    const parts = commit.events.map(({ type, schema, stream, parts }) => ({ type, schema, stream, parts: parts as readonly PartDraft[] }))
    await copy.ledger.createIdentity(commit.signer)
    if (parts[0]?.type === 'key:genesis') return null // identities are not copied
    await copy.ledger.append({ signer: commit.signer, lane: commit.lane, events: parts })
  }
  const before = copy.ledger.commits.length
  await copy.execute(request)
  const [made, ...more] = copy.ledger.commits.slice(before)
  return made === undefined || more.length > 0 ? null : { lane: made.lane, said: saidIn(made) }
}

describe('a commit is not read', () => {
  const author: Author = { id: '1', uri: here('1'), actor: new Uint8Array(32) }
  const data = samples['status:like']
  const say = (bytes: string | Uint8Array, type = 'status:like', schema = 1): SignedCommit =>
    signedBy(author, 'public', [{ type, schema, stream: 'reaction/x', bytes: Buffer.from(bytes) }])
  const plain = JSON.stringify(data)

  test.each([
    ['with spaces in its payload', say(JSON.stringify(data, null, 1))],
    ['with a member twice', say(plain.replace('{', '{"accountId":"1",'))],
    ['with a number spelled otherwise', say(plain.replace('"', '\\u0022'))],
    ['with a prototype', say(plain.replace('{', '{"__proto__":{},'))],
    ['with a byte order mark', say(`\ufeff${plain}`)],
    ['with bytes that are no UTF-8', say(Uint8Array.of(0xff))],
    ['with a payload of another shape', say('{}')],
    ['of a type that only the instance records', say(JSON.stringify(samples['grant:create']), 'grant:create')],
    ['of a type that nobody knows', say('{}', 'status:unheard_of')],
    ['of another schema', say(plain, 'status:like', 2)],
    ['without its payload', { ...say(plain), parts: [] }],
    ['that is none', { ...say(plain), commit: Uint8Array.of(1, 2, 3) }],
  ])('%s', (_what, signed) => {
    expect(readSigned(signed)).toMatchObject({ ok: false })
  })

  test('and otherwise it is', () => {
    expect(readSigned(say(plain))).toMatchObject({ ok: true, read: { events: [{ stream: 'reaction/x', event: { type: 'status:like', data } }] } })
  })
})

test('streams are named for their writers only', () => {
  const like = { type: 'status:like', data: samples['status:like'] } as const
  const mine: Author = { id: like.data.accountId, uri: here('1'), actor: new Uint8Array(32) }
  expect(streamOf(like, mine)).toMatchObject({ ok: true, stream: ['reaction', `${like.data.accountId} ${like.data.statusId} like`] })
  expect(streamOf(like, { ...mine, id: '7' })).toMatchObject({ ok: false, refusal: { code: 'NOT_ALLOWED' } })
  expect(streamOf({ type: 'grant:create', data: samples['grant:create'] }, mine)).toMatchObject({ ok: false, refusal: { code: 'NOT_ALLOWED' } })
})
