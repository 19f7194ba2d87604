/** /settings/memory: what a person's vault holds, finding in it, bringing more in, and who read from it. */
import type { AccessRow } from '../../../projections/read/accesses.ts'
import type { ConversationRow } from '../../../projections/read/conversations.ts'
import type { ImportRow } from '../../../projections/read/imports.ts'
import type { MemoryRow } from '../../../projections/read/memories.ts'
import { hidden, problemBox } from '../forms.ts'
import { type Html, html } from '../html.ts'
import type { Page } from '../layout.ts'
import { counted } from '../numbers.ts'
import { day, moment } from '../time.ts'
import { titleOf } from './conversation.ts'

/** Words of a conversation that answer a search, and where they are. */
export type Finding = {
  readonly conversationId: string
  readonly messageId: string
  readonly title: string
  readonly who: string
  readonly at: string | null
  /** Pieces in their order; those that were looked for are `found`. */
  readonly pieces: readonly { readonly text: string; readonly found: boolean }[]
}

export type Overview = {
  readonly csrf: string
  readonly problem: string | null
  /** Null: nothing was looked for. */
  readonly search: { readonly query: string; readonly findings: readonly Finding[]; readonly memories: readonly MemoryRow[] } | null
  readonly conversations: readonly ConversationRow[]
  readonly memories: readonly MemoryRow[]
  readonly imports: readonly ImportRow[]
  readonly accesses: readonly AccessRow[]
}

export function overviewPage(vault: Overview): Page {
  const { search, csrf } = vault
  return {
    title: search === null ? 'Memory' : `Memory: ${search.query}`,
    ...(vault.problem !== null && { status: 422 }),
    main: html`<h1>Memory</h1>
<p class="muted">Your conversations with assistants, and what was learnt from them. Only you see this; it lies sealed on the disk.</p>
${problemBox(vault.problem)}
${searchForm(search?.query ?? '')}
${search === null ? everything(vault) : results(search, csrf)}`,
  }
}

const searchForm = (query: string): Html => html`<form method="get" action="/settings/memory" role="search" class="actions">
<label for="q" class="visually-hidden">Search your conversations and memories</label>
<input id="q" name="q" type="search" value="${query}" maxlength="500" placeholder="Search">
<button class="button">Search</button>
</form>`

function results({ findings, memories, query }: NonNullable<Overview['search']>, csrf: string): Html {
  if (findings.length + memories.length === 0) return html`<p role="status">Nothing was found for “${query}”.</p>`
  return html`${memories.length > 0 && memoriesSection('Memories', memories, csrf)}
${
  findings.length > 0 &&
  html`<section class="stack" aria-labelledby="found"><h2 id="found">Where it was said</h2>
<ol class="plain stack">${findings.map(finding)}</ol></section>`
}
<p><a href="/settings/memory">Back to everything</a></p>`
}

const finding = ({ conversationId, messageId, title, who, at, pieces }: Finding): Html => html`<li class="card stack">
<p class="label">${who}${at !== null && html` · ${moment(new Date(at))}`}</p>
<p class="said">${pieces.map(({ text, found }) => (found ? html`<mark>${text}</mark>` : text))}</p>
<p class="small"><a href="/settings/memory/conversations/${conversationId}/at/${messageId}">${title}</a></p>
</li>`

const everything = (vault: Overview): Html => html`${bringIn(vault.csrf)}
${vault.imports.length > 0 && importsSection(vault.imports)}
${memoriesSection('What was learnt', vault.memories, vault.csrf)}
${conversationsSection(vault.conversations)}
${accessesSection(vault.accesses)}`

const bringIn = (csrf: string): Html => html`<section class="card stack" aria-labelledby="bring">
<h2 id="bring">Bring conversations in</h2>
<p>The file that ChatGPT, Claude, Gemini, Grok or another assistant gave you when you asked for your data, as it is. Nothing of it is lost, and importing it again adds only what is new.</p>
<form method="post" action="/settings/memory/imports" enctype="multipart/form-data" class="stack">
${hidden({ csrf })}
<div class="field"><label for="file">The export: a zip, JSON, CSV, HTML or text file</label>
<input id="file" name="file" type="file" required></div>
<button class="button">Import</button>
</form>
</section>`

const importsSection = (imports: readonly ImportRow[]): Html => html`<section class="stack" aria-labelledby="imports">
<h2 id="imports">Imports</h2>
<ul class="plain stack">${imports.map(
  ({ id, name, state, createdAt, report }) =>
    html`<li><a href="/settings/memory/imports/${id}">${name}</a> <span class="muted small">${
      state === 'running' ? 'goes on' : state
    } · ${moment(new Date(createdAt))}${report !== null && html` · ${counted(report.imported.messages, 'new message')}`}</span></li>`,
)}</ul>
</section>`

function memoriesSection(heading: string, memories: readonly MemoryRow[], csrf: string): Html {
  const none = html`<p class="muted">Nothing yet. What you say of yourself in your conversations is found here, with the words it rests on.</p>`
  return html`<section class="stack" aria-labelledby="memories">
<h2 id="memories">${heading}</h2>
${memories.length === 0 ? none : html`<ul class="plain stack">${memories.map((memory) => memoryOf(memory, csrf))}</ul>`}
</section>`
}

const STATUS: Readonly<Record<MemoryRow['status'], string | null>> = {
  active: null,
  candidate: 'Not sure',
  superseded: 'No longer',
  disputed: 'Said otherwise elsewhere',
  archived: 'Put away',
}

const memoryOf = (memory: MemoryRow, csrf: string): Html => html`<li class="card split" aria-labelledby="memory-${memory.id}">
<div class="stack">
<p id="memory-${memory.id}"><b>${memory.text}</b></p>
<p class="muted small">${[STATUS[memory.status], memory.type, until(memory)].filter((word) => word !== null).join(' · ')}${
  memory.observedAt !== null && html` · ${day(new Date(memory.observedAt))}`
}</p>
${memory.evidence
  .slice(0, 3)
  .map(
    ({ quote, conversationId, messageId }) =>
      html`<blockquote class="small">“${quote}” <a href="/settings/memory/conversations/${conversationId}/at/${messageId}">where</a></blockquote>`,
  )}
</div>
<form method="post" action="/settings/memory/memories/${memory.id}/forget">
${hidden({ csrf })}
<button class="button secondary" aria-label="Forget: ${memory.text}">Forget</button>
</form>
</li>`

const until = ({ validFrom, validTo }: MemoryRow): string | null =>
  validFrom === null && validTo === null
    ? null
    : [validFrom !== null && `from ${validFrom}`, validTo !== null && `until ${validTo}`].filter(Boolean).join(' ')

const conversationsSection = (conversations: readonly ConversationRow[]): Html => html`<section class="stack" aria-labelledby="conversations">
<h2 id="conversations">Conversations</h2>
${
  conversations.length === 0
    ? html`<p class="muted">None yet.</p>`
    : html`<ul class="plain stack">${conversations.map(
        (row) =>
          html`<li><a href="/settings/memory/conversations/${row.id}">${titleOf(row)}</a> <span class="muted small">${row.provider} · ${counted(
            row.messages,
            'message',
          )}${row.lastMessageAt !== null && html` · ${day(new Date(row.lastMessageAt))}`}</span></li>`,
      )}</ul>`
}
</section>`

const accessesSection = (accesses: readonly AccessRow[]): Html => html`<section class="stack" aria-labelledby="read">
<h2 id="read">What applications read</h2>
${
  accesses.length === 0
    ? html`<p class="muted">Nothing. Every time an application or assistant reads here, it is written down before it gets an answer.</p>`
    : html`<ul class="plain stack">${accesses.map(
        ({ reader, what, query, at, conversationIds, messageIds, memoryIds }) =>
          html`<li><b>${reader.name}</b> <span class="muted small">${moment(new Date(at))} · ${what}${query !== null && html` · “${query}”`} · ${counted(
            new Set([...conversationIds, ...messageIds, ...memoryIds]).size,
            'thing',
          )}</span></li>`,
      )}</ul>`
}
</section>`
