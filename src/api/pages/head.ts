/** What a page tells search engines, link previews and other servers about itself. Pure. */
import { type Html, html } from './html.ts'

export type Preview = {
  readonly type: 'website' | 'profile' | 'article'
  readonly title: string
  readonly description: string
  /** Where this page is, whatever address it was reached by. */
  readonly url: string
  /** The same thing for other servers. */
  readonly activity?: string
  readonly image?: string | null
  readonly imageDescription?: string | null
  /** False: search engines leave it alone, as its author asked. */
  readonly indexable?: boolean
  /** More properties of OpenGraph, by their full names. */
  readonly properties?: Readonly<Record<string, string | null>>
}

/** @see https://ogp.me */
export function preview({ type, title, description, url, activity, image, imageDescription, indexable, properties }: Preview): Html {
  const graph = {
    'og:type': type,
    'og:title': title,
    'og:description': description,
    'og:url': url,
    'og:image': image,
    'og:image:alt': imageDescription,
    ...properties,
  }
  return html`<meta name="description" content="${description}">
<link rel="canonical" href="${url}">
${activity !== undefined && html`<link rel="alternate" type="application/activity+json" href="${activity}">`}
${indexable === false && html`<meta name="robots" content="noindex">`}
${Object.entries(graph).map(([name, content]) => content != null && html`<meta property="${name}" content="${content}">\n`)}`
}
