/** The tools of the vault as the AI SDK calls them, and what is to be recorded of each call. */
import type { ToolSet } from 'ai'
import type { Json } from '../../events/conversations.ts'
import { type Tool, ToolProblem } from '../tools/tool.ts'
import { TOOLS } from '../tools/tools.ts'
import type { ChatDeps } from './deps.ts'
import { type Job, placeOf } from './request.ts'

export type Toolbox = {
  readonly tools: ToolSet
  /** Of a call that went well. */
  kept(callId: string): Json
}

/** Calls of one answer: more would be a model that goes round in circles, at its person's cost. */
const MOST_CALLS = 24

export async function toolbox(deps: ChatDeps, job: Job): Promise<Toolbox> {
  const { tool } = await import('ai')
  const kept = new Map<string, Json>()
  const wished = TOOLS.filter(({ name }) => job.wishes.tools.includes(name))
  let calls = 0

  async function call(one: Tool, input: unknown, callId: string): Promise<string> {
    calls += 1
    if (calls > MOST_CALLS) throw new ToolProblem('No more calls in this answer: say what you know.')
    const done = await attempt(deps, job, one, input)
    kept.set(callId, done.kept)
    return done.told
  }

  return {
    tools: Object.fromEntries(
      wished.map((one) => [
        one.name,
        tool({
          description: one.description,
          inputSchema: one.input,
          execute: (input: unknown, { toolCallId }: { toolCallId: string }) => call(one, input, toolCallId),
        }),
      ]),
    ),
    kept: (callId) => kept.get(callId) ?? null,
  }
}

/** What is wrong with us is in our log; the model is told only that. */
async function attempt(deps: ChatDeps, job: Job, { name, run }: Tool, input: unknown): ReturnType<Tool['run']> {
  try {
    return await run(deps, placeOf(job), input)
  } catch (error) {
    if (error instanceof ToolProblem) throw error
    deps.log('error', 'a tool of the chat failed', { tool: name, error: error instanceof Error ? error.message : String(error) })
    throw new ToolProblem('This tool does not work at the moment.')
  }
}
