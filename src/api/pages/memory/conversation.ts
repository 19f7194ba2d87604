/** /settings/memory/conversations/:id: one conversation, along the branch that its source shows. */
import { branchOf } from '../../../projections/read/branches.ts'
import type { ConversationRow } from '../../../projections/read/conversations.ts'
import type { MessageRow } from '../../../projections/read/messages.ts'
import { hidden } from '../forms.ts'
import { type Html, html } from '../html.ts'
import type { Page } from '../layout.ts'
import { moment } from '../time.ts'
import { blocksOf } from './blocks.ts'

/** Messages on one page. */
export const PAGE = 100

export type ConversationPage = {
  readonly conversation: ConversationRow
  readonly messages: readonly MessageRow[]
  /** The first message shown, from 0. */
  readonly from: number
  /** Another branch than the active one: up to this message. */
  readonly leafId: string | null
  readonly csrf: string
}

export function conversationPage({ conversation, messages, from, leafId, csrf }: ConversationPage): Page {
  const branch = branchOf(messages, leafId ?? conversation.activeLeafId).filter(({ hidden }) => !hidden)
  const shown = branch.slice(from, from + PAGE)
  const others = messages.filter(({ hidden }) => !hidden).length - branch.length
  return {
    title: titleOf(conversation),
    main: html`<p class="small"><a href="/settings/memory">Memory</a></p>
<h1>${titleOf(conversation)}</h1>
<p class="muted small">${conversation.provider}${conversation.model !== null && html` · ${conversation.model}`}${said(conversation)} · ${
      branch.length
    } messages${others > 0 && html`, and ${others} in other branches`}</p>
<ol class="plain stack">${shown.map(messageOf)}</ol>
${pages(conversation.id, from, branch.length, leafId)}
<section class="card stack" aria-labelledby="delete">
<h2 id="delete">Delete this conversation</h2>
<p>Everything said in it is erased, here and in the log, and so is what was learnt from it alone. It does not come back when you import it again.</p>
<form method="post" action="/settings/memory/conversations/${conversation.id}/delete">
${hidden({ csrf })}
<button class="button secondary">Delete for good</button>
</form>
</section>`,
  }
}

export const titleOf = ({ title }: Pick<ConversationRow, 'title'>): string => (title.trim() === '' ? 'Without a title' : title)

const said = ({ createdAt }: ConversationRow): Html | null => (createdAt.value === null ? null : html` · ${moment(new Date(createdAt.value))}`)

const WHO: Readonly<Record<MessageRow['role'], string>> = {
  user: 'You',
  assistant: 'Assistant',
  system: 'Instructions',
  developer: 'Instructions',
  tool: 'Tool',
  context: 'Context',
}

const messageOf = ({ id, role, author, model, createdAt, blocks, status }: MessageRow): Html => html`<li class="card stack" id="m${id}">
<p class="label">${author ?? WHO[role]}${role === 'assistant' && model !== null && html` · ${model}`}${
  createdAt.value !== null && html` · ${moment(new Date(createdAt.value))}`
}${status !== 'complete' && html` · ${status}`}</p>
${blocksOf(blocks)}
</li>`

function pages(id: string, from: number, length: number, leafId: string | null): Html | null {
  if (length <= PAGE) return null
  const link = (start: number, words: string) =>
    html`<a href="/settings/memory/conversations/${id}?from=${start}${leafId !== null && html`&amp;leaf=${leafId}`}">${words}</a>`
  return html`<nav aria-label="Pages" class="actions">
${from > 0 && link(Math.max(0, from - PAGE), 'Earlier')} <span class="muted small">${from + 1} to ${Math.min(from + PAGE, length)} of ${length}</span> ${
    from + PAGE < length && link(from + PAGE, 'Later')
  }
</nav>`
}
