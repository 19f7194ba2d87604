/** HTML by template: whatever is put in is escaped, unless it is `Html` already. Pure. */

/** Markup that is safe to serve as it stands: made by `html`, or vouched for by `trusted`. */
export class Html {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

/** What a template takes. `null`, `undefined` and `false` leave nothing, so `${condition && html`…`}` works. */
export type Part = Html | string | number | null | undefined | false | readonly Part[]

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** For text and for attribute values in double quotes. */
export const escape = (text: string): string => text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character)

/** A template whose parts are escaped. Attribute values must be in double quotes; never put a part into a tag's name or into `style`, `script` or `on…`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + markup(parts[index - 1]) + string))
}

/** Markup sanitised elsewhere, taken as it is. The caller says where. */
export const trusted = (markup: string): Html => new Html(markup)

function markup(part: Part): string {
  if (part instanceof Html) return part.text
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escape(part)
  if (typeof part === 'number') return String(part)
  return part.map(markup).join('')
}
