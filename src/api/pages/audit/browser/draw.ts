/** What was found, as a document: the path from an entry to the root drawn, and told in words for who does not see it. */
import { toHex } from './bytes.ts'
import type { Commit } from './commit.ts'
import type { Checkpoint } from './note.ts'
import type { Payload, Proven } from './receipt.ts'
import type { Step } from './tree.ts'

type Child = Node | string

/** An element with its attributes and children. Text is text: nothing of it is read as markup. */
export function element(name: string, attributes: Readonly<Record<string, string>> = {}, ...children: readonly Child[]): HTMLElement {
  const made = document.createElement(name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, value)
  made.append(...children)
  return made
}

function shape(name: string, attributes: Readonly<Record<string, string | number>>, text = ''): SVGElement {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name)
  for (const [attribute, value] of Object.entries(attributes)) made.setAttribute(attribute, String(value))
  made.textContent = text
  return made
}

const short = (hash: Uint8Array): string => `${toHex(hash).slice(0, 8)}…`

const ROW = 46
const WIDTH = 300
const MIDDLE = WIDTH / 2
const AWAY = 92

/** Leaf below, root above; at each step the sibling that is hashed in, on its side. */
export function drawPath(leaf: Uint8Array, steps: readonly Step[]): SVGElement {
  const height = (steps.length + 1) * ROW + 16
  const svg = shape('svg', { viewBox: `0 0 ${WIDTH} ${height}`, class: 'path', role: 'img', 'aria-label': pathInWords(steps) })
  const y = (step: number): number => height - 24 - step * ROW
  for (const [i, { side }] of steps.entries()) {
    const x = side === 'left' ? MIDDLE - AWAY : MIDDLE + AWAY
    svg.append(
      shape('line', { x1: MIDDLE, y1: y(i), x2: MIDDLE, y2: y(i + 1), class: 'way' }),
      shape('line', { x1: x, y1: y(i), x2: MIDDLE, y2: y(i + 1) }),
    )
  }
  svg.append(...node(MIDDLE, y(0), leaf, steps.length === 0 ? 'root' : 'leaf'))
  for (const [i, { side, sibling, result }] of steps.entries()) {
    svg.append(...node(side === 'left' ? MIDDLE - AWAY : MIDDLE + AWAY, y(i), sibling, 'sibling'))
    svg.append(...node(MIDDLE, y(i + 1), result, i === steps.length - 1 ? 'root' : 'inner'))
  }
  return svg
}

function node(x: number, y: number, hash: Uint8Array, kind: string): SVGElement[] {
  return [
    shape('rect', { x: x - 41, y: y - 13, width: 82, height: 26, rx: 8, class: kind }),
    shape('text', { x, y: y + 4, 'text-anchor': 'middle', class: kind }, short(hash)),
  ]
}

const pathInWords = (steps: readonly Step[]): string =>
  steps.length === 0
    ? 'The entry is the only one: its hash is the root.'
    : `The path from the entry, below, to the root, above, in ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}. The hashes are listed after the picture.`

/** All hashes of the path, in full. */
export function listPath(leaf: Uint8Array, steps: readonly Step[]): HTMLElement {
  const items = steps.map(({ side, sibling, result }) =>
    element('li', {}, `with ${toHex(sibling)} on the ${side} makes `, element('b', {}, toHex(result))),
  )
  return element(
    'details',
    { class: 'hashes' },
    element('summary', {}, 'All hashes of the path'),
    element('p', { class: 'mono breakable' }, `Leaf ${toHex(leaf)}`),
    element('ol', { class: 'mono breakable' }, ...items),
  )
}

/** What one entry says, after it was proven. */
export function describeEntry({ position, checkpoint, commit, author, payloads, leaf, steps }: Proven): HTMLElement[] {
  const figure = element(
    'figure',
    {},
    drawPath(leaf, steps),
    element('figcaption', { class: 'hint' }, 'From the entry up to the root that the log signed.'),
  )
  return [
    element('p', {}, `Entry ${position} is in the tree of ${checkpoint.size} entries that ${checkpoint.origin} signed.`),
    vouchers(checkpoint),
    ...(commit === null
      ? [
          element(
            'p',
            {},
            'It is private and not opened here: that it is there, unchanged, is proven. Who made it and what it says stays with its author.',
          ),
        ]
      : [
          facts(commit, author),
          ...commit.events.flatMap((event, index) =>
            describeEvent(
              event,
              payloads.filter((payload) => payload.event === index),
            ),
          ),
        ]),
    figure,
    listPath(leaf, steps),
  ]
}

/** Who else signed: named, not verified, because their keys are for the reader to choose. */
export function vouchers({ others }: Checkpoint): HTMLElement {
  if (others.length === 0) return element('p', { class: 'hint' }, 'Unwitnessed: nobody but the log itself has signed this tree.')
  return element(
    'p',
    { class: 'hint' },
    `Cosigned by ${others.join(', ')}. Whether to trust these witnesses is yours to say: “vivim verify --policy”.`,
  )
}

function facts({ id, actor, key, seq, lane, time }: Commit, author: boolean): HTMLElement {
  return definitions({
    Id: id,
    Author: actor,
    'Signed by': `${key}${author ? ', a key of this author' : ': the receipt does not show whose key that is'}`,
    Place: `number ${seq} of the ${lane} chain of this key`,
    Time: `${new Date(time).toISOString()}, as its author says`,
  })
}

export function definitions(values: Readonly<Record<string, string>>): HTMLElement {
  const rows = Object.entries(values).flatMap(([name, value]) => [element('dt', {}, name), element('dd', { class: 'mono breakable' }, value)])
  return element('dl', { class: 'facts' }, ...rows)
}

function describeEvent({ type, stream, parts }: Commit['events'][number], payloads: readonly Payload[]): HTMLElement[] {
  const title = element('h3', { class: 'event' }, type)
  const said = parts
    .map((_, index) => payloads.find((payload) => payload.index === index))
    .map((payload) => (payload === undefined ? null : textOf(payload)))
  return [
    title,
    element('p', { class: 'mono breakable small' }, stream),
    ...said.map((text) => (text === null ? element('p', { class: 'hint' }, 'Its payload is not shown: the entry holds a commitment to it.') : text)),
  ]
}

/** The words of a post, or whatever the payload is. */
function textOf({ bytes }: Payload): HTMLElement {
  const text = new TextDecoder().decode(bytes)
  try {
    const value = JSON.parse(text) as Readonly<Record<string, unknown>>
    const words = typeof value['text'] === 'string' ? [element('blockquote', {}, value['text'])] : []
    const whole = element('pre', { tabindex: '0', 'aria-label': 'Payload' }, JSON.stringify(value, null, 2))
    return element('div', { class: 'stack' }, ...words, element('details', {}, element('summary', {}, 'The whole payload, as signed'), whole))
  } catch {
    return element('pre', { tabindex: '0', 'aria-label': 'Payload' }, text)
  }
}
