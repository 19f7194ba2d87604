/**
 * What a piece of a page says, as Markdown: headings, lists, tables, quotations, code, links, images and formulas (KaTeX, MathML). Nothing is
 * escaped: the words stay as they were said. Scripts, styles, buttons and what is hidden are left out. Pure; depth is bounded by the tree's.
 */
import { classesOf, first, type HtmlElement, type HtmlNode, hasClass, isElement, outermost, textIn } from './tree.ts'

/** @param of  an element, for what is inside it; the root of `parseHtml` for all of a page */
export function toMarkdown(of: HtmlElement): string {
  return new Writer(keepsSpace(of)).block(of.children).replaceAll('\u00a0', ' ')
}

const SILENT = new Set(
  'script style noscript template button svg head title meta link textarea select input iframe object embed canvas dialog'.split(' '),
)
const BLOCKS = new Set(
  'p div section article main header footer aside nav figure figcaption address details summary form fieldset dl dt dd body html h1 h2 h3 h4 h5 h6 ul ol li pre blockquote table hr message-content code-block response-element user-query model-response'.split(
    ' ',
  ),
)

const isBlock = ({ name }: HtmlElement): boolean => BLOCKS.has(name)
const HIDDEN = ['sr-only', 'visually-hidden', 'cdk-visually-hidden']
const isSilent = (of: HtmlElement): boolean =>
  SILENT.has(of.name) || of.attributes['hidden'] !== undefined || HIDDEN.some((name) => hasClass(of, name))
const keepsSpace = (of: HtmlElement): boolean =>
  hasClass(of, 'whitespace-pre-wrap') ||
  hasClass(of, 'whitespace-break-spaces') ||
  /white-space\s*:\s*(pre|break-spaces)/i.test(of.attributes['style'] ?? '')

class Writer {
  readonly #keeping: boolean

  /** @param keeping  whether white space is kept as it stands */
  constructor(keeping: boolean) {
    this.#keeping = keeping
  }

  /** Paragraphs with empty lines between. */
  block(nodes: readonly HtmlNode[]): string {
    const parts: string[] = []
    let line: HtmlNode[] = []
    const endLine = () => {
      const words = this.#trimmed(this.inline(line))
      if (words !== '') parts.push(words)
      line = []
    }
    for (const node of nodes) {
      if (isElement(node) && !isSilent(node) && !isFormula(node) && (isBlock(node) || holdsBlocks(node))) {
        endLine()
        const words = this.#element(node)
        if (words !== '') parts.push(words)
      } else line.push(node)
    }
    endLine()
    return parts.join('\n\n')
  }

  #trimmed(text: string): string {
    if (this.#keeping) return text.replace(/^\n+/, '').trimEnd()
    return text
      .split('\n')
      .map((line) => line.trim())
      .join('\n')
      .trim()
  }

  /** One block element. */
  #element(of: HtmlElement): string {
    const level = /^h([1-6])$/.exec(of.name)?.[1]
    if (level !== undefined) return headed('#'.repeat(Number(level)), this.inline(of.children))
    switch (of.name) {
      case 'pre':
        return codeBlock(of)
      case 'hr':
        return '---'
      case 'ul':
      case 'ol':
        return this.#list(of)
      case 'table':
        return this.#table(of)
      case 'blockquote':
        return indented(this.block(of.children), '> ', '> ')
      default:
        return (keepsSpace(of) ? new Writer(true) : this).block(of.children)
    }
  }

  #list(of: HtmlElement): string {
    const start = Number(of.attributes['start'] ?? 1)
    const from = Number.isSafeInteger(start) ? start : 1
    const items = of.children.filter(isElement).filter((item) => !isSilent(item))
    const written = items.map((item, index) => {
      const mark = of.name === 'ol' ? `${from + index}. ` : '- '
      const words = item.name === 'ul' || item.name === 'ol' ? this.#list(item) : tight(this.block(item.children))
      return indented(words, mark, ' '.repeat(mark.length))
    })
    return written.join('\n')
  }

  #table(of: HtmlElement): string {
    const rows = outermost(of, ({ name }) => name === 'tr').map((row) => this.#cells(row))
    const width = rows.reduce((most, row) => Math.max(most, row.length), 0)
    const [head, ...body] = rows.map((row) => `| ${Array.from({ length: width }, (_, index) => row[index] ?? '').join(' | ')} |`)
    return head === undefined || width === 0 ? '' : [head, `|${' --- |'.repeat(width)}`, ...body].join('\n')
  }

  #cells(row: HtmlElement): readonly string[] {
    const cells = row.children.filter(isElement).filter(({ name }) => name === 'td' || name === 'th')
    return cells.map((cell) => this.block(cell.children).replaceAll('|', '\\|').replaceAll(/\n+/g, '<br>'))
  }

  /** Words in a line, or in lines where the page breaks them. */
  inline(nodes: readonly HtmlNode[]): string {
    const words = nodes.map((node) => (isElement(node) ? this.#word(node) : this.#keeping ? node : node.replaceAll(/[ \t\r\n]+/g, ' '))).join('')
    return this.#keeping ? words : words.replaceAll(/ {2,}/g, ' ')
  }

  #word(of: HtmlElement): string {
    if (isSilent(of)) return ''
    if (isFormula(of)) return formula(of)
    switch (of.name) {
      case 'br':
        return '\n'
      case 'strong':
      case 'b':
        return around('**', this.inline(of.children))
      case 'em':
      case 'i':
        return around('*', this.inline(of.children))
      case 'del':
      case 's':
        return around('~~', this.inline(of.children))
      case 'code':
      case 'kbd':
        return inlineCode(textIn(of))
      case 'a':
        return link(this.inline(of.children), of.attributes['href'])
      case 'img':
        return image(of)
      default:
        return (keepsSpace(of) ? new Writer(true) : this).inline(of.children)
    }
  }
}

/** A link stays in its line, whatever is in it. */
const holdsBlocks = (of: HtmlElement): boolean => of.name !== 'a' && first(of, isBlock) !== null

function headed(mark: string, words: string): string {
  const line = words.replaceAll('\n', ' ').trim()
  return line === '' ? '' : `${mark} ${line}`
}

/** The marks stand at the words, not at the space around them. */
function around(mark: string, words: string): string {
  const inside = words.trim()
  if (inside === '') return words
  const before = words.length - words.trimStart().length
  return words.slice(0, before) + mark + inside + mark + words.slice(before + inside.length)
}

const indented = (words: string, mark: string, indent: string): string =>
  words
    .split('\n')
    .map((line, index) => (index === 0 ? mark + line : (indent + line).trimEnd()))
    .join('\n')
/** Items of a list stand close, unless they hold paragraphs. */
const tight = (words: string): string => words.replaceAll(/\n\n(?=(?:- |\d+\. ))/g, '\n')

/** Longer than any run of ticks inside. */
const ticks = (text: string, least: number): string =>
  '`'.repeat([...text.matchAll(/`+/g)].reduce((most, [run]) => Math.max(most, run.length + 1), least))

function inlineCode(text: string): string {
  if (text === '') return ''
  const mark = ticks(text, 1)
  const space = text.startsWith('`') || text.endsWith('`') ? ' ' : ''
  return `${mark}${space}${text}${space}${mark}`
}

/** The code alone, without the buttons and labels that pages put around it. */
function codeBlock(of: HtmlElement): string {
  const code = first(of, ({ name }) => name === 'code') ?? of
  const text = textIn(code).replace(/\n$/, '')
  const mark = ticks(text, 3)
  return `${mark}${languageOf(code) ?? languageOf(of) ?? ''}\n${text}\n${mark}`
}

function languageOf(of: HtmlElement): string | null {
  const named = classesOf(of).flatMap((name) => /^(?:language|lang)-([\w+#.-]{1,40})$/.exec(name)?.[1] ?? [])
  return of.attributes['data-language']?.slice(0, 40) ?? named[0] ?? null
}

const LINK = /^(https?:|mailto:)/i
const addressOf = (url: string): string => url.replaceAll(/\s/g, '%20').replaceAll('(', '%28').replaceAll(')', '%29')

function link(words: string, href: string | undefined): string {
  const shown = words.trim()
  if (href === undefined || !LINK.test(href) || shown === '') return words
  return shown === href ? href : `[${shown}](${addressOf(href)})`
}

/** One that lies in the page itself is told beside: see images.ts. */
function image(of: HtmlElement): string {
  const [source, alt] = [of.attributes['src'] ?? '', (of.attributes['alt'] ?? '').replaceAll(/[[\]\n]/g, ' ')]
  return /^https?:/i.test(source) ? `![${alt}](${addressOf(source)})` : alt
}

const isFormula = (of: HtmlElement): boolean =>
  of.name === 'math' || hasClass(of, 'katex') || hasClass(of, 'katex-display') || of.attributes['data-math'] !== undefined

/** The TeX that a formula was made of; without it, what it shows. */
function formula(of: HtmlElement): string {
  const source = of.attributes['data-math'] ?? texIn(of)
  if (source === null) return textIn(of)
  const isDisplay = hasClass(of, 'katex-display') || hasClass(of, 'math-block') || of.attributes['display'] === 'block'
  return isDisplay ? `\n$$\n${source.trim()}\n$$\n` : `$${source.trim()}$`
}

function texIn(of: HtmlElement): string | null {
  const annotation = first(of, ({ name, attributes }) => name === 'annotation' && attributes['encoding'] === 'application/x-tex')
  return annotation === null ? null : textIn(annotation)
}
