/**
 * Talking to one's own models: the question is durable before the model is asked, the answer is recorded as far as it comes, whoever listens or not.
 * Stop ends it, retry asks again beside it, and an answer under way can be listened to again from its beginning.
 */
import { record, signerOf } from '../record.ts'
import type { ChatDeps } from './deps.ts'
import type { ChatEvent } from './events.ts'
import { type Ask, type ChatRefusal, type Job, type Prepared, prepareAsk, prepareRetry, type Retry, refusedFor } from './request.ts'
import { runTurn } from './run.ts'
import { Turn } from './turn.ts'

export type Started = { readonly ok: true; readonly turn: Turn } | ChatRefusal

export type Chat = {
  /** Resolves when the question is durable. @throws {LedgerFault} when it cannot be recorded now */
  ask(ask: Ask): Promise<Started>
  retry(retry: Retry): Promise<Started>
  /** An answer of the account's that is under way, or ended less than a minute ago. */
  find(accountId: string, messageId: string): Turn | null
  /** The account's answers that are under way. */
  running(accountId: string): readonly Turn[]
  /** Ends what is under way, and records it as far as it came. */
  close(): Promise<void>
}

/** Answers under way at once, for one account and for all. */
const MOST_OF_ONE = 4
const MOST_OF_ALL = 64
/** Milliseconds for which an answer that ended can be listened to. */
const KEPT_MS = 60_000

export function createChat(deps: ChatDeps): Chat {
  const turns = new Map<string, Turn>()
  const running = new Map<Turn, Promise<void>>()
  /** Conversations that are being asked in: one question at a time. */
  const taken = new Set<string>()
  let closing = false

  const stopWatching = deps.projections.onChanges((changes) => {
    const gone = new Set(changes.flatMap((change) => (change.kind === 'conversation' && change.gone ? change.conversationId : [])))
    if (gone.size > 0) for (const turn of running.keys()) if (gone.has(turn.conversationId)) turn.stop('deleted')
  })

  const runningOf = (accountId: string): Turn[] => [...running.keys()].filter((turn) => turn.accountId === accountId)

  function busy(accountId: string, conversationId: string | null): ChatRefusal | null {
    if (closing) return refusedFor('BUSY', 'This instance is stopping')
    if (conversationId !== null && taken.has(conversationId))
      return refusedFor('BUSY', 'An answer in this conversation is under way: wait for it, or stop it')
    return runningOf(accountId).length < MOST_OF_ONE && running.size < MOST_OF_ALL
      ? null
      : refusedFor('BUSY', 'Too many answers are under way at once')
  }

  async function begin(accountId: string, conversationId: string | null, prepare: () => Promise<Prepared>): Promise<Started> {
    const refusal = busy(accountId, conversationId)
    if (refusal !== null) return refusal
    if (conversationId !== null) taken.add(conversationId)
    let started: Started | null = null
    try {
      const prepared = await prepare()
      started = prepared.ok ? await launch(prepared.job) : prepared
      return started
    } finally {
      if (started?.ok !== true && conversationId !== null) taken.delete(conversationId)
    }
  }

  async function launch(job: Job): Promise<Started> {
    const { accountId, conversationId, question, first } = job
    if (first.length > 0) {
      const outcome = await record(deps, await signerOf(deps, accountId), first)
      if (!outcome.ok) return outcome
    }
    const turn = new Turn({ id: deps.newId(), accountId, conversationId })
    const { provider, model } = job.model.model
    turn.tell({ type: 'start', conversationId, questionId: question.id, messageId: turn.id, provider, model })
    turns.set(turn.id, turn)
    taken.add(conversationId)
    running.set(
      turn,
      runTurn(deps, job, turn).then((last) => ended(turn, last)),
    )
    return { ok: true, turn }
  }

  /** Whoever hears of the end may ask again at once. */
  function ended(turn: Turn, last: ChatEvent): void {
    running.delete(turn)
    taken.delete(turn.conversationId)
    turn.tell(last)
    setTimeout(() => turns.delete(turn.id), KEPT_MS).unref()
  }

  return {
    ask: (ask) => begin(ask.accountId, ask.conversationId, () => prepareAsk(deps, ask)),
    retry: (retry) => begin(retry.accountId, retry.conversationId, () => prepareRetry(deps, retry)),
    running: runningOf,
    find(accountId, messageId) {
      const turn = turns.get(messageId)
      return turn?.accountId === accountId ? turn : null
    },
    async close() {
      closing = true
      stopWatching()
      for (const turn of running.keys()) turn.stop('closing')
      await Promise.all(running.values())
    },
  }
}
