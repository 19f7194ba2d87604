/**
 * The composition of a context: candidates → shares → packing → text and manifest. Pure: the same facts, settings and budget give the same bytes.
 */
import { createHash } from 'node:crypto'
import { allocate } from './allocate.ts'
import { type Candidate, fixedCandidates, historyCandidates, memoryCandidates, quoteCandidates } from './candidates.ts'
import type { ContextFacts, Setting } from './facts.ts'
import { chooseHistory } from './history.ts'
import { LAYERS, type Layer, type PerLayer, perLayer, type Range, rangesFor } from './layers.ts'
import type { Dropped, Manifest } from './manifest.ts'
import { pack } from './pack.ts'
import { EMPTY_FENCE, excerptHeader, excerptOf, fenced, GAP_LINE, HEADINGS } from './render.ts'
import { type ContextSettings, FOCUS, type Recipe, weightOf } from './settings.ts'
import { type CountTokens, TOKENIZER } from './tokens.ts'

export type Composition = {
  /** The notes, fenced; empty when there is nothing to say. */
  readonly text: string
  readonly layers: readonly { readonly layer: Layer; readonly text: string }[]
  /** Turns of the conversation that belong to the context, oldest first: in the text, unless whoever asked sends them as turns. */
  readonly turns: readonly string[]
  readonly manifest: Manifest
}

export type Wishes = {
  readonly settings: ContextSettings
  readonly recipe: Recipe | null
  readonly preset: string | null
  readonly budget: number
  /** The message that the context goes with; its tokens are part of the budget, its words are not part of the text. */
  readonly message: string
  /** Whether the turns of the conversation stand in the text; else the caller sends those that were chosen. */
  readonly history: 'text' | 'turns'
}

export function compose(facts: ContextFacts, wishes: Wishes, count: CountTokens): Composition {
  const { settings, recipe, budget } = wishes
  const memories = memoryCandidates(facts, settings, count)
  const quotes = settings.recall ? quoteCandidates(facts, settings, count) : { items: [], dropped: [] }
  const all = [...fixedCandidates(facts, settings, count), ...memories.items, ...quotes.items, ...historyCandidates(facts, count)]
  const isOff = (layer: Layer): boolean => weightOf(recipe, layer) === 0 || (layer === 'L6_message_history' && settings.compression === 'none')
  const items = all.filter(({ layer }) => !isOff(layer))
  const off = all.filter(({ layer, kind }) => isOff(layer) && kind === 'memory').map((item) => droppedFor(item, 'layer-off'))

  const messageTokens = count(wishes.message)
  const room = Math.max(0, budget - messageTokens - count(EMPTY_FENCE))
  const available = perLayer((layer) => (layer === 'L7_user_message' ? 0 : availableFor(layer, items, count)))
  const shares = allocate({ ranges: rangesOf(facts, wishes, items, messageTokens), available, budget: room })
  const { taken, left } = choose(items, shares, room, settings, count)

  const layers = LAYERS.flatMap((layer) => {
    const text = sectionText(layer, taken, facts.conversations)
    return text === '' ? [] : [{ layer, text }]
  })
  const shown = layers.filter(({ layer }) => layer !== 'L6_message_history' || wishes.history === 'text')
  const text = fenced(shown.map((section) => section.text))
  const used = count(text) + messageTokens
  return {
    text,
    layers: shown,
    turns: taken.filter(({ layer }) => layer === 'L6_message_history').map(({ id }) => id),
    manifest: {
      sha256: createHash('sha256').update(text).digest('hex'),
      tokenizer: TOKENIZER,
      budget,
      tokens: used,
      preset: wishes.preset,
      recipeId: recipe?.id ?? null,
      layers: LAYERS.map((layer) => {
        const own = taken.filter((item) => item.layer === layer)
        const tokens = layer === 'L7_user_message' ? messageTokens : own.reduce((sum, item) => sum + item.tokens, 0)
        return { layer, budget: layer === 'L7_user_message' ? messageTokens : shares[layer], tokens, items: own.length }
      }),
      items: taken.map(({ id, kind, layer, value, why, tokens }) => ({ id, kind, layer, score: value, why, tokens })),
      dropped: [...memories.dropped, ...quotes.dropped, ...off, ...left.map((item) => droppedFor(item, 'budget'))],
    },
  }
}

const droppedFor = ({ id, kind, layer }: Candidate, reason: Dropped['reason']): Dropped => ({ id, kind, layer, reason })

/** What the layer has to say, with its heading. */
function availableFor(layer: Exclude<Layer, 'L7_user_message'>, items: readonly Candidate[], count: CountTokens): number {
  const own = items.filter((item) => item.layer === layer)
  return own.length === 0 ? 0 : pack(own, Number.MAX_SAFE_INTEGER).tokens + headingTokens(layer, count)
}

const headingTokens = (layer: Exclude<Layer, 'L7_user_message'>, count: CountTokens): number => count(`${HEADINGS[layer]}\n\n`) + 1

/** Ranges by the situation; what the settings say of a layer goes before, what a recipe and the focus weigh comes after. */
function rangesOf(facts: ContextFacts, { settings, recipe, budget }: Wishes, items: readonly Candidate[], messageTokens: number): PerLayer<Range> {
  const tokensIn = (layer: Layer): number => items.reduce((sum, item) => sum + (item.layer === layer ? item.tokens : 0), 0)
  const ranges = rangesFor({
    budget,
    depth: settings.responseStyle === 'concise' ? 'minimal' : settings.responseStyle === 'detailed' ? 'deep' : 'standard',
    topics: new Set(facts.foundMemories.map(({ memory }) => memory.category)).size,
    entities: facts.names.length,
    messages: facts.conversation?.turns.length ?? 0,
    conversationTokens: tokensIn('L6_message_history'),
    messageTokens,
    topicTokens: tokensIn('L2_topic'),
    prioritizeHistory: settings.focusMode === 'chat-first',
  })
  return perLayer((layer) => {
    const range = ranges[layer]
    const weight = weightOf(recipe, layer) * (FOCUS[settings.focusMode][layer] ?? 1)
    const { min = range.min, ideal = range.ideal, max = range.max } = settings.layers[layer] ?? {}
    return { ...range, min: Math.min(min, max * weight), ideal: Math.max(min, ideal) * weight, max: Math.max(min, ideal, max) * weight }
  })
}

type Chosen = { readonly taken: readonly Candidate[]; readonly left: readonly Candidate[] }

/** Each layer within its share; then, with what nobody used, what is most worth it of what was left out. */
function choose(items: readonly Candidate[], shares: PerLayer<number>, room: number, settings: ContextSettings, count: CountTokens): Chosen {
  const taken: Candidate[] = []
  const left: Candidate[] = []
  let used = 0
  for (const layer of LAYERS) {
    const own = items.filter((item) => item.layer === layer)
    if (layer === 'L7_user_message' || own.length === 0) continue
    const heading = headingTokens(layer, count)
    const share = shares[layer] - heading
    const chosen = layer === 'L6_message_history' ? chosenHistory(own, share, settings) : pack(own, share)
    taken.push(...chosen.taken)
    left.push(...chosen.dropped)
    if (chosen.taken.length > 0) used += heading + chosen.tokens
  }
  const opened = new Set(taken.map(({ layer }) => layer))
  const open = taken.flatMap(({ group }) => group?.id ?? [])
  const more = pack(
    left.filter(({ layer }) => layer !== 'L6_message_history' && opened.has(layer)),
    room - used,
    open,
  )
  const added = new Set(more.taken)
  return { taken: [...taken, ...more.taken].sort(byPlace), left: left.filter((item) => !added.has(item)) }
}

function chosenHistory(items: readonly Candidate[], share: number, { compression }: ContextSettings) {
  const byId = new Map(items.map((item) => [item.id, item]))
  const weighed = items.flatMap(({ turn, tokens }) => (turn === null ? [] : [{ turn, tokens }]))
  const kept = chooseHistory(weighed, share, compression)
  const ids = new Set(kept.map(({ turn }) => turn.id))
  return {
    taken: [...ids].flatMap((id) => byId.get(id) ?? []),
    dropped: items.filter(({ id }) => !ids.has(id)),
    tokens: kept.reduce((sum, { tokens }) => sum + tokens, 0),
  }
}

const byPlace = (a: Candidate, b: Candidate): number =>
  LAYERS.indexOf(a.layer) - LAYERS.indexOf(b.layer) || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0) || (a.id < b.id ? -1 : 1)

/** A layer as text: its heading and its lines; turns of one conversation are one excerpt. */
function sectionText(layer: Layer, taken: readonly Candidate[], conversations: ReadonlyMap<string, Setting>): string {
  const own = taken.filter((item) => item.layer === layer)
  if (layer === 'L7_user_message' || own.length === 0) return ''
  const lines = own.flatMap(({ line, turn }, index) => {
    const before = own[index - 1]?.turn ?? null
    if (layer !== 'L5_jit' || turn === null) return [line]
    if (before === null || excerptOf(before) !== excerptOf(turn)) return [excerptHeader(turn, conversations.get(turn.conversationId)), line]
    return turn.parentId === before.id ? [line] : [GAP_LINE, line]
  })
  return [HEADINGS[layer], ...lines].join('\n')
}
