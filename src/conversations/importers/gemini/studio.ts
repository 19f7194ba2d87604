/** A prompt of Google AI Studio, as it lies in Drive. Pure. Chunks that one side says in a row are one message, thoughts included. */
import type { Block, Json, Usage } from '../../../events/conversations.ts'
import type { Found, FoundAsset, FoundConversation, FoundMessage } from '../../found.ts'
import { fromIso } from '../../instants.ts'
import { countOf, field, flagOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf } from '../../json/fields.ts'
import { attachment, conversation, kindOf, markdown, message, opaque, type Place, plain } from '../drafts.ts'
import { foreign, silent } from '../records.ts'
import { digest, given, label } from '../values.ts'

export const isStudio = (record: Json | undefined): boolean =>
  objectOf(record, 'chunkedPrompt') !== null || (objectOf(record, 'runSettings') !== null && field(record, 'systemInstruction') !== undefined)

export type Reading = { readonly conversation: FoundConversation; readonly assets: readonly FoundAsset[] }

/** @param name  of the file: the prompt's title. The file has no id, so its name and how it begins stand for one */
export function readStudio(record: Json, name: string, place: Place): Reading | readonly Found[] {
  const prompt = objectOf(record, 'chunkedPrompt')
  if (!isObject(record) || prompt === null) return foreign(place, 'not a prompt of AI Studio')
  const chunks = objectsOf(prompt, 'chunks')
  const pending = objectsOf(prompt, 'pendingInputs').filter((chunk) => blocksOf(chunk).length > 0)
  const system = instruction(record)
  if (chunks.length + pending.length === 0) return silent(place, name)
  const files = new Inline()
  const turns = [...turnsOf(chunks), ...pending.map((chunk) => [chunk])]
  const nativeId = `studio:${digest(name, textOf(chunks[0], 'text'), textOf(chunks[0], 'createTime'))}`
  const opening = system === null ? [] : [message({ nativeId: 'system', parent: null, role: 'system', blocks: [markdown(system)] })]
  const spoken = turns.map((turn, index) =>
    said(turn, { index, isPending: index >= turns.length - pending.length, hasSystem: system !== null, place, files }),
  )
  const found = conversation(
    {
      nativeId,
      title: name,
      messages: [...opening, ...spoken],
      model: label(objectOf(record, 'runSettings'), 'model'),
      extra: rest(record, 'systemInstruction', 'chunkedPrompt'),
    },
    place,
  )
  return { conversation: found, assets: files.assets }
}

function instruction(record: Json): string | null {
  const given = objectOf(record, 'systemInstruction')
  const parts = objectsOf(given, 'parts').map((part) => textOf(part, 'text') ?? '')
  const text = [textOf(given, 'text') ?? '', ...parts].filter((part) => part !== '').join('\n')
  return text === '' ? null : text
}

function turnsOf(chunks: readonly JsonObject[]): readonly (readonly JsonObject[])[] {
  const turns: JsonObject[][] = []
  for (const chunk of chunks) {
    const turn = turns.at(-1)
    if (turn !== undefined && textOf(turn[0], 'role') === textOf(chunk, 'role')) turn.push(chunk)
    else turns.push([chunk])
  }
  return turns
}

type At = { readonly index: number; readonly isPending: boolean; readonly hasSystem: boolean; readonly place: Place; readonly files: Inline }

function said(turn: readonly JsonObject[], { index, isPending, hasSystem, place, files }: At): FoundMessage {
  const [first] = turn
  const isModel = textOf(first, 'role') === 'model'
  const failed = turn.some((chunk) => textOf(chunk, 'errorMessage') !== null)
  const isCut = turn.some((chunk) => textOf(chunk, 'finishReason') === 'MAX_TOKENS')
  return message({
    nativeId: String(index),
    parent: index === 0 ? (hasSystem ? 'system' : null) : String(index - 1),
    role: isModel ? 'assistant' : 'user',
    status: failed ? 'error' : isCut || isPending ? 'partial' : 'complete',
    createdAt: fromIso(turn.map((chunk) => field(chunk, 'createTime')).find((time) => time !== undefined)),
    blocks: turn.flatMap((chunk) => blocksOf(chunk, files)),
    ...given('usage', usageOf(turn, isModel)),
    pointer: `${place.pointer ?? ''}/chunkedPrompt/${isPending ? 'pendingInputs' : 'chunks'}`,
    extra: beside(turn),
  })
}

function usageOf(turn: readonly JsonObject[], isModel: boolean): Usage | null {
  const count = (chunks: readonly JsonObject[]) => chunks.reduce((sum, chunk) => sum + (countOf(chunk, 'tokenCount') ?? 0), 0)
  const total = count(turn)
  if (total === 0) return null
  const reasoning = count(turn.filter((chunk) => flagOf(chunk, 'isThought')))
  return { ...(isModel ? { output: total } : { input: total }), ...(reasoning === 0 ? {} : { reasoning }), counted: 'provider' }
}

const UNDERSTOOD = [
  'role',
  'text',
  'isThought',
  'tokenCount',
  'createTime',
  'parts',
  'driveDocument',
  'driveImage',
  'driveAudio',
  'driveVideo',
  'inlineFile',
  'inlineImage',
  'inlineData',
  'youtubeVideo',
  'executableCode',
  'codeExecutionResult',
  'grounding',
  'errorMessage',
  'isGenerativeUsage',
  'thinkingBudget',
] as const

function beside(turn: readonly JsonObject[]): Json {
  const left = turn.map((chunk) => rest(chunk, ...UNDERSTOOD)).filter((one) => one !== null)
  return left.length === 0 ? null : left
}

/** Files that lie in the prompt itself, by the hash of their bytes. */
class Inline {
  readonly assets: FoundAsset[] = []

  block(file: JsonObject): Block {
    const mime = label(file, 'mimeType')?.slice(0, 200) ?? null
    const data = textOf(file, 'data') ?? ''
    const nativeId = `inline:${digest(mime, data)}`
    this.assets.push({ nativeId, content: { bytes: Buffer.from(data, 'base64') }, name: null, mime })
    return attachment(kindOf(mime), nativeId, given('mime', mime))
  }
}

function blocksOf(chunk: JsonObject, files = new Inline()): readonly Block[] {
  const parts = objectsOf(chunk, 'parts')
  const text = textOf(chunk, 'text') ?? ''
  const words =
    text !== ''
      ? spoken(text, flagOf(chunk, 'isThought'))
      : parts.flatMap((part) => blocksOf({ ...part, isThought: flagOf(part, 'thought') || flagOf(chunk, 'isThought') }, files))
  return [...words, ...code(chunk), ...media(chunk, files), ...grounded(chunk), ...failure(chunk)]
}

const spoken = (text: string, isThought: boolean): readonly Block[] => (isThought ? [{ t: 'reasoning', text }] : [markdown(text)])

function code(chunk: JsonObject): readonly Block[] {
  const [made, ran] = [objectOf(chunk, 'executableCode'), objectOf(chunk, 'codeExecutionResult')]
  const blocks: Block[] = []
  if (made !== null) blocks.push({ t: 'code', text: textOf(made, 'code') ?? '', ...given('lang', label(made, 'language')?.toLowerCase()) })
  if (ran !== null)
    blocks.push({
      t: 'tool_result',
      callId: null,
      name: 'code',
      ok: textOf(ran, 'outcome') === 'OUTCOME_OK',
      content: [plain(textOf(ran, 'output') ?? '')],
    })
  return blocks
}

const DRIVE = [
  ['driveDocument', 'file'],
  ['driveImage', 'image'],
  ['driveAudio', 'audio'],
  ['driveVideo', 'video'],
] as const

function media(chunk: JsonObject, files: Inline): readonly Block[] {
  const inline = ['inlineFile', 'inlineImage', 'inlineData'].map((name) => objectOf(chunk, name)).filter((file) => file !== null)
  const drive = DRIVE.flatMap(([name, kind]) => {
    const id = label(objectOf(chunk, name), 'id')
    return id === null ? [] : [attachment(kind, `drive:${id}`)]
  })
  const video = label(objectOf(chunk, 'youtubeVideo'), 'id')
  const watched = video === null ? [] : [attachment('video', `https://www.youtube.com/watch?v=${encodeURIComponent(video)}`)]
  return [...inline.map((file) => files.block(file)), ...drive, ...watched]
}

function grounded(chunk: JsonObject): readonly Block[] {
  const grounding = objectOf(chunk, 'grounding')
  if (grounding === null) return []
  const queries = listOf(grounding, 'webSearchQueries').filter((query) => typeof query === 'string')
  const results = objectsOf(grounding, 'groundingSources').map((source) => ({
    url: textOf(source, 'uri') ?? textOf(source, 'url') ?? '',
    title: textOf(source, 'title') ?? '',
    snippet: '',
  }))
  const left = rest(grounding, 'webSearchQueries', 'groundingSources')
  return queries.length + results.length === 0 ? [opaque('grounding', grounding)] : [{ t: 'search', queries, results, ...given('extra', left) }]
}

function failure(chunk: JsonObject): readonly Block[] {
  const text = textOf(chunk, 'errorMessage')
  return text === null ? [] : [{ t: 'error', name: 'error', text }]
}
