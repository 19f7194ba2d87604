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

/** A template whose parts are escaped. Attribute values stand in double quotes; no part goes into a tag's name, `style`, `script` or `on…`. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.reduce((text, string, index) => text + markup(parts[index - 1]) + string))
}

/** Attributes of a tag, each with a space before it; `true` stands alone, `null`, `undefined` and `false` are left out. Names are our own. */
export function attributes(values: Readonly<Record<string, string | number | boolean | null | undefined>>): Html {
  const given = Object.entries(values).filter(([, value]) => value !== null && value !== undefined && value !== false)
  return new Html(given.map(([name, value]) => (value === true ? ` ${name}` : ` ${name}="${escape(String(value))}"`)).join(''))
}

/** An address that may stand in `href`: of the web, or of this origin. What others send may be anything; then it leads to the front page. */
export const href = (url: string): string => (/^(?:https?:\/\/|\/(?!\/))/i.test(url) ? url : '/')

/** Markup sanitised elsewhere, taken as it is. The caller says where. */
export const trusted = (markup: string): Html => new Html(markup)

function markup(part: Part): string {
  if (part instanceof Html) return part.text
  if (part === null || part === undefined || part === false) return ''
  if (typeof part === 'string') return escape(part)
  if (typeof part === 'number') return String(part)
  return part.map(markup).join('')
}
