/** Google's generateContent and streamGenerateContent. @see https://ai.google.dev/api/generate-content and /gemini-api/docs/function-calling */
import type { Dialect, Frame } from './reply.ts'

type Said = Parameters<Dialect['whole']>[0]

const usageOf = ({ usage }: Said) => ({
  promptTokenCount: usage.input,
  candidatesTokenCount: usage.output,
  totalTokenCount: usage.input + usage.output,
  ...(usage.cached !== undefined && { cachedContentTokenCount: usage.cached }),
  promptTokensDetails: [{ modality: 'TEXT', tokenCount: usage.input }],
})

const answer = (model: string, parts: readonly object[], rest: object = {}, finishReason?: string): object => ({
  candidates: [{ content: { parts, role: 'model' }, ...(finishReason !== undefined && { finishReason }), index: 0 }],
  ...rest,
  modelVersion: model,
  responseId: 'tTCwacuEBMvnitYP06qsgQY',
})

const callsOf = ({ calls = [] }: Said): object[] => calls.map(({ name, args }) => ({ functionCall: { name, args } }))
const finishOf = ({ ending }: Said): string => (ending === 'length' ? 'MAX_TOKENS' : 'STOP')

export const generateContent: Dialect = {
  whole: (reply, model) =>
    answer(
      model,
      [...(reply.text.length > 0 ? [{ text: reply.text.join('') }] : []), ...callsOf(reply)],
      { usageMetadata: usageOf(reply) },
      finishOf(reply),
    ),
  frames: (reply, model): Frame[] => [
    ...(reply.reasoning ?? []).map((text) => ({ data: answer(model, [{ text, thought: true }]) })),
    ...reply.text.map((text) => ({ data: answer(model, [{ text }]) })),
    ...callsOf(reply).map((call) => ({ data: answer(model, [call]) })),
  ],
  end: (reply, model) => [{ data: answer(model, [{ text: '' }], { usageMetadata: usageOf(reply) }, finishOf(reply)) }],
}
