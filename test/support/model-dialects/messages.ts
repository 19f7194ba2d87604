/** Anthropic's messages. @see https://platform.claude.com/docs/en/api/messages and /docs/en/build-with-claude/streaming */
import type { Dialect, Frame } from './reply.ts'

type Said = Parameters<Dialect['whole']>[0]

const ID = 'msg_1nZdL29xx5MUA1yADyHTEsnR8uuvGzszyy'
const stopOf = ({ calls = [], ending }: Said): string => (ending === 'length' ? 'max_tokens' : calls.length > 0 ? 'tool_use' : 'end_turn')
const named = (type: string, rest: object): Frame => ({ event: type, data: { type, ...rest } })

/** One block of the content: how it begins, its deltas. */
const block = (index: number, content_block: object, deltas: readonly object[]): Frame[] => [
  named('content_block_start', { index, content_block }),
  ...(index === 0 ? [named('ping', {})] : []),
  ...deltas.map((delta) => named('content_block_delta', { index, delta })),
]

export const messages: Dialect = {
  whole: (reply, model) => ({
    id: ID,
    type: 'message',
    role: 'assistant',
    model,
    content: [
      ...(reply.text.length > 0 ? [{ type: 'text', text: reply.text.join('') }] : []),
      ...(reply.calls ?? []).map(({ id, name, args }) => ({ type: 'tool_use', id, name, input: args })),
    ],
    stop_reason: stopOf(reply),
    stop_sequence: null,
    usage: {
      input_tokens: reply.usage.input,
      cache_creation_input_tokens: 0,
      cache_read_input_tokens: reply.usage.cached ?? 0,
      output_tokens: reply.usage.output,
    },
  }),
  frames({ text, reasoning = [], calls = [], usage }, model) {
    const thinking = reasoning.map((piece) => ({ type: 'thinking_delta', thinking: piece }))
    const blocks = [
      ...(reasoning.length > 0
        ? [
            {
              start: { type: 'thinking', thinking: '' },
              deltas: [...thinking, { type: 'signature_delta', signature: 'EqQBCgIYAhIM1gbcDa9GJwZA2b3h' }],
            },
          ]
        : []),
      ...(text.length > 0 ? [{ start: { type: 'text', text: '' }, deltas: text.map((piece) => ({ type: 'text_delta', text: piece })) }] : []),
      ...calls.map(({ id, name, args }) => ({
        start: { type: 'tool_use', id, name, input: {} },
        deltas: ['', JSON.stringify(args)].map((partial_json) => ({ type: 'input_json_delta', partial_json })),
      })),
    ]
    return [
      named('message_start', {
        message: {
          id: ID,
          type: 'message',
          role: 'assistant',
          content: [],
          model,
          stop_reason: null,
          stop_sequence: null,
          usage: { input_tokens: usage.input, cache_read_input_tokens: usage.cached ?? 0, output_tokens: 1 },
        },
      }),
      ...blocks.flatMap(({ start, deltas }, index) => [
        ...block(index, start, deltas),
        ...(index < blocks.length - 1 ? [named('content_block_stop', { index })] : []),
      ]),
    ]
  },
  end(reply) {
    const { text, reasoning = [], calls = [], usage } = reply
    const last = (text.length > 0 ? 1 : 0) + (reasoning.length > 0 ? 1 : 0) + calls.length - 1
    return [
      ...(last >= 0 ? [named('content_block_stop', { index: last })] : []),
      named('message_delta', { delta: { stop_reason: stopOf(reply), stop_sequence: null }, usage: { output_tokens: usage.output } }),
      named('message_stop', {}),
    ]
  },
}
