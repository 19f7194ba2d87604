/** Pieces of forms: labelled, described, errors announced. Pure. */
import { attributes, type Html, html } from './html.ts'

export type Field = {
  readonly name: string
  readonly label: string
  readonly type?: 'text' | 'password'
  readonly value?: string
  readonly hint?: string | Html
  readonly autocomplete?: string
  readonly required?: boolean
  readonly autofocus?: boolean
  readonly maxlength?: number
  readonly minlength?: number
  readonly pattern?: string
  /** For user names and tokens: no corrections by the keyboard. */
  readonly verbatim?: boolean
  readonly prefix?: string
}

/** A labelled input with its hint. */
export function field(it: Field): Html {
  const hint = it.hint === undefined ? null : `${it.name}-hint`
  const input = html`<input${attributes({
    id: it.name,
    name: it.name,
    type: it.type ?? 'text',
    value: it.value ?? '',
    autocomplete: it.autocomplete,
    maxlength: it.maxlength,
    minlength: it.minlength,
    pattern: it.pattern,
    'aria-describedby': hint,
    ...(it.verbatim === true && { autocapitalize: 'none', autocorrect: 'off', spellcheck: 'false' }),
    required: it.required !== false,
    autofocus: it.autofocus,
  })}>`
  return html`<div class="field">
<label for="${it.name}">${it.label}</label>
${it.prefix === undefined ? input : html`<span class="affixed"><span aria-hidden="true">${it.prefix}</span>${input}</span>`}
${hint !== null && html`<p class="hint" id="${hint}">${it.hint}</p>`}
</div>`
}

export const hidden = (fields: Readonly<Record<string, string | null>>): Html =>
  html`${Object.entries(fields).map(([name, value]) => value !== null && html`<input type="hidden" name="${name}" value="${value}">`)}`

/** Said first by screen readers when the page comes back with a problem. */
export const problemBox = (problem: string | null): Html | null =>
  problem === null ? null : html`<p class="problem" role="alert" tabindex="-1" id="problem">${problem}</p>`
