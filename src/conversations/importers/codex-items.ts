/** Items of a Codex session as messages, each following the one before. Pure. */
import { hash } from 'node:crypto'
import type { Block, Json, Usage } from '../../events/conversations.ts'
import type { Found, FoundMessage } from '../found.ts'
import { fromIso } from '../instants.ts'
import { field, idOf, isObject, type JsonObject, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import { attachment, markdown, message, opaque, plain } from './drafts.ts'
import { argumentsOf, given, label, parsed, usageOf } from './values.ts'

/** A line: what it is about, when, and where it stands. */
export type Item = { readonly kind: string; readonly payload: JsonObject; readonly at: Json; readonly pointer: string; readonly raw: string }

type Made = Pick<FoundMessage, 'role' | 'blocks'> & Partial<FoundMessage>

export function codexMessages(items: readonly Item[]): { readonly messages: readonly FoundMessage[]; readonly assets: readonly Found[] } {
  const screen = !items.some(({ kind, payload }) => kind === 'response_item' && textOf(payload, 'type') === 'message')
  const [messages, assets, ids]: [FoundMessage[], Found[], Set<string>] = [[], [], new Set()]
  let model: string | null = null
  for (const item of items) {
    if (item.kind === 'turn_context') model = label(item.payload, 'model') ?? model
    const last = messages.at(-1)
    const usage = tokensOf(item)
    if (usage !== null && last !== undefined) messages[messages.length - 1] = { ...last, usage }
    const made = madeOf(item, screen, assets)
    if (made === null) continue
    const own = idOf(item.payload, 'id')
    const nativeId = own === null || ids.has(own) ? item.pointer : own
    ids.add(nativeId)
    for (const part of apart(made)) {
      const place = { createdAt: fromIso(item.at), pointer: item.pointer, raw: item.raw, model: part.role === 'assistant' ? model : null }
      messages.push(
        message({
          nativeId: part.role === made.role ? nativeId : `${nativeId}/context`,
          parent: messages.at(-1)?.nativeId ?? null,
          ...place,
          ...part,
        }),
      )
    }
  }
  return { messages, assets }
}

function madeOf({ kind, payload }: Item, screen: boolean, assets: Found[]): Made | null {
  if (kind === 'compacted')
    return { role: 'context', injected: true, blocks: wordsOf(payload, 'message') === null ? [] : [markdown(textOf(payload, 'message') ?? '')] }
  if (kind === 'event_msg') return screen ? shown(payload) : null
  if (kind === 'response_item') return itemMade(payload, assets)
  if (['session_meta', 'turn_context', 'state', 'ghost_snapshot'].includes(kind)) return null
  return { role: 'system', hidden: true, injected: true, blocks: [opaque(kind, payload)] }
}

/** What the screen showed, for files that hold nothing else. */
function shown(payload: JsonObject): Made | null {
  const text = textOf(payload, 'message') ?? textOf(payload, 'text')
  if (text === null) return null
  const type = textOf(payload, 'type')
  if (type === 'user_message') return spoken('user', [markdown(text)])
  if (type === 'agent_message') return { role: 'assistant', blocks: [markdown(text)] }
  return type === 'agent_reasoning' ? { role: 'assistant', blocks: [{ t: 'reasoning', text }] } : null
}

function itemMade(payload: JsonObject, assets: Found[]): Made | null {
  const type = textOf(payload, 'type') ?? 'nothing'
  const callId = idOf(payload, 'call_id')
  switch (type) {
    case 'message':
      return spoken(
        textOf(payload, 'role'),
        objectsOf(payload, 'content').map((part) => partBlock(part, assets)),
      )
    case 'reasoning':
      return { role: 'assistant', blocks: reasoned(payload) }
    case 'function_call':
      return {
        role: 'assistant',
        blocks: [{ t: 'tool_call', callId, name: label(payload, 'name') ?? 'function', args: argumentsOf(field(payload, 'arguments')) }],
      }
    case 'custom_tool_call':
      return {
        role: 'assistant',
        blocks: [{ t: 'tool_call', callId, name: label(payload, 'name') ?? 'tool', args: field(payload, 'input') ?? null }],
      }
    case 'local_shell_call':
      return { role: 'assistant', blocks: [{ t: 'tool_call', callId, name: 'shell', args: field(payload, 'action') ?? null }] }
    case 'function_call_output':
    case 'custom_tool_call_output':
      return { role: 'tool', blocks: [resultBlock(payload, callId, assets)] }
    case 'web_search_call':
      return { role: 'assistant', blocks: [searched(payload)] }
    case 'ghost_snapshot':
      return null
    default:
      return { role: 'assistant', blocks: [opaque(type, payload)] }
  }
}

/** How Codex begins what it writes in the person's name. */
const PUT_IN =
  /^\s*(<(environment_context|user_instructions|permissions instructions|turn_aborted|skill|skills_instructions|apps_instructions|collaboration_mode|user_shell_command|INSTRUCTIONS|model_switch|subagent_notification|personality_spec)\b|# AGENTS\.md instructions for )/

const isPutIn = (block: Block): boolean => block.t === 'text' && PUT_IN.test(block.text)

/** What was put into a message of the person is a message of its own before it. */
function apart(made: Made): readonly Made[] {
  if (made.blocks.length === 0) return []
  if (made.role !== 'user' || !made.blocks.some(isPutIn)) return [made]
  return [
    { ...made, role: 'context', injected: true, blocks: made.blocks.filter(isPutIn) },
    { ...made, blocks: made.blocks.filter((block) => !isPutIn(block)) },
  ]
}

function spoken(role: string | null, blocks: readonly Block[]): Made {
  if (role === 'assistant') return { role, blocks }
  if (role === 'user') return blocks.every(isPutIn) ? { role: 'context', injected: true, blocks } : { role, blocks }
  return { role: role === 'developer' ? 'developer' : 'system', injected: true, blocks }
}

function partBlock(part: JsonObject, assets: Found[]): Block {
  const [type, text, image] = [textOf(part, 'type') ?? 'nothing', textOf(part, 'text'), textOf(part, 'image_url')]
  if (['input_text', 'output_text', 'text'].includes(type) && text !== null) return markdown(text)
  if (type === 'input_image' && image !== null) return imageBlock(image, assets)
  return opaque(type, part)
}

/** An image lies in the line itself, as a `data:` address: it is told as a file, named by its own hash. */
function imageBlock(url: string, assets: Found[]): Block {
  const inline = /^data:([a-z0-9.+/-]{1,100});base64,/i.exec(url)
  if (inline === null) return attachment('image', url)
  const [head, mime = 'image/png'] = inline
  const bytes = Buffer.from(url.slice(head.length), 'base64')
  const nativeId = `sha256:${hash('sha256', bytes)}`
  assets.push({ kind: 'asset', asset: { nativeId, content: { bytes }, name: null, mime } })
  return attachment('image', nativeId, { mime, bytes: bytes.length })
}

function reasoned(payload: JsonObject): readonly Block[] {
  const texts = (name: string) => objectsOf(payload, name).flatMap((part) => textOf(part, 'text') ?? [])
  const [text, summary] = [texts('content').join('\n\n'), texts('summary').join('\n\n')]
  const encrypted = textOf(payload, 'encrypted_content')
  if (text === '' && summary === '' && encrypted === null) return []
  const extra = given('extra', rest(payload, 'type', 'summary', 'content', 'id'))
  return [
    {
      t: 'reasoning',
      ...(text === '' ? {} : { text }),
      ...(summary === '' ? {} : { summary }),
      ...(text === '' && encrypted !== null ? { encrypted: true } : {}),
      ...extra,
    },
  ]
}

/** Output is text, JSON in text with `output` and `metadata`, or a list of parts. */
function resultBlock(payload: JsonObject, callId: string | null, assets: Found[]): Block {
  const output = field(payload, 'output')
  if (typeof output !== 'string') {
    const parts = objectsOf(payload, 'output')
    return {
      t: 'tool_result',
      callId,
      ok: null,
      content: parts.map((part) => partBlock(part, assets)),
      ...(parts.length > 0 ? {} : given('structured', output)),
    }
  }
  const inner = parsed(output)
  const text = isObject(inner) ? textOf(inner, 'output') : null
  const exit = isObject(inner) ? field(objectOf(inner, 'metadata') ?? undefined, 'exit_code') : undefined
  const ok = typeof exit === 'number' ? exit === 0 : null
  return {
    t: 'tool_result',
    callId,
    ok,
    content: [plain(text ?? output)],
    ...(text === null ? {} : given('structured', rest(isObject(inner) ? inner : {}, 'output'))),
  }
}

function searched(payload: JsonObject): Block {
  const action = objectOf(payload, 'action') ?? {}
  const query = textOf(action, 'query')
  return { t: 'search', queries: query === null ? [] : [query], results: [], ...given('extra', rest(payload, 'type')) }
}

/** Told after the model's answer, and counted for it. */
function tokensOf({ kind, payload }: Item): Usage | null {
  if (kind !== 'event_msg' || textOf(payload, 'type') !== 'token_count') return null
  const names = {
    input: ['input_tokens'],
    output: ['output_tokens'],
    reasoning: ['reasoning_output_tokens'],
    cacheRead: ['cached_input_tokens'],
    total: ['total_tokens'],
  } as const
  return usageOf(objectOf(objectOf(payload, 'info') ?? undefined, 'last_token_usage') ?? undefined, names)
}
