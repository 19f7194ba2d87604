/** OpenAI's responses. @see https://platform.openai.com/docs/api-reference/responses and /responses-streaming */
import type { Dialect, Frame } from './reply.ts'

type Said = Parameters<Dialect['whole']>[0]

const HEAD = {
  id: 'resp_67c9fdcecf488190bdd9a0409de3a1ec07b8b0ad4e5eb654',
  object: 'response',
  created_at: 1_741_290_958,
  error: null,
  instructions: null,
}
const MESSAGE = 'msg_67c9fdcf37fc8190ba82116e33fb28c507b8b0ad4e5eb654'

const part = (text: string) => ({ type: 'output_text', text, annotations: [], logprobs: [] })
const message = (text: string) => ({ id: MESSAGE, type: 'message', status: 'completed', role: 'assistant', content: [part(text)] })
const callOf = ({ id, name, args }: { id: string; name: string; args: object }) => ({
  id: `fc_${id}`,
  type: 'function_call',
  status: 'completed',
  call_id: id,
  name,
  arguments: JSON.stringify(args),
})

const whole = ({ text, calls = [], usage, ending }: Said, model: string) => ({
  ...HEAD,
  status: ending === 'length' ? 'incomplete' : 'completed',
  incomplete_details: ending === 'length' ? { reason: 'max_output_tokens' } : null,
  model,
  output: [...(text.length > 0 ? [message(text.join(''))] : []), ...calls.map(callOf)],
  parallel_tool_calls: true,
  store: false,
  usage: {
    input_tokens: usage.input,
    input_tokens_details: { cached_tokens: usage.cached ?? 0 },
    output_tokens: usage.output,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: usage.input + usage.output,
  },
})

const named = (type: string, rest: object): Frame => ({ event: type, data: { type, ...rest } })
const at = { item_id: MESSAGE, output_index: 0, content_index: 0 }

function words(text: readonly string[]): Frame[] {
  if (text.length === 0) return []
  return [
    named('response.output_item.added', {
      output_index: 0,
      item: { id: MESSAGE, type: 'message', status: 'in_progress', role: 'assistant', content: [] },
    }),
    named('response.content_part.added', { ...at, part: part('') }),
    ...text.map((delta) => named('response.output_text.delta', { ...at, delta, logprobs: [] })),
  ]
}

const closing = (text: readonly string[]): Frame[] =>
  text.length === 0
    ? []
    : [
        named('response.output_text.done', { ...at, text: text.join(''), logprobs: [] }),
        named('response.content_part.done', { ...at, part: part(text.join('')) }),
        named('response.output_item.done', { output_index: 0, item: message(text.join('')) }),
      ]

export const responses: Dialect = {
  whole,
  frames: ({ text, calls = [] }, model) => [
    named('response.created', { response: { ...HEAD, status: 'in_progress', incomplete_details: null, model, output: [], usage: null } }),
    ...words(text),
    ...calls.flatMap((one, index) => {
      const place = { output_index: index + (text.length > 0 ? 1 : 0) }
      const item = callOf(one)
      return [
        named('response.output_item.added', { ...place, item: { ...item, status: 'in_progress', arguments: '' } }),
        named('response.function_call_arguments.delta', { ...place, item_id: item.id, delta: item.arguments }),
        named('response.function_call_arguments.done', { ...place, item_id: item.id, arguments: item.arguments }),
        named('response.output_item.done', { ...place, item }),
      ]
    }),
  ],
  end: (reply, model) => [
    ...closing(reply.text),
    named(reply.ending === 'length' ? 'response.incomplete' : 'response.completed', { response: whole(reply, model) }),
  ],
}
