/** One answer from beginning to end: notes from the vault, the model's stream, its tools, and what is recorded of it. */
import type { LanguageModelUsage, TextStreamPart, ToolSet } from 'ai'
import type { Json, Usage } from '../../events/conversations.ts'
import type { ModelFailure } from '../models/failures.ts'
import { plainJson } from '../plain.ts'
import { Answer } from './answer.ts'
import type { ChatDeps } from './deps.ts'
import type { ChatEvent } from './events.ts'
import { gatherNotes, type Notes } from './notes.ts'
import { systemPrompt } from './prompt.ts'
import type { Job } from './request.ts'
import { Saver } from './save.ts'
import { type Toolbox, toolbox } from './toolbox.ts'
import type { Turn } from './turn.ts'

/** Times that a model may use tools and go on, in one answer. */
const STEPS = 8

type Run = {
  readonly deps: ChatDeps
  readonly job: Job
  readonly turn: Turn
  readonly answer: Answer
  readonly saver: Saver
}

/** What is to be told at the end, when everything there is to record was recorded. Never rejects. */
export async function runTurn(deps: ChatDeps, job: Job, turn: Turn): Promise<ChatEvent> {
  const answer = new Answer()
  const run: Run = { deps, job, turn, answer, saver: new Saver(deps, job, turn.id, answer) }
  const failure = await converse(run).then(
    () => null,
    (error: unknown) => (turn.signal.aborted ? null : job.model.failure(error)),
  )
  return settle(run, failure)
}

/** @throws whatever the model, its tools or the network threw */
async function converse(run: Run): Promise<void> {
  const { deps, job, turn, saver } = run
  const { model, wishes } = job
  const notes = await gatherNotes(deps, job)
  saver.extra = extraOf(job, notes)
  if (notes.given !== null) turn.tell({ type: 'context', tokens: notes.tokens, given: notes.given })
  const { streamText, stepCountIs } = await import('ai')
  const box = await toolbox(deps, job)
  const stream = streamText({
    model: model.language,
    system: systemPrompt({ now: new Date(deps.now()).toISOString(), tools: wishes.tools, notes: notes.text }),
    messages: [...notes.turns],
    tools: box.tools,
    stopWhen: stepCountIs(STEPS),
    maxRetries: 1,
    abortSignal: turn.signal,
    onError: () => {}, // it comes as a part of the stream, too; the SDK would print it
    ...(wishes.maxOutputTokens === null ? {} : { maxOutputTokens: wishes.maxOutputTokens }),
    ...(wishes.temperature === null ? {} : { temperature: wishes.temperature }),
    ...(model.provider.options === undefined ? {} : { providerOptions: model.provider.options }),
  })
  for await (const part of stream.fullStream) hear(run, box, part)
}

/** What was decided for the answer, recorded beside it: enough to see later what the model was told, by ids alone. */
const extraOf = ({ model }: Job, { tokens, sha256, given }: Notes): Json => ({
  provider: model.model.provider,
  modelId: model.model.id,
  context: sha256 === null ? null : { sha256, tokens, given: (given ?? []).map(({ kind, id }) => ({ kind, id })) },
})

/** @throws the error that the part tells of */
function hear({ turn, answer, saver, job }: Run, box: Toolbox, part: TextStreamPart<ToolSet>): void {
  switch (part.type) {
    case 'text-delta':
    case 'reasoning-delta': {
      const type = part.type === 'text-delta' ? 'text' : 'reasoning'
      saver.heard()
      answer.say(type, part.id, part.text)
      turn.tell({ type, text: part.text })
      break
    }
    case 'tool-call': {
      const args = plainJson(part.input)
      answer.call(part.toolCallId, part.toolName, args)
      turn.tell({ type: 'tool-call', callId: part.toolCallId, name: part.toolName, args })
      break
    }
    case 'tool-result':
    case 'tool-error': {
      const ok = part.type === 'tool-result'
      const result = ok ? box.kept(part.toolCallId) : { problem: job.model.clean(problemOf(part.error)) }
      answer.result(part.toolCallId, part.toolName, ok, result)
      turn.tell({ type: 'tool-result', callId: part.toolCallId, name: part.toolName, ok, result })
      break
    }
    case 'finish':
      answer.usage = usageOf(part.totalUsage)
      answer.finish = part.finishReason
      break
    case 'error':
      throw part.error
    default:
  }
}

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : 'failed').slice(0, 500).toWellFormed()

/** As far as the provider counted. */
function usageOf({ inputTokens, outputTokens, totalTokens, inputTokenDetails, outputTokenDetails }: LanguageModelUsage): Usage | null {
  const counts = {
    input: inputTokens,
    output: outputTokens,
    total: totalTokens,
    reasoning: outputTokenDetails.reasoningTokens,
    cacheRead: inputTokenDetails.cacheReadTokens,
    cacheWrite: inputTokenDetails.cacheWriteTokens,
  }
  const known = Object.entries(counts).filter(([, count]) => count !== undefined && Number.isSafeInteger(count) && count >= 0)
  return known.length === 0 ? null : { ...Object.fromEntries(known), counted: 'provider' }
}

/** Its words were told, and are not in the log: the log says why. */
const NOT_RECORDED: ModelFailure = { kind: 'model', message: 'The answer could not be recorded', status: null }

async function settle({ turn, answer, saver }: Run, failure: ModelFailure | null): Promise<ChatEvent> {
  const status =
    turn.stopped === 'person' ? 'aborted' : turn.stopped !== null || answer.finish === 'length' ? 'partial' : failure === null ? 'complete' : 'error'
  if (failure !== null && answer.hasWords) answer.fail(failure.kind, failure.message)
  const saved = answer.hasWords || saver.begun ? await saver.end(status) : saver.drop()
  const messageId = saved === 'saved' ? turn.id : null
  if (failure !== null) return { type: 'error', messageId, failure }
  if (saved === 'failed') return { type: 'error', messageId, failure: NOT_RECORDED }
  return { type: 'done', messageId, status, usage: answer.usage }
}
