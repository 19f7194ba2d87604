/** `/search` and `/suggest`: words found again in everything said and learnt, with the reasons. */
import { z } from 'zod'
import type { Query } from '../../memory/retrieval/types.ts'
import { preference } from '../prefer.ts'
import { call } from './call.ts'
import { shownHits } from './hits.ts'
import { ownMemory } from './memory-views.ts'
import { ownConversation, ownMessage, type VaultDeps } from './owned.ts'
import { given, limit } from './parameters.ts'
import { Hit, SearchAnswer, SearchBody, SearchParameters, Suggestion } from './schema-search.ts'
import type { Serve } from './serve.ts'

/** Seconds that a client may have a search wait for what it wrote a moment ago. */
const LONGEST_WAIT = 10
const SUGGESTIONS = { usual: 8, most: 20 } as const

const WAITING = 'What was written a moment ago is found a moment later; `Prefer: wait=5` waits for it.'

type Shown = { readonly kind: 'message' | 'memory'; readonly id: string; readonly conversationId: string | null }

/** What a list of hits shows. */
const seen = (hits: readonly Shown[]) => ({
  conversationIds: hits.flatMap(({ conversationId }) => conversationId ?? []),
  messageIds: hits.filter(({ kind }) => kind === 'message').map(({ id }) => id),
  memoryIds: hits.filter(({ kind }) => kind === 'memory').map(({ id }) => id),
})

const TAG = { tag: 'Search', scopes: ['memory:read'] } as const

const search = call({
  ...TAG,
  method: 'GET',
  path: '/search',
  summary: 'Search everything said and learnt',
  description: WAITING,
  query: SearchParameters,
  answer: SearchAnswer,
  reads: ({ hits }, { query }) => ({ query: query.q, ...seen(hits) }),
})

const ask = call({
  ...TAG,
  method: 'POST',
  path: '/search',
  summary: 'Search with everything that can be asked',
  description: WAITING,
  body: SearchBody,
  answer: SearchAnswer,
  reads: ({ hits }, { body }) => ({ query: body.text, ...seen(hits) }),
})

const suggest = call({
  ...TAG,
  method: 'GET',
  path: '/suggest',
  summary: 'Search as you type: the last word may be unfinished',
  query: z.strictObject({ q: z.string().min(1).max(200), limit: limit(SUGGESTIONS.usual, SUGGESTIONS.most) }),
  answer: z.array(Suggestion),
  reads: 'noted',
})

/** What is like something that is there. */
const relatedTo = <K extends 'conversations' | 'messages' | 'memories'>(kind: K, one: string) =>
  call({
    ...TAG,
    method: 'GET',
    path: `/${kind}/:id/related`,
    summary: `More like this ${one}, the likest first`,
    query: z.strictObject({ limit: limit(10, 50) }),
    answer: z.array(Hit),
    reads: seen,
  })

const likeConversation = relatedTo('conversations', 'conversation')
const likeMessage = relatedTo('messages', 'message')
const likeMemory = relatedTo('memories', 'memory')

export const searchCalls = [search, ask, suggest, likeConversation, likeMessage, likeMemory]

export function registerSearch(serve: Serve, deps: VaultDeps): void {
  const { retrieval } = deps.vault

  serve(search, async ({ account, query: { q, kind, ...rest }, request }) => {
    await settled(request)
    return answerTo(account.id, { text: q, ...given(rest), limit: rest.limit, ...(kind !== undefined && { kinds: [kind] }) })
  })

  serve(ask, async ({ account, body, request }) => {
    await settled(request)
    return answerTo(account.id, { ...given(body), text: body.text, limit: body.limit })
  })

  serve(suggest, async ({ account, query, note }) => {
    const { hits } = await retrieval.search(account.id, { text: query.q, limit: query.limit, prefix: true })
    const [shown] = await Promise.all([shownHits(deps, account.id, hits), note({ query: query.q, ...seen(hits) })]) // with every key: no time to lose
    return shown.map(({ kind, id, conversationId, title, text, spans }) => ({ kind, id, conversationId, title, text, spans }))
  })

  serve(likeConversation, async ({ account, ids, query }) => {
    const { id } = await ownConversation(deps, account.id, ids.id)
    return shownHits(deps, account.id, await retrieval.related(account.id, { conversationId: id }, query.limit))
  })
  serve(likeMessage, async ({ account, ids, query }) => {
    const { id } = await ownMessage(deps, account.id, ids.id)
    return shownHits(deps, account.id, await retrieval.related(account.id, { messageId: id }, query.limit))
  })
  serve(likeMemory, async ({ account, ids, query }) => {
    const { id } = await ownMemory(deps, account.id, ids.id)
    return shownHits(deps, account.id, await retrieval.related(account.id, { memoryId: id }, query.limit))
  })

  async function answerTo(accountId: string, query: Query): Promise<z.infer<typeof SearchAnswer>> {
    const { hits, terms, tookMs, indexedTo } = await retrieval.search(accountId, query)
    return { hits: await shownHits(deps, accountId, hits), terms: [...terms], tookMs, indexedTo }
  }

  /** `Prefer: wait=5`: the index knows of everything written until now. */
  async function settled(request: Parameters<typeof preference>[0]): Promise<void> {
    const seconds = Number(preference(request, 'wait') ?? 0)
    const { size } = deps.ledger.head()
    if (seconds > 0 && size > 0) await retrieval.upTo(size - 1, Math.min(seconds, LONGEST_WAIT) * 1000)
  }
}
