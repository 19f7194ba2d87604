/** A conversation as Markdown, for people and their note-taking: one line of talk from top to bottom, text as it was written. Pure. */
import type { Block, Conversation, Message } from '../../events/conversations.ts'
import { partsOf } from './fences.ts'
import { asides, factsOf, jsonText, linksOf, momentOf, nameOf, notesOf, speakerOf, stateOf } from './words.ts'

/**
 * @param shown  the line of talk, in order
 * @param all    every message: of what stands beside the line it is said that it is there
 */
export function conversationMarkdown(conversation: Conversation, shown: readonly Message[], all: readonly Message[] = shown): string {
  const asideOf = asides(all)
  const facts = factsOf(conversation).map(([name, value]) => `- ${name}: ${inline(value)}`)
  return `# ${inline(conversation.title)}\n\n${facts.join('\n')}\n\n${shown.map((message) => messageMarkdown(message, asideOf)).join('\n')}`
}

function messageMarkdown(message: Message, asideOf: (message: Message) => string[]): string {
  const when = momentOf(message.createdAt)
  const notes = [...notesOf(message), ...asideOf(message)]
  const head = `## ${inline(speakerOf(message))}${when === null ? '' : ` · ${when}`}`
  const links = linksOf(message.blocks).map(({ url, title }) => `- [${bracketed(title)}](<${url.replaceAll(/[<>\s]/g, encodeURIComponent)}>)`)
  const parts = [
    head,
    ...(notes.length === 0 ? [] : [`*${notes.join(', ')}*`]),
    ...message.blocks.map(blockMarkdown).filter((text) => text !== ''),
    ...(links.length === 0 ? [] : [links.join('\n')]),
  ]
  return `${parts.join('\n\n')}\n`
}

function blockMarkdown(block: Block): string {
  switch (block.t) {
    case 'text':
      return block.format === 'html' ? fenced(block.text, 'html') : harmless(block.text)
    case 'code':
      return `${block.filename === undefined ? '' : `${code(block.filename)}\n\n`}${fenced(block.text, block.lang)}`
    case 'reasoning':
      return quoted(block.text ?? block.summary ?? (block.encrypted === true ? 'Thought, encrypted by its provider.' : ''))
    case 'tool_call':
      return `Tool ${code(block.name)}:\n\n${fenced(jsonText(block.args), typeof block.args === 'string' ? '' : 'json')}`
    case 'tool_result':
      return [`Answer of ${code(block.name ?? 'the tool')}${block.ok === false ? ', which failed' : ''}:`, ...block.content.map(blockMarkdown)].join(
        '\n\n',
      )
    case 'artifact':
      return `Document ${code(block.title === '' ? block.artifactId : block.title)} (${block.op}):\n\n${fenced(block.content ?? jsonText(block.patch ?? null))}`
    case 'search':
      return `Searched: ${block.queries.map(code).join(', ')}`
    case 'error':
      return quoted(`${block.name}: ${block.text}`)
    case 'opaque':
      return `${code(block.nativeType)}, kept as it came:\n\n${fenced(jsonText(block.raw), 'json')}`
    default:
      return `*${block.t}: ${inline(nameOf(block.asset))} (${stateOf(block.asset)})*${quotedAfter(block.alt)}${quotedAfter(block.transcript)}`
  }
}

/** Text as it was written, but that HTML in it is shown and not obeyed, whatever renders it. */
const harmless = (markdown: string): string =>
  !markdown.includes('<')
    ? markdown
    : partsOf(markdown)
        .map(({ is, whole }) => (is === 'code' ? whole : whole.split('\n').map(harmlessLine).join('\n')))
        .join('\n')

/** Lines longer than anybody writes are not looked at for code in them. */
const LONG = 5_000
const TAG = /<(?=[a-z/!?])(?!https?:|mailto:)/gi

function harmlessLine(line: string): string {
  if (line.length > LONG) return line.replaceAll(TAG, '\\<')
  return line.replaceAll(/(`+)(?:(?!\1).)*?\1(?!`)|<(?=[a-z/!?])(?!https?:|mailto:)/gi, (found) => (found === '<' ? '\\<' : found))
}

/** Whatever is inside stays inside: the fence is longer than any in the text. */
function fenced(text: string, lang = ''): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${lang.replaceAll(/[^\w+#.-]/g, '')}\n${text}${text.endsWith('\n') ? '' : '\n'}${fence}`
}

function code(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ')
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length))
  const ticks = '`'.repeat(longest + 1)
  return longest === 0 ? `${ticks}${line}${ticks}` : `${ticks} ${line} ${ticks}`
}

const quoted = (text: string): string => (text.trim() === '' ? '' : text.replaceAll(/^/gm, '> '))
const quotedAfter = (text: string | undefined): string => (text === undefined || text.trim() === '' ? '' : `\n\n${quoted(text)}`)

/** One line that begins nothing: names of strangers are no markup. */
const inline = (text: string): string => text.replaceAll(/\s+/g, ' ').replaceAll(/[\\`*_[\]<>#|]/g, '\\$&')
const bracketed = (text: string): string => inline(text).slice(0, 300).toWellFormed()
