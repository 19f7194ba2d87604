/** /settings/memory/imports/:id: how far an import is, then what it found, took over and had to leave. */
import type { ImportReport, SkipReason } from '../../../events/conversations.ts'
import type { ImportRow } from '../../../projections/read/imports.ts'
import { hidden } from '../forms.ts'
import { type Html, html } from '../html.ts'
import type { Page } from '../layout.ts'
import { counted } from '../numbers.ts'
import { moment } from '../time.ts'

/** How far it is, as far as it can be told. */
export type Going = { readonly done: number; readonly total: number | null; readonly words: string }

export function reportPage(job: ImportRow, going: Going | null, csrf: string): Page {
  const running = job.state === 'running'
  return {
    title: `Import of ${job.name}`,
    main: html`<p class="small"><a href="/settings/memory">Memory</a></p>
<h1>Import of ${job.name}</h1>
${running ? progress(job, going, csrf) : result(job)}`,
  }
}

const progress = (job: ImportRow, going: Going | null, csrf: string): Html => html`<section class="card stack" aria-labelledby="going">
<h2 id="going">It goes on</h2>
<p role="status">${going?.words ?? 'Waiting for its turn.'} You can leave this page; it goes on.</p>
<progress aria-label="Progress" max="${going?.total ?? 1}"${going !== null && going.total !== null && html` value="${going.done}"`}></progress>
<p><a class="button" href="/settings/memory/imports/${job.id}">Look again</a></p>
<form method="post" action="/settings/memory/imports/${job.id}/cancel">
${hidden({ csrf })}
<button class="button secondary">Stop it</button>
</form>
</section>`

const STATES: Readonly<Record<ImportReport['state'], string>> = {
  complete: 'Everything that was found is here.',
  partial: 'Some of it could not be taken over.',
  failed: 'Nothing could be taken over.',
  cancelled: 'It was stopped. What had come in stays.',
}

function result({ state, report, reportedAt }: ImportRow): Html {
  if (report === null || state === 'running') return html`<p>Its report was erased.</p>`
  const { found, imported, unchanged, updated, skipped, unknown, missingAssets, summary, formats } = report
  const row = (name: string, of: keyof ImportReport['found']) =>
    html`<tr><th scope="row">${name}</th><td>${found[of]}</td><td>${imported[of]}</td><td>${updated[of]}</td><td>${unchanged[of]}</td></tr>`
  return html`<section class="card stack" aria-labelledby="result">
<h2 id="result">${STATES[state]}</h2>
<p>${summary}</p>
<div class="scrolls" tabindex="0" role="region" aria-label="Numbers"><table>
<thead><tr><td></td><th scope="col">Found</th><th scope="col">New</th><th scope="col">Changed</th><th scope="col">Here already</th></tr></thead>
<tbody>${row('Conversations', 'conversations')}${row('Messages', 'messages')}${row('Files', 'assets')}${row('Memories', 'memories')}</tbody>
</table></div>
<p class="muted small">${formats.map(({ importer, conversations }, n) => html`${n > 0 && ', '}${importer}: ${counted(conversations, 'conversation')}`)}${
    reportedAt !== null && html` · ${moment(new Date(reportedAt))}`
  }${missingAssets > 0 && html` · ${counted(missingAssets, 'file')} named, and not in the export`}</p>
</section>
${
  skipped.length > 0 &&
  html`<section class="stack" aria-labelledby="left"><h2 id="left">What was left, and why</h2>
<ul>${skipped
    .slice(0, 200)
    .map(
      ({ item, reason, detail, count }) =>
        html`<li><b>${item}</b>${count > 1 && html` (${count} times)`}: ${REASONS[reason]}${detail !== '' && html` <span class="muted">${detail}</span>`}</li>`,
    )}</ul></section>`
}
${
  unknown.length > 0 &&
  html`<section class="stack" aria-labelledby="unknown"><h2 id="unknown">Kept, and not understood</h2>
<ul>${unknown.map(({ type, count }) => html`<li><code>${type}</code>: ${count}</li>`)}</ul></section>`
}`
}

const REASONS: Readonly<Record<SkipReason, string>> = {
  unreadable: 'it is not what it should be.',
  encoding: 'its text is not UTF-8.',
  truncated: 'it ends too early.',
  'too-large': 'it is too large.',
  'unsafe-path': 'it would have been written elsewhere.',
  bomb: 'it grows beyond reason when unpacked.',
  encrypted: 'it is encrypted.',
  missing: 'it is not in the archive.',
  'no-messages': 'nothing is said in it.',
  'no-content': 'it is empty.',
  cycle: 'it answers itself.',
  duplicate: 'another one has the same name.',
  deleted: 'you deleted it here.',
  'never-opened': 'it holds account data, which is none of our business.',
  'unknown-format': 'its format is not known.',
  invalid: 'it is not valid.',
  expired: 'it has expired.',
}
