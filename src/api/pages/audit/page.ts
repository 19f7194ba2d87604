/** /audit as markup: four questions, one key, one place for the answer. Without scripts it says how to check from outside. */
import { type Html, html } from '../html.ts'

export type AuditFacts = {
  readonly logOrigin: string
  readonly verifierKey: string
  readonly size: number
  readonly origin: string
  /** Asked for in the address. */
  readonly entry: string
}

export function auditMain({ logOrigin, verifierKey, size, origin, entry }: AuditFacts): Html {
  return html`<h1>Check this log yourself</h1>
<p class="lead">Your browser fetches entries and proofs, hashes them, and verifies the signatures: with its own cryptography, and a few short scripts that
you can read.</p>
<noscript><p class="problem">The checks of this page need scripts. From outside, <code>vivim audit ${origin}</code> checks the whole log, and
<code>vivim verify FILE</code> a receipt.</p></noscript>
<section class="card stack" aria-labelledby="key-title">
<h2 id="key-title">The key you trust</h2>
<p id="key-changed" class="problem" role="alert" hidden>This log names another key than when you were here before. The one you know is filled in: ask
the operator before you trust the new one.</p>
<div class="field"><label for="vkey">Verifier key of ${logOrigin}</label>
<input id="vkey" class="mono" value="${verifierKey}" autocomplete="off" spellcheck="false" aria-describedby="vkey-hint">
<p class="hint" id="vkey-hint">The instance names it here itself. To be sure, compare it with one you got another way: from its operator, a witness, or a receipt you kept.</p></div>
</section>
<div class="checks">
${question('entry', 'One entry', html`${input('entry', 'Position, id, or address of a post', `There are entries 0 to ${Math.max(0, size - 1)}.`, entry)}`)}
${question('account', 'One account', html`${input('account', 'Name', 'Every public commit of this person: its keys, its chain, its place in the tree.', '')}`)}
${question(
  'range',
  'A range',
  html`<div class="pair">${number('from', 'First entry', Math.max(0, size - 256))}${number('to', 'Last entry', Math.max(0, size - 1))}</div>`,
)}
${question(
  'receipt',
  'A receipt you kept',
  html`<div class="field"><label for="receipt">File</label><input id="receipt" name="receipt" type="file" accept=".tlog-proof" required aria-describedby="receipt-hint">
<p class="hint" id="receipt-hint">It stays in your browser: nothing is sent anywhere.</p></div>`,
)}
</div>
<section id="result" class="card" aria-live="polite" aria-label="Result" tabindex="-1"></section>
<section class="stack" aria-labelledby="limits">
<h2 id="limits">What this page cannot do</h2>
<p>It comes from the instance that it checks. To depend on nothing that the instance sends but its log, run <code>vivim audit ${origin}</code> on a machine
of your own: that also reads every entry, judges each key at the position of its signature, counts witnesses, and verifies post-quantum signatures.</p>
</section>`
}

function question(name: string, title: string, fields: Html): Html {
  return html`<section class="card" aria-labelledby="title-${name}"><form id="check-${name}" method="get" action="/audit">
<h2 id="title-${name}">${title}</h2>${fields}
<button class="button">Check ${title.toLowerCase()}</button></form></section>`
}

const input = (name: string, label: string, hint: string, value: string): Html =>
  html`<div class="field"><label for="${name}">${label}</label>
<input id="${name}" name="${name}" value="${value}" required autocomplete="off" autocapitalize="none" spellcheck="false" aria-describedby="${name}-hint">
<p class="hint" id="${name}-hint">${hint}</p></div>`

const number = (name: string, label: string, value: number): Html =>
  html`<div class="field"><label for="${name}">${label}</label><input id="${name}" name="${name}" type="number" inputmode="numeric" min="0" value="${value}" required></div>`
