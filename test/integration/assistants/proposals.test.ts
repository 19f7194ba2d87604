/** Memories that a person's own model proposes: what stands there is a candidate with its evidence, everything else is refused and counted. */
import { createHash } from 'node:crypto'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { marksOf } from '../../../src/memory/marks.ts'
import { extractions } from '../../../src/projections/read/accesses.ts'
import { type MemoryRow, memories, relations } from '../../../src/projections/read/memories.ts'
import type { Asked } from '../../support/model-server.ts'
import { over, type World, world } from './world.ts'

let w: World
let modelId: string
beforeAll(async () => {
  w = await world()
  modelId = await w.addModel()
})
afterEach(() => w.server.forget())
afterAll(() => w.close())

const proposal = (more: object) => ({
  op: 'add',
  message: 'm1',
  quote: 'I moved to Lisbon in May',
  target: null,
  type: 'identity',
  category: 'home',
  text: 'The user moved to Lisbon.',
  subject: 'user',
  predicate: 'lives in',
  object: 'Lisbon',
  validFrom: null,
  validTo: null,
  ...more,
})

const ofModel = async (): Promise<MemoryRow[]> =>
  (await memories(w.instance.deps.pool, w.instance.deps.vault.cipher, w.person.id, { limit: 200 })).filter(
    ({ derivation }) => derivation.engine === 'model',
  )

async function talk(text: string): Promise<string> {
  const turn = await w.ask(text)
  await over(turn)
  return turn.conversationId
}

async function propose(conversationId: string, ...proposals: readonly unknown[]) {
  w.server.say({ text: [JSON.stringify({ proposals })] })
  const proposed = await w.instance.deps.vault.proposals.propose(w.person.id, conversationId, modelId)
  if (!proposed.ok) throw new Error(JSON.stringify(proposed))
  return proposed.report
}

describe('a proposal', () => {
  it('that quotes the person is a candidate with its evidence, and who asked what is recorded as hashes', async () => {
    const conversationId = await talk('Guess what, I moved to Lisbon in May, and I love it.')
    const { id, ...report } = await propose(conversationId, proposal({}))
    expect(report).toEqual({ proposed: 1, accepted: [{ op: 'add', memoryId: expect.any(String) as string }], rejected: [] })
    const [memory] = await ofModel()
    const asked = w.server.asked.at(-1)
    const [system, user] = asked?.body.messages ?? []
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
    const hashes = {
      prompt: sha256(`${String(system?.content)}\n${contentOf(user?.content)}`),
      output: sha256(JSON.stringify({ proposals: [proposal({})] })),
    }
    expect(memory).toMatchObject({
      id: report.accepted[0]?.memoryId,
      status: 'candidate',
      object: 'lisbon',
      derivation: { engine: 'model', by: 'extraction', ...hashes },
    })
    const [question] = await w.messages(conversationId)
    expect(memory?.evidence).toMatchObject([{ messageId: question?.id, start: 12, end: 36, quote: 'I moved to Lisbon in May' }])
    expect((await extractions(w.instance.deps.pool, w.person.id, { limit: 1 }))[0]).toMatchObject({
      id,
      conversationId,
      proposed: 1,
      accepted: 1,
      model: 'test-model',
      ...hashes,
    })
  })

  it('that does not stand there, or is not the person’s own, is refused and counted by reason; the others are kept', async () => {
    w.server.say({ text: ['You said you moved to Faro in June.'] })
    const conversationId = await talk('I moved to Porto in June. `I moved to Ovar` My password is hunter-twelve-x.')
    const before = (await ofModel()).length
    const report = await propose(
      conversationId,
      proposal({ quote: 'I moved to Braga in June', object: 'Braga' }),
      proposal({ quote: 'I moved to Ovar', object: 'Ovar' }),
      proposal({ message: 'm2', quote: 'you moved to Faro in June', object: 'Faro' }),
      proposal({ quote: 'I moved to Porto in June', object: 'Lisbon' }),
      proposal({ quote: 'My password is hunter-twelve-x', object: 'hunter-twelve-x' }),
      proposal({ message: 'm99' }),
      proposal({ op: 'supersede', target: 'k99', quote: 'I moved to Porto in June', object: 'Porto' }),
      proposal({ quote: 'I moved to Porto in June', object: 'Porto', text: 'Two\nlines' }),
      { op: 'add' },
      'nonsense',
      proposal({ op: 'noop' }),
      proposal({ quote: 'I moved to Porto in June', object: 'Porto' }),
    )
    expect(report.proposed).toBe(12)
    expect(report.accepted).toHaveLength(1)
    expect(Object.fromEntries(report.rejected.map(({ reason, count }) => [reason, count]))).toEqual({
      'not-a-quote': 1,
      'not-theirs': 2,
      'not-in-quote': 1,
      secret: 1,
      'unknown-message': 1,
      'unknown-memory': 1,
      'no-sentence': 1,
      malformed: 2,
    })
    expect(await ofModel()).toHaveLength(before + 1)
  })

  it('on what is known supports it, or stands beside it with how they relate: what is known stays as it is', async () => {
    const first = await talk('I keep a tortoise called Solon.')
    const { accepted } = await propose(
      first,
      proposal({
        quote: 'I keep a tortoise called Solon',
        type: 'relationship',
        category: 'pet',
        predicate: 'has tortoise',
        object: 'Solon',
        text: 'The user has a tortoise called Solon.',
      }),
    )
    const known = accepted[0]?.memoryId ?? ''
    await w.instance.deps.vault.retrieval.upTo(w.instance.deps.ledger.checkpoint().size - 1)
    const second = await talk('My tortoise Solon is really called Plato.')
    const aliasOf = (asked: Asked): string =>
      /"id":"(k\d+)","text":"The user has a tortoise/.exec(contentOf(asked.body.messages?.[1]?.content))?.[1] ?? ''
    w.server.say((asked) => ({
      text: [
        JSON.stringify({
          proposals: [
            proposal({ op: 'support', target: aliasOf(asked), quote: 'My tortoise Solon', object: 'Solon' }),
            proposal({
              op: 'contradict',
              target: aliasOf(asked),
              quote: 'is really called Plato',
              type: 'relationship',
              category: 'pet',
              predicate: 'has tortoise',
              object: 'Plato',
              text: 'The tortoise is called Plato.',
            }),
          ],
        }),
      ],
    }))
    const proposed = await w.instance.deps.vault.proposals.propose(w.person.id, second, modelId)
    if (!proposed.ok) throw new Error(JSON.stringify(proposed))
    expect(proposed.report.accepted.map(({ op }) => op)).toEqual(['support', 'contradict'])
    const rows = await ofModel()
    expect(rows.find(({ id }) => id === known)).toMatchObject({ status: 'candidate', evidence: [{}, { quote: 'My tortoise Solon' }] })
    const related = await relations(w.instance.deps.pool, w.person.id, known)
    expect(related).toMatchObject([{ targetId: known, relation: 'contradicts', sourceId: proposed.report.accepted[1]?.memoryId }])
  })

  it('made again changes nothing', async () => {
    const conversationId = await talk('I play the cello on Tuesdays.')
    const cello = proposal({
      quote: 'I play the cello',
      type: 'factual',
      category: 'ability',
      predicate: 'plays',
      object: 'cello',
      text: 'The user plays the cello.',
    })
    await propose(conversationId, cello)
    const before = (await ofModel()).length
    await propose(conversationId, cello, cello)
    expect(await ofModel()).toHaveLength(before)
  })

  it('of what was forgotten is refused', async () => {
    const conversationId = await talk('I collect theodolites.')
    const collect = proposal({
      quote: 'I collect theodolites',
      type: 'factual',
      category: 'possession',
      predicate: 'has',
      object: 'theodolites',
      text: 'The user collects theodolites.',
    })
    const { accepted } = await propose(conversationId, collect)
    const memory = (await ofModel()).find(({ id }) => id === accepted[0]?.memoryId)
    if (memory === undefined) throw new Error('nothing was proposed')
    const marks = marksOf(w.instance.deps.vault.cipher, w.person.id, memory)
    const at = new Date().toISOString()
    const forget = { do: 'ForgetMemory', data: { id: memory.id, accountId: w.person.id, at, marks } } as const
    const { ok } = await w.instance.deps.execute({ by: { account: w.person.id }, lane: 'private', commands: [forget] })
    expect(ok).toBe(true)
    await w.instance.deps.projections.waitFor(w.instance.deps.ledger.checkpoint().size - 1)
    expect((await propose(conversationId, collect)).rejected).toEqual([{ reason: 'forgotten', count: 1 }])
  })
})

describe('a model', () => {
  it('that talks around its JSON, or sends none, spoils nothing', async () => {
    const conversationId = await talk('I am learning Basque.')
    const basque = proposal({
      quote: 'I am learning Basque',
      type: 'goal',
      category: 'learning',
      predicate: 'is learning',
      object: 'Basque',
      text: 'The user is learning Basque.',
    })
    w.server.say({ text: [`Sure! \`\`\`json\n${JSON.stringify({ proposals: [basque] })}\n\`\`\``] }, { text: ['I would rather not.'] })
    const { proposals } = w.instance.deps.vault
    expect(await proposals.propose(w.person.id, conversationId, modelId)).toMatchObject({
      ok: true,
      report: { proposed: 1, accepted: [{ op: 'add' }] },
    })
    expect(await proposals.propose(w.person.id, conversationId, modelId)).toMatchObject({
      ok: true,
      report: { proposed: 0, rejected: [{ reason: 'malformed', count: 1 }] },
    })
  })

  it('that cannot be asked is told as such, and nothing is recorded', async () => {
    const conversationId = await talk('I bake bread.')
    w.server.say({ status: 400, body: JSON.stringify({ error: { message: 'no JSON schema here' } }) })
    const proposed = await w.instance.deps.vault.proposals.propose(w.person.id, conversationId, modelId)
    expect(proposed).toMatchObject({ ok: false, failure: { kind: 'request', status: 400 } })
  })

  it('is not asked about what must not be learnt from, nor shown secrets', async () => {
    const secret = await w.ask('Between us: I like liquorice.', { doNotRemember: true })
    await over(secret)
    const { proposals } = w.instance.deps.vault
    expect(await proposals.propose(w.person.id, secret.conversationId, modelId)).toMatchObject({ ok: false, refusal: { code: 'NOT_ALLOWED' } })
    expect(await proposals.propose(w.person.id, '1', modelId)).toMatchObject({ ok: false, refusal: { code: 'NOT_FOUND' } })
    const open = await talk('Use sk-live-0123456789abcdef0123456789 for the deployment.')
    await propose(open)
    expect(JSON.stringify(w.server.asked.at(-1)?.body)).not.toContain('0123456789abcdef')
  })
})

const contentOf = (content: unknown): string =>
  typeof content === 'string' ? content : Array.isArray(content) ? content.map((part: { readonly text?: string }) => part.text ?? '').join('') : ''
