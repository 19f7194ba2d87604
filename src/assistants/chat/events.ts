/** What is told of an answer while it is made. */
import type { Json, Usage } from '../../events/conversations.ts'
import type { ModelFailure } from '../models/failures.ts'

/** Something the model was given to know: which, and how many tokens. Its words are in no event and no message: what is forgotten stays in none. */
export type Given = { readonly kind: string; readonly id: string; readonly tokens: number }

export type ChatEvent =
  /** The question is durable. `messageId`: of the answer, which there is as soon as it has words. */
  | {
      readonly type: 'start'
      readonly conversationId: string
      readonly questionId: string
      readonly messageId: string
      readonly provider: string
      readonly model: string
    }
  | { readonly type: 'context'; readonly tokens: number; readonly given: readonly Given[] }
  | { readonly type: 'text' | 'reasoning'; readonly text: string }
  | { readonly type: 'tool-call'; readonly callId: string; readonly name: string; readonly args: Json }
  | { readonly type: 'tool-result'; readonly callId: string; readonly name: string; readonly ok: boolean; readonly result: Json }
  /** The answer is durable, as far as it came; null: there was none. */
  | { readonly type: 'done'; readonly messageId: string | null; readonly status: AnswerStatus; readonly usage: Usage | null }
  | { readonly type: 'error'; readonly messageId: string | null; readonly failure: ModelFailure }

/** `aborted`: stopped by its person. `partial`: the model or the instance stopped early. */
export type AnswerStatus = 'complete' | 'partial' | 'error' | 'aborted'
