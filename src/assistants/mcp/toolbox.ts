/**
 * How a tool is made: its input is checked by the SDK, its scope is asked for, what it shows is noted before it goes out, and what goes wrong is said
 * in words that a stranger may read.
 */
import type {
  CallToolResult,
  InputRequiredResult,
  McpServer,
  ScopeChallengeHandler,
  ServerContext,
  ToolAnnotations,
} from '@modelcontextprotocol/server'
import type pg from 'pg'
import type { z } from 'zod'
import type { Evidence, MemoryEvents, Reader } from '../../events/memories.ts'
import type { Execute, Request } from '../../handlers/commands.ts'
import type { ContextAssembly } from '../../memory/context/context.ts'
import type { Query, SearchResult } from '../../memory/retrieval/types.ts'
import type { MemoryRow } from '../../projections/read/memories.ts'
import type { RowCipher } from '../../projections/row-cipher.ts'
import { type Caller, type ClientInfo, readerOf } from './caller.ts'

/** What an answer shows of the vault. */
export type Reading = Partial<Pick<MemoryEvents['memory:access'], 'query' | 'conversationIds' | 'messageIds' | 'memoryIds' | 'tokens'>>

export type McpDeps = {
  readonly pool: pg.Pool
  readonly cipher: RowCipher
  readonly retrieval: { search(accountId: string, query: Query): Promise<SearchResult> }
  readonly context: ContextAssembly
  readonly execute: Execute
  readonly projections: { waitFor(position: number, timeoutMs?: number): Promise<boolean> }
  readonly newId: () => string
  readonly now: () => number
  /** Of this instance, for addresses that people may open. */
  readonly origin: string
  /** Notes that somebody read; nothing is shown when it rejects. */
  readonly note: (accountId: string, reader: Reader, reading: Reading & { readonly what: string }) => Promise<void>
  /** Whether each quote stands in a message that its author signed, at its place in the log, today. In the order of the evidence. */
  readonly checkEvidence: (evidence: readonly Evidence[]) => Promise<readonly EvidenceCheck[]>
  /** How memories come and go. */
  readonly keeping: {
    /** What records a sentence about the person: a candidate, or believed at once when they confirmed it. @throws {Refused} in words for the assistant */
    propose(accountId: string, proposal: Proposal): Promise<{ readonly id: string; readonly requests: readonly Request[] }>
    /** What forgets a memory for good. */
    forget(memory: MemoryRow): Promise<readonly Request[]>
    /** What makes a memory say something else, in its owner's name. */
    correct(memory: MemoryRow, text: string): Promise<readonly Request[]>
  }
  readonly log: (level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

/** One sentence about the person. `quote`: their own words, as the assistant heard them. `assistant`: what it calls itself. */
export type Proposal = { readonly text: string; readonly quote: string | null; readonly confirmed: boolean; readonly assistant: string }

/** `reason`: what is wrong, or null. */
export type EvidenceCheck = { readonly ok: boolean; readonly reason: string | null }

/** Everything that a tool, resource or prompt of one connection knows. */
export type Desk = {
  readonly server: McpServer
  readonly deps: McpDeps
  readonly caller: Caller
  /** What the assistant calls itself. */
  readonly client: () => ClientInfo
  /** Notes what is shown, in its name. */
  note(what: string, reading: Reading): Promise<void>
  /** Does what the person allowed it to do. @throws {Refused} when the domain says no */
  act(requests: readonly Request[]): Promise<void>
}

/** A "no" with its reason, for the assistant to read. */
export class Refused extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'Refused'
  }
}

export function openDesk(server: McpServer, deps: McpDeps, caller: Caller): Desk {
  const client = (): ClientInfo => server.server.getClientVersion()
  return {
    server,
    deps,
    caller,
    client,
    note: (what, reading) => deps.note(caller.accountId, readerOf(caller, client()), { ...reading, what }),
    async act(requests) {
      for (const request of requests) {
        const outcome = await deps.execute(request)
        if (!outcome.ok) throw new Refused(outcome.refusal.message)
        if (outcome.position !== null) await deps.projections.waitFor(outcome.position)
      }
    },
  }
}

/** `text`: for assistants that read no structured content; the content as JSON when it is absent. */
export type Answer<O> = { readonly shows: O; readonly text?: string; readonly reading: Reading }

/** What the person is asked first, in their assistant. */
export type Question = { readonly ask: InputRequiredResult }

export type ToolSpec<I extends z.ZodType, O extends z.ZodType> = {
  readonly title: string
  readonly description: string
  readonly input: I
  readonly output: O
  readonly annotations: ToolAnnotations
  readonly scope: 'memory:read' | 'memory:write'
}

export function tool<I extends z.ZodType, O extends z.ZodType>(
  desk: Desk,
  name: string,
  { title, description, input, output, annotations, scope }: ToolSpec<I, O>,
  run: (given: z.infer<I>, context: ServerContext) => Promise<Answer<z.infer<O>> | Question>,
): void {
  const config = { title, description, inputSchema: input, outputSchema: output, annotations, scopeChallenge: scopeNeeded(scope) }
  // The SDK's overloads tell schemas apart by their type, which is not known here: it checks what is given at run time all the same.
  const register = desk.server.registerTool.bind(desk.server) as (name: string, config: object, callback: unknown) => unknown
  register(name, config, async (given: z.infer<I>, context: ServerContext) => answering(desk, name, () => run(given, context)))
}

/** A token that lacks the scope is told which would do, so that the client can ask its person for it. */
export const scopeNeeded =
  (scope: string): ScopeChallengeHandler =>
  ({ authInfo }) =>
    authInfo === undefined || authInfo.scopes.includes(scope)
      ? undefined
      : { scopes: ['memory:read', ...(scope === 'memory:read' ? [] : [scope])], errorDescription: `This takes the scope ${scope}` }

async function answering(desk: Desk, name: string, work: () => Promise<Answer<unknown> | Question>): Promise<CallToolResult | InputRequiredResult> {
  try {
    const answer = await work()
    if ('ask' in answer) return answer.ask
    await desk.note(`mcp:${name}`, answer.reading)
    return {
      content: [{ type: 'text', text: answer.text ?? JSON.stringify(answer.shows) }],
      structuredContent: answer.shows as Record<string, unknown>,
    }
  } catch (error) {
    return { isError: true, content: [{ type: 'text', text: wordsFor(desk, name, error) }] }
  }
}

/** What a stranger may read of what went wrong. */
export function wordsFor({ deps }: Pick<Desk, 'deps'>, what: string, error: unknown): string {
  if (error instanceof Refused) return error.message
  deps.log('error', 'an MCP call failed', { what, error: error instanceof Error ? (error.stack ?? error.message) : String(error) })
  return 'Something went wrong on the server. Nothing is known to have changed; try again later.'
}
