/**
 * OpenAI's chat completions, as nearly everybody speaks them (xAI, Mistral, DeepSeek, Qwen, Moonshot, Z.ai, MiniMax, Ollama).
 *
 * @see https://platform.openai.com/docs/api-reference/chat/create and /chat-streaming; `reasoning_content` as https://api-docs.deepseek.com/guides/reasoning_model
 */
import type { Dialect, Frame } from './reply.ts'

const HEAD = { id: 'chatcmpl-123', created: 1_694_268_190, system_fingerprint: 'fp_44709d6fcb' }
type Said = Parameters<Dialect['whole']>[0]

const usageOf = ({ usage }: Said) => ({
  prompt_tokens: usage.input,
  completion_tokens: usage.output,
  total_tokens: usage.input + usage.output,
  ...(usage.cached !== undefined && { prompt_tokens_details: { cached_tokens: usage.cached } }),
})

const finish = ({ calls = [], ending }: Said): string => (ending === 'length' ? 'length' : calls.length > 0 ? 'tool_calls' : 'stop')

const callOf = ({ id, name, args }: { id: string; name: string; args: object }, index: number) => ({
  index,
  id,
  type: 'function',
  function: { name, arguments: JSON.stringify(args) },
})

const chunk = (model: string, delta: object, finish_reason: string | null = null): Frame => ({
  data: { ...HEAD, object: 'chat.completion.chunk', model, choices: [{ index: 0, delta, logprobs: null, finish_reason }] },
})

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
  end: (reply, model) => [
    chunk(model, {}, finish(reply)),
    { data: { ...HEAD, object: 'chat.completion.chunk', model, choices: [], usage: usageOf(reply) } },
    { data: '[DONE]' },
  ],
}
