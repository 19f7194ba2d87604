/** What a person finds in their own vault, with the words that were looked for marked. */
import { memoriesByIds } from '../../../projections/read/memories.ts'
import { shownHits } from '../../vivim/hits.ts'
import type { PageDeps } from '../frame.ts'
import { titleOf } from './conversation.ts'
import type { Finding, Overview } from './overview.ts'

const MESSAGES = 20
const MEMORIES = 5

export async function find(deps: PageDeps, accountId: string, query: string): Promise<NonNullable<Overview['search']>> {
  const { pool, vault } = deps
  const [said, learnt] = await Promise.all([
    vault.retrieval.search(accountId, { text: query, limit: MESSAGES, kinds: ['message'] }),
    vault.retrieval.search(accountId, { text: query, limit: MEMORIES, kinds: ['memory'] }),
  ])
  const rows = await memoriesByIds(
    pool,
    vault.cipher,
    accountId,
    learnt.hits.map(({ id }) => id),
  )
  const findings = (await shownHits(deps, accountId, said.hits)).flatMap(({ id, conversationId, title, role, author, at, text, spans }): Finding[] =>
    conversationId === null
      ? []
      : [
          {
            conversationId,
            messageId: id,
            title: titleOf({ title }),
            who: author ?? (role === 'user' ? 'You' : 'Assistant'),
            at,
            pieces: piecesOf(text, spans),
          },
        ],
  )
  return { query, findings, memories: learnt.hits.flatMap(({ id }) => rows.get(id) ?? []) }
}

/** The text cut at the spans, which do not overlap and come in order. */
function piecesOf(text: string, spans: readonly (readonly [number, number])[]): Finding['pieces'] {
  const pieces: { text: string; found: boolean }[] = []
  let at = 0
  for (const [start, end] of spans) {
    if (start < at) continue
    pieces.push({ text: text.slice(at, start), found: false }, { text: text.slice(start, end), found: true })
    at = end
  }
  return [...pieces, { text: text.slice(at), found: false }].filter((piece) => piece.text !== '')
}
