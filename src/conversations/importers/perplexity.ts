/**
 * Perplexity's threads, as its own pages are given them and browser tools save them: `{entries: […]}`, each entry a question and its answer.
 * `[1]` in an answer names the first of its web results. Its moments have no offset, so they are inferred. See memory.md B.7.
 */
import type { Block, Citation, Json } from '../../events/conversations.ts'
import type { FoundMessage } from '../found.ts'
import { fromIso } from '../instants.ts'
import { field, idOf, isObject, type JsonObject, listOf, objectOf, objectsOf, rest, textOf, wordsOf } from '../json/fields.ts'
import type { Peek } from '../json/peek.ts'
import { conversation, markdown, message, opaque, tell } from './drafts.ts'
import type { Importer } from './importer.ts'
import { eachRecord, type Reading, recognise, silent } from './records.ts'
import { digest, given, label } from './values.ts'

export const perplexity: Importer = {
  name: 'perplexity',
  version: 1,
  provider: 'perplexity',
  detect: (archive) => recognise(archive, ['.json'], likeness),
  read: (archive, { members }) => eachRecord(archive, members, 'list', readPerplexity),
}

function likeness({ form, values: [first] }: Peek): number {
  if (form !== 'object' && form !== 'list') return 0
  const [entry] = objectsOf(first, 'entries')
  return entry !== undefined && textOf(entry, 'query_str') !== null ? 0.95 : 0
}

/** One thread. */
export const readPerplexity: Reading = (record, place) => {
  const entries = objectsOf(record, 'entries')
  const [first, last] = [entries[0], entries.at(-1)]
  if (first === undefined) return silent(place, label(record, 'thread_title'))
  const told = conversation(
    {
      nativeId: idOf(first, 'context_uuid') ?? idOf(first, 'thread_url_slug') ?? idOf(first, 'backend_uuid') ?? digest(textOf(first, 'query_str')),
      title: label(first, 'thread_title'),
      updatedAt: fromIso(field(last, 'updated_datetime')),
      model: label(last, 'display_model', 'user_selected_model'),
      messages: entries.flatMap((entry, index) => turn(entry, index, index === 0 ? null : answerId(entries[index - 1] ?? {}, index - 1))),
      extra: isObject(record) ? rest(record, 'entries', 'status', 'has_next_page', 'next_cursor') : null,
    },
    place,
  )
  return tell('perplexity', told)
}

const entryId = (entry: JsonObject, index: number): string => idOf(entry, 'backend_uuid') ?? idOf(entry, 'uuid') ?? `entry ${index}`
const questionId = (entry: JsonObject, index: number): string => `${entryId(entry, index)}/question`
const answerId = (entry: JsonObject, index: number): string => `${entryId(entry, index)}/answer`

function turn(entry: JsonObject, index: number, parent: string | null): readonly FoundMessage[] {
  const createdAt = fromIso(field(entry, 'entry_updated_datetime') ?? field(entry, 'updated_datetime'))
  const pointer = `/entries/${index}`
  const question = message({
    nativeId: questionId(entry, index),
    parent,
    role: 'user',
    createdAt,
    pointer,
    blocks: [markdown(textOf(entry, 'query_str') ?? '')],
  })
  const answer = message({
    nativeId: answerId(entry, index),
    parent: question.nativeId,
    role: 'assistant',
    model: label(entry, 'display_model', 'user_selected_model'),
    status: ['PENDING', 'IN_PROGRESS'].includes((textOf(entry, 'status') ?? '').toUpperCase()) ? 'partial' : 'complete',
    createdAt,
    pointer,
    blocks: answered(entry),
    extra: rest(
      entry,
      'backend_uuid',
      'uuid',
      'context_uuid',
      'thread_title',
      'query_str',
      'display_model',
      'updated_datetime',
      'entry_updated_datetime',
      'blocks',
    ),
  })
  return [question, answer]
}

/** The text may be told several times, once for each place of the page: once is enough. */
function answered(entry: JsonObject): readonly Block[] {
  const blocks = objectsOf(entry, 'blocks')
  const results = resultsOf(blocks)
  const told = new Set<string>()
  return blocks.flatMap((block): readonly Block[] => {
    const markdownBlock = objectOf(block, 'markdown_block')
    if (markdownBlock !== null) {
      const text =
        wordsOf(markdownBlock, 'answer') ??
        listOf(markdownBlock, 'chunks')
          .filter((chunk) => typeof chunk === 'string')
          .join('')
      if (text === '' || told.has(text)) return []
      told.add(text)
      return [{ ...markdown(text), ...given('citations', citationsIn(text, results)) }]
    }
    const plan = objectOf(block, 'plan_block')
    if (plan !== null) return planned(plan)
    if (objectOf(block, 'sources_mode_block') !== null || objectOf(block, 'web_result_block') !== null)
      return [{ t: 'search', queries: [], results: resultsOf([block]).map(resultOf) }]
    return [opaque(textOf(block, 'intended_usage') ?? 'nothing', block)]
  })
}

const resultsOf = (blocks: readonly JsonObject[]): readonly JsonObject[] =>
  blocks.flatMap((block) => objectsOf(objectOf(block, 'sources_mode_block') ?? objectOf(block, 'web_result_block') ?? undefined, 'web_results'))

const resultOf = (result: JsonObject) => ({
  url: textOf(result, 'url') ?? '',
  title: textOf(result, 'name') ?? '',
  snippet: textOf(result, 'snippet') ?? '',
  ...given('published', label(result, 'timestamp')),
})

/** What it looked for on the way, step by step. */
function planned(plan: JsonObject): readonly Block[] {
  const goals = objectsOf(plan, 'goals').flatMap((goal) => textOf(goal, 'description') ?? [])
  const steps = objectsOf(plan, 'steps').flatMap((step): readonly Block[] => {
    const [search, web] = [objectOf(step, 'search_web_content'), objectOf(step, 'web_results_content')]
    if (search === null && web === null)
      return ['INITIAL_QUERY', 'FINAL'].includes(textOf(step, 'step_type') ?? '') ? [] : [opaque(`step ${textOf(step, 'step_type') ?? ''}`, step)]
    const queries = listOf(search ?? undefined, 'queries').flatMap((query: Json) =>
      typeof query === 'string' ? query : (label(query, 'query') ?? []),
    )
    return [{ t: 'search', queries, results: objectsOf(web ?? undefined, 'web_results').map(resultOf) }]
  })
  return goals.length === 0 ? steps : [{ t: 'reasoning', summary: goals.join('\n') }, ...steps]
}

function citationsIn(text: string, results: readonly JsonObject[]): readonly Citation[] | null {
  const found = [...text.matchAll(/\[(\d{1,3})\](?!\()/g)].flatMap(({ 0: mark, 1: number, index }): readonly Citation[] => {
    const result = results[Number(number) - 1]
    if (result === undefined) return []
    const { url, title, snippet } = resultOf(result)
    return [{ start: index, end: index + mark.length, kind: 'web', url, title, snippet, refId: number ?? '' }]
  })
  return found.length === 0 ? null : found.slice(0, 5_000)
}
