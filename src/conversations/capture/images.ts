/** Images that lie in a page itself, as browsers save them: `data:` addresses, named by their own hash. Pure; bounded. */
import { hash } from 'node:crypto'
import { type HtmlElement, outermost } from '../html/tree.ts'

export type InlineImage = { readonly nativeId: string; readonly mime: string; readonly bytes: Uint8Array }

/** Smaller ones are icons. Pixels, where the page tells them; bytes otherwise. */
const ICON = { pixels: 64, bytes: 2_000 }
const MOST = 100

export function imagesIn(element: HtmlElement): readonly InlineImage[] {
  return outermost(element, ({ name }) => name === 'img')
    .slice(0, MOST)
    .flatMap(({ attributes }) => {
      const source = attributes['src'] ?? ''
      const [head, mime = ''] = /^data:(image\/(?:png|jpeg|gif|webp|avif));base64,/i.exec(source.slice(0, 60)) ?? []
      const width = Number(attributes['width'])
      if (head === undefined || width < ICON.pixels) return []
      const bytes = Buffer.from(source.slice(head.length), 'base64')
      return bytes.length < ICON.bytes && !(width >= ICON.pixels)
        ? []
        : { nativeId: `sha256:${hash('sha256', bytes)}`, mime: mime.toLowerCase(), bytes }
    })
}
