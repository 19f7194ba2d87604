/**
 * HTML as a tree to look things up in. Attacker-controlled: nothing is executed or fetched, depth and number of elements are bounded, and every
 * walk here is a loop. What lies deeper than the bound is put where the bound is.
 */
import { Parser } from 'htmlparser2'

export type HtmlElement = {
  /** Lower case. */
  readonly name: string
  readonly attributes: { readonly [name: string]: string | undefined }
  readonly children: readonly HtmlNode[]
}
export type HtmlNode = HtmlElement | string

const DEEPEST = 200
const MOST = 1_000_000

/** The root of a document or a piece of one; its name is empty. */
export function parseHtml(html: string): HtmlElement {
  const growth = new Growth()
  const parser = new Parser(growth, { decodeEntities: true, lowerCaseTags: true, recognizeSelfClosing: true })
  for (let at = 0; at < html.length && !growth.isTooDeep; at += PIECE) parser.write(html.slice(at, at + PIECE))
  parser.end()
  return growth.root
}

/** Whatever is nested deeper than any page is: the parser itself would take ever longer. */
const ABSURD = 10_000
const PIECE = 16_384

class Growth {
  readonly root = element('', {})
  readonly #open = [this.root]
  #left = MOST
  /** Open elements that are not in the tree. */
  #skipped = 0

  get isTooDeep(): boolean {
    return this.#skipped > ABSURD
  }

  onopentag(name: string, attributes: HtmlElement['attributes']): void {
    const isWanted = this.#left-- > 0
    const inner = element(name, attributes)
    if (isWanted) this.#open.at(-1)?.children.push(inner)
    if (isWanted && this.#open.length < DEEPEST) this.#open.push(inner)
    else this.#skipped++
  }

  onclosetag(): void {
    if (this.#skipped > 0) this.#skipped--
    else if (this.#open.length > 1) this.#open.pop()
  }

  ontext(text: string): void {
    const into = this.#open.at(-1)?.children ?? []
    const last = into.at(-1)
    if (typeof last === 'string') into[into.length - 1] = last + text
    else into.push(text)
  }
}

type Growing = { name: string; attributes: { readonly [name: string]: string | undefined }; children: (Growing | string)[] }
const element = (name: string, attributes: Growing['attributes']): Growing => ({ name, attributes, children: [] })

export const isElement = (node: HtmlNode): node is HtmlElement => typeof node !== 'string'
export const classesOf = ({ attributes }: HtmlElement): readonly string[] => attributes['class']?.split(/\s+/) ?? []
export const hasClass = (of: HtmlElement, name: string): boolean => classesOf(of).includes(name)

type Is = (element: HtmlElement) => boolean

/**
 * Elements for which it is true, in the document's order; what lies inside one of them is not looked at.
 *
 * @param leave  elements that are not entered
 */
export const outermost = (root: HtmlElement, is: Is, leave: Is = () => false): readonly HtmlElement[] => [...matching(root, is, leave)]
export const first = (root: HtmlElement, is: Is): HtmlElement | null => matching(root, is, () => false).next().value ?? null

function* matching(root: HtmlElement, is: Is, leave: Is): Generator<HtmlElement, undefined> {
  const waiting = root.children.toReversed()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!isElement(next) || leave(next)) continue
    if (is(next)) yield next
    else for (let at = next.children.length - 1; at >= 0; at--) waiting.push(next.children[at] ?? '')
  }
}

/** All the text inside, as it is written. */
export function textIn(root: HtmlElement): string {
  const parts: string[] = []
  const waiting = root.children.toReversed()
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (isElement(next)) for (let at = next.children.length - 1; at >= 0; at--) waiting.push(next.children[at] ?? '')
    else parts.push(next)
  }
  return parts.join('')
}
