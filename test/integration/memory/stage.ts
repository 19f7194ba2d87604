/** A real ledger with read tables and the pipeline, on a database of its own; people 1 and 2, who talk to assistants. */

import type { Message } from '../../../src/events/conversations.ts'
import { conversationIdOf, messageIdOf } from '../../../src/events/identifiers.ts'
import type { Command, Execute, Request } from '../../../src/handlers/commands.ts'
import { createExecute } from '../../../src/handlers/execute.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { createKeeping, type Keeping } from '../../../src/memory/keeping.ts'
import { type MemoryPipeline, startMemoryPipeline } from '../../../src/memory/pipeline.ts'
import { Projections } from '../../../src/projections/projections.ts'
import { type MemoryRow, memories } from '../../../src/projections/read/memories.ts'
import { RowCipher } from '../../../src/projections/row-cipher.ts'
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts'
import { conversationSamples } from '../../unit/events/conversation-samples.ts'
import { newAccount, setUp } from '../../unit/handlers/world.ts'

export type Line = { readonly text: string; readonly at?: string | null } & Partial<
  Pick<Message, 'role' | 'injected' | 'hidden' | 'recipient' | 'blocks'>
>
export type Talk = { readonly of?: string; readonly doNotRemember?: boolean; readonly temporary?: boolean }

export type Stage = {
  readonly database: TestDatabase
  readonly ledger: Ledger
  readonly projections: Projections
  readonly execute: Execute
  readonly cipher: RowCipher
  readonly keeping: Keeping
  /** Adds what was said to a conversation of that name, which it makes when there is none. @returns its id */
  says(name: string, lines: readonly (Line | string)[], talk?: Talk): Promise<string>
  /** Runs one after the other, and waits for the read tables. @throws when one is refused */
  does(...requests: readonly Request[]): Promise<void>
  /** Until everything that was said is learnt from. @param batch  messages looked at together */
  learns(batch?: number): Promise<void>
  remembers(of?: string): Promise<MemoryRow[]>
  close(): Promise<void>
}

/** When nothing else is said. */
export const SAID = '2024-03-15T10:00:00.000Z'
const AT = '2026-01-31T12:00:00.000Z'

export async function openStage(): Promise<Stage> {
  const database = await freshDatabase()
  const ledger = await Ledger.open({
    pool: database.pool,
    databaseUrl: database.url,
    origin: 'https://here.example',
    secret: new Uint8Array(32).fill(7),
    now: () => Date.parse(AT),
  })
  const projections = await Projections.open({ pool: database.pool, ledger })
  const execute = createExecute({ ledger })
  const cipher = new RowCipher(ledger.rowKey)
  let ids = 0
  const deps = {
    pool: database.pool,
    ledger,
    projections,
    execute,
    cipher,
    newId: () => String(9000 + ids++),
    now: () => Date.parse(AT),
    log: () => {},
  }
  const keeping = createKeeping(deps)
  let pipeline: MemoryPipeline | null = null
  let last = -1
  const counts = new Map<string, number>()

  const does: Stage['does'] = async (...requests) => {
    for (const request of requests) {
      const outcome = await execute(request)
      if (!outcome.ok) throw new Error(outcome.refusal.message)
      last = Math.max(last, outcome.position ?? -1)
    }
    if (!(await projections.waitFor(last, 10_000))) throw new Error('the read tables do not get there')
  }
  await does(setUp, newAccount('1', 'ada', 'owner'), newAccount('2', 'ben'))

  return {
    database,
    ledger,
    projections,
    execute,
    cipher,
    keeping,
    does,
    async says(name, lines, { of = '1', doNotRemember = false, temporary = false } = {}) {
      const conversationId = conversationIdOf(of, 'test', name)
      const already = counts.get(`${of} ${name}`) ?? 0
      const commands: Command[] =
        already > 0 ? [] : [{ do: 'CreateConversation', data: { ...conversation, id: conversationId, accountId: of, doNotRemember, temporary } }]
      for (const [n, line] of lines.entries()) commands.push(added(line, { conversationId, accountId: of, n: already + n }))
      counts.set(`${of} ${name}`, already + lines.length)
      await does({ by: { account: of }, lane: 'private', commands })
      return conversationId
    },
    async learns(batch) {
      await pipeline?.close()
      pipeline = await startMemoryPipeline({ ...deps, ...(batch === undefined ? {} : { batch }) })
      if (!(await pipeline.caughtUp(last))) throw new Error('the pipeline does not get there')
    },
    remembers: async (of = '1') => (await memories(database.pool, cipher, of, { limit: 500 })).reverse(),
    async close() {
      await pipeline?.close()
      await projections.close()
      await ledger.close()
      await database.drop()
    },
  }
}

const { forkedFrom: _fork, source: _source, ...sample } = conversationSamples['conversation:create']
const conversation = { ...sample, forkedFrom: null, source: null, activeLeafId: null, at: AT } as const

function added(
  line: Line | string,
  { conversationId, accountId, n }: { readonly conversationId: string; readonly accountId: string; readonly n: number },
): Command {
  const { text, at = SAID, ...rest } = typeof line === 'string' ? { text: line } : line
  const value = at === null ? null : new Date(Date.parse(at) + n * 60_000).toISOString()
  return {
    do: 'AddMessage',
    data: {
      id: messageIdOf(conversationId, String(n)),
      conversationId,
      accountId,
      parentId: n === 0 ? null : messageIdOf(conversationId, String(n - 1)),
      role: 'user',
      author: null,
      recipient: null,
      channel: null,
      model: null,
      status: 'complete',
      hidden: false,
      injected: false,
      createdAt: { value, original: null, confidence: value === null ? 'unknown' : 'exact' },
      blocks: [{ t: 'text', format: 'plain', text }],
      source: null,
      extra: null,
      ...rest,
    },
  }
}
