/**
 * OpenAI's chat completions, as nearly everybody speaks them (xAI, Mistral, DeepSeek, Qwen, Moonshot, Z.ai, MiniMax, Ollama).
 *
 * Usage comes in a chunk of its own, without choices, to whoever asked for it by `stream_options`; else with the last chunk, as Mistral sends it.
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create and /chat-streaming, https://docs.mistral.ai/api (chat completions);
 *   `reasoning_content` and `prompt_cache_hit_tokens` as https://api-docs.deepseek.com/api/create-chat-completion
 */
import type { Dialect, Frame } from './reply.ts'

const HEAD = { id: 'chatcmpl-123', created: 1_694_268_190, system_fingerprint: 'fp_44709d6fcb' }
type Said = Parameters<Dialect['whole']>[0]

const usageOf = ({ usage }: Said) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  ...(usage.cached !== undefined && { prompt_tokens_details: { cached_tokens: usage.cached }, prompt_cache_hit_tokens: usage.cached }),
})

const finish = ({ calls = [], ending }: Said): string => (ending === 'length' ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop')

const callOf = ({ id, name, args }: { id: string; name: string; args: object }, index: number) => ({
  index,
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
})

const bodyOf = (model: string, delta: object, finish_reason: string | null) => ({
  ...HEAD,
  object: 'chat.completion.chunk',
  model,
  choices: [{ index: 0, delta, logprobs: null, finish_reason }],
})

const chunk = (model: string, delta: object, finish_reason: string | null = null): Frame => ({ data: bodyOf(model, delta, finish_reason) })

export const chatCompletions: Dialect = {
  whole: (reply, model) => ({
    ...HEAD,
    object: 'chat.completion',
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: reply.text.join(''),
          ...(reply.calls !== undefined && { tool_calls: reply.calls.map(callOf) }),
          refusal: null,
        },
        logprobs: null,
        finish_reason: finish(reply),
      },
    ],
    usage: usageOf(reply),
  }),
  frames: ({ text, reasoning = [], calls = [] }, model) => [
    chunk(model, { role: 'assistant', content: '' }),
    ...reasoning.map((piece) => chunk(model, { reasoning_content: piece })),
    ...text.map((content) => chunk(model, { content })),
    ...calls.map((one, index) => chunk(model, { tool_calls: [callOf(one, index)] })),
  ],
  end: (reply, model, { stream_options: wanted }) => [
    ...(wanted === undefined
      ? [{ data: { ...bodyOf(model, { content: '' }, finish(reply)), usage: usageOf(reply) } }]
      : [chunk(model, {}, finish(reply)), { data: { ...HEAD, object: 'chat.completion.chunk', model, choices: [], usage: usageOf(reply) } }]),
    { data: '[DONE]' },
  ],
}
