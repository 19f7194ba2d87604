/**
 * HTML as Markdown: what is said stays, what would be executed or fetched goes. For foreign pages and exports; attacker-controlled. One pass over the
 * text, depth bounded, nothing loaded. Pure.
 */
import { Parser } from 'htmlparser2'

type Frame = {
  readonly tag: string
  readonly attributes: Readonly<Record<string, string>>
  text: string
  readonly rows: string[][]
  items: number
  language: string
}

/** Tags whose content is for machines. */
const DROPPED = new Set(['script', 'style', 'noscript', 'template', 'head', 'iframe', 'object', 'svg', 'button', 'select', 'textarea'])
const BLOCKS = new Set([
  'p',
  'div',
  'section',
  'article',
  'header',
  'footer',
  'main',
  'figure',
  'figcaption',
  'details',
  'summary',
  'dl',
  'dt',
  'dd',
  'form',
])
/** What may be linked to. */
const LINK = /^(https?:|mailto:)/i
const DEEPEST = 200

export function htmlToMarkdown(html: string): string {
  const stack: Frame[] = [frame('', {})]
  let dropped = 0
  let beyond = 0
  const top = (): Frame => stack.at(-1) ?? frame('', {})
  const isVerbatim = () => stack.some(({ tag }) => tag === 'pre')
  const parser = new Parser(
    {
      onopentag(tag, attributes) {
        if (dropped > 0 || DROPPED.has(tag)) dropped++
        else if (stack.length > DEEPEST) beyond++
        else if (tag === 'br') top().text += isVerbatim() ? '\n' : '  \n'
        else if (tag === 'hr') top().text += '\n\n---\n\n'
        else if (tag === 'img') top().text += image(attributes)
        else stack.push(frame(tag, attributes))
      },
      ontext(text) {
        if (dropped === 0) top().text += isVerbatim() ? text : text.replaceAll(/[ \t\r\n\f]+/g, ' ')
      },
      onclosetag(tag) {
        if (dropped > 0) dropped--
        else if (tag === 'br' || tag === 'hr' || tag === 'img') return
        else if (beyond > 0) beyond--
        else close(stack)
      },
    },
    { decodeEntities: true, lowerCaseTags: true },
  )
  parser.write(html)
  parser.end()
  while (stack.length > 1) close(stack)
  return tidy(stack[0]?.text ?? '')
}

const frame = (tag: string, attributes: Frame['attributes']): Frame => ({ tag, attributes, text: '', rows: [], items: 0, language: '' })

/** The innermost element is over: its Markdown goes to the one around it. */
function close(stack: Frame[]): void {
  const inner = stack.pop()
  const outer = stack.at(-1)
  if (inner === undefined || outer === undefined) return
  const { tag } = inner
  if (tag === 'td' || tag === 'th')
    rowOf(stack)?.push(
      tidy(inner.text)
        .replaceAll('|', '\\|')
        .replaceAll(/\s*\n\s*/g, ' '),
    )
  else if (tag === 'tr') return
  else if (tag === 'table') outer.text += tableOf(inner.rows)
  else if (tag === 'li') outer.text += item(inner, outer)
  else outer.text += written(inner, stack)
}

/** The row being written of the nearest table; made when a cell comes first. */
function rowOf(stack: readonly Frame[]): string[] | undefined {
  const table = stack.findLast(({ tag }) => tag === 'table')
  const row = stack.findLast(({ tag }) => tag === 'tr')
  if (table === undefined || row === undefined) return undefined
  if (row.items++ === 0) table.rows.push([])
  return table.rows.at(-1)
}

function written(inner: Frame, stack: readonly Frame[]): string {
  const { tag, text, attributes } = inner
  const isVerbatim = stack.some((frame) => frame.tag === 'pre')
  if (isVerbatim) {
    const pre = stack.findLast((frame) => frame.tag === 'pre')
    if (tag === 'code' && pre !== undefined) pre.language ||= languageOf(inner)
    return text
  }
  const heading = /^h([1-6])$/.exec(tag)?.[1]
  if (heading !== undefined) return `\n\n${'#'.repeat(Number(heading))} ${tidy(text).replaceAll(/\s*\n\s*/g, ' ')}\n\n`
  if (BLOCKS.has(tag)) return `\n\n${text}\n\n`
  switch (tag) {
    case 'strong':
    case 'b':
      return marked('**', text)
    case 'em':
    case 'i':
      return marked('*', text)
    case 'del':
    case 's':
      return marked('~~', text)
    case 'code':
      return code(text)
    case 'pre':
      return fenced(text, inner.language || languageOf(inner))
    case 'blockquote':
      return `\n\n${tidy(text).replaceAll(/^/gm, '> ')}\n\n`
    case 'ul':
    case 'ol':
      return stack.some((frame) => frame.tag === 'li') ? `\n${text.trimEnd()}\n` : `\n\n${text.trimEnd()}\n\n`
    case 'a':
      return linked(text, attributes['href'])
    default:
      return text
  }
}

/** Marks hug the words: spaces stay outside. */
function marked(mark: string, text: string): string {
  const words = text.trim()
  if (words === '') return text
  return `${/^\s/.test(text) ? ' ' : ''}${mark}${words}${mark}${/\s$/.test(text) ? ' ' : ''}`
}

const longestRun = (text: string): number => (text.match(/`+/g) ?? []).reduce((longest, run) => Math.max(longest, run.length), 0)

function code(text: string): string {
  if (text === '') return ''
  const marks = '`'.repeat(longestRun(text) + 1)
  return text.startsWith('`') || text.endsWith('`') ? `${marks} ${text} ${marks}` : `${marks}${text}${marks}`
}

function fenced(text: string, language: string): string {
  const fence = '`'.repeat(Math.max(3, longestRun(text) + 1))
  return `\n\n${fence}${language}\n${text.replace(/^\n/, '').replace(/\n$/, '')}\n${fence}\n\n`
}

const languageOf = ({ attributes }: Frame): string =>
  /language-([\w+#-]{1,30})/.exec(attributes['class'] ?? '')?.[1] ?? attributes['data-language']?.slice(0, 30) ?? ''

function linked(text: string, href: string | undefined): string {
  const words = text.trim()
  if (href === undefined || !LINK.test(href)) return text
  return words === '' ? '' : `[${words}](${href.replaceAll(/[\s()<>]/g, encodeURIComponent)})`
}

const image = ({ alt = '', src = '' }: Frame['attributes']): string =>
  /^https?:/i.test(src) ? `![${alt}](${src.replaceAll(/[\s()<>]/g, encodeURIComponent)})` : alt

function item({ text }: Frame, list: Frame): string {
  const mark = list.tag === 'ol' ? `${++list.items + (Number.parseInt(list.attributes['start'] ?? '1', 10) || 1) - 1}. ` : '- '
  return `${mark}${tidy(text).replaceAll('\n', `\n${' '.repeat(mark.length)}`)}\n`
}

function tableOf(rows: readonly (readonly string[])[]): string {
  const width = Math.max(0, ...rows.map((row) => row.length))
  if (width === 0) return ''
  const line = (cells: readonly string[]) => `| ${Array.from({ length: width }, (_, column) => cells[column] ?? '').join(' | ')} |`
  const [head = [], ...body] = rows
  return `\n\n${[line(head), line(Array.from({ length: width }, () => '---')), ...body.map(line)].join('\n')}\n\n`
}

/** One empty line between blocks, none around; code stays as it is. */
function tidy(text: string): string {
  let isCode = false
  const lines: string[] = []
  for (const line of text.split('\n')) {
    if (/^\s*(> )*`{3,}/.test(line)) isCode = !isCode
    const kept = isCode ? line : line.replace(/^ (?! )/, '').replace(/(\S) $/, '$1')
    if (isCode || kept.trim() !== '' || (lines.at(-1) ?? '').trim() !== '') lines.push(kept.trim() === '' && !isCode ? '' : kept)
  }
  return lines.join('\n').trim()
}
