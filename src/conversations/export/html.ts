/**
 * A conversation as one HTML file that needs nothing else: no script, no picture or style from anywhere, and every word of it escaped, so that what
 * strangers wrote is shown and never run. Text as it was written; code that it fences is set as code. Pure.
 */
import type { Block, Conversation, Message } from '../../events/conversations.ts'
import { partsOf } from './fences.ts'
import { asides, factsOf, jsonText, linksOf, momentOf, nameOf, notesOf, speakerOf, stateOf } from './words.ts'

/** Nothing is loaded and nothing runs, whatever a reader opens it with. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"

const STYLE = `:root{color-scheme:light dark}body{font:1rem/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
h1{line-height:1.2}dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;font-size:.9rem}dt{opacity:.7}dd{margin:0;overflow-wrap:anywhere}
article{margin:2rem 0;padding-top:1rem;border-top:1px solid color-mix(in srgb,currentColor 20%,transparent)}h2{font-size:1rem;margin:0}
time,.note{font-weight:normal;font-size:.85rem;opacity:.7}.said{white-space:pre-wrap;overflow-wrap:anywhere}
pre{overflow:auto;padding:.8rem;border-radius:.4rem;background:color-mix(in srgb,currentColor 8%,transparent)}code{font:.9em ui-monospace,monospace}
details{margin:.6rem 0}summary{cursor:pointer;opacity:.8}`

/**
 * @param shown  the line of talk, in order
 * @param all    every message: of what stands beside the line it is said that it is there
 */
export function conversationHtml(conversation: Conversation, shown: readonly Message[], all: readonly Message[] = shown): string {
  const asideOf = asides(all)
  const title = escaped(conversation.title)
  const facts = factsOf(conversation).map(([name, value]) => `<dt>${escaped(name)}</dt><dd>${escaped(value)}</dd>`)
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta http-equiv="content-security-policy" content="${POLICY}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer"><title>${title}</title><style>${STYLE}</style></head>
<body><header><h1>${title}</h1><dl>${facts.join('')}</dl></header><main>
${shown.map((message) => messageHtml(message, asideOf)).join('\n')}
</main></body></html>
`
}

function messageHtml(message: Message, asideOf: (message: Message) => string[]): string {
  const when = momentOf(message.createdAt)
  const notes = [...notesOf(message), ...asideOf(message)]
  const time = when === null ? '' : ` <time datetime="${escaped(message.createdAt.value ?? '')}">${escaped(when)}</time>`
  const links = linksOf(message.blocks).map(({ url, title }) => `<li>${linked(url, title)}</li>`)
  return [
    `<article class="${message.role}" id="m${escaped(message.id)}"><h2>${escaped(speakerOf(message))}${time}</h2>`,
    ...notes.map((note) => `<p class="note">${escaped(note)}</p>`),
    ...message.blocks.map(blockHtml),
    ...(links.length === 0 ? [] : [`<ul>${links.join('')}</ul>`]),
    '</article>',
  ].join('\n')
}

function blockHtml(block: Block): string {
  switch (block.t) {
    case 'text':
      return block.format === 'markdown' ? said(block.text) : words(block.text)
    case 'code':
      return `${block.filename === undefined ? '' : `<p class="note">${escaped(block.filename)}</p>`}${code(block.text)}`
    case 'reasoning':
      return folded('Thinking', words(block.text ?? block.summary ?? (block.encrypted === true ? 'Encrypted by its provider.' : '')))
    case 'tool_call':
      return folded(`Used ${block.name}`, code(jsonText(block.args)))
    case 'tool_result':
      return folded(`Answer of ${block.name ?? 'the tool'}${block.ok === false ? ', which failed' : ''}`, block.content.map(blockHtml).join('\n'))
    case 'artifact':
      return folded(
        `Document ${block.title === '' ? block.artifactId : block.title} (${block.op})`,
        code(block.content ?? jsonText(block.patch ?? null)),
      )
    case 'search':
      return `<p class="note">Searched: ${escaped(block.queries.join(', '))}</p>`
    case 'error':
      return `<p class="note">${escaped(block.name)}: ${escaped(block.text)}</p>`
    case 'opaque':
      return folded(`${block.nativeType}, kept as it came`, code(jsonText(block.raw)))
    default:
      return `<p class="note">${block.t}: ${escaped(nameOf(block.asset))} (${stateOf(block.asset)})</p>${words(block.alt ?? '')}${words(block.transcript ?? '')}`
  }
}

const said = (text: string): string =>
  partsOf(text)
    .map((part) => (part.is === 'code' ? code(part.text) : words(trimmed(part.text))))
    .join('\n')

/** Without empty lines around: what separates it from code is drawn. */
function trimmed(text: string): string {
  let [from, to] = [0, text.length]
  while (text[from] === '\n') from++
  while (to > from && text[to - 1] === '\n') to--
  return text.slice(from, to)
}

const words = (text: string): string => (text.trim() === '' ? '' : `<div class="said">${escaped(text)}</div>`)
const code = (text: string): string => `<pre><code>${escaped(text)}</code></pre>`
const folded = (name: string, inside: string): string => (inside === '' ? '' : `<details><summary>${escaped(name)}</summary>\n${inside}\n</details>`)

/** Only addresses of the web are links; others are words. */
function linked(url: string, title: string): string {
  if (!/^https?:\/\/[^/\\]/i.test(url)) return `${escaped(title)}: ${escaped(url)}`
  return `<a href="${escaped(url)}" rel="noopener noreferrer nofollow">${escaped(title)}</a>`
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escaped = (text: string): string => text.toWellFormed().replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '')
