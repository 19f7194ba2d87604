/** A post as an article, in a list or alone on its page. Pure. */
import type { MediaAttachment } from '../../events/catalogue.ts'
import type { StatusRow, StatusView } from '../../projections/rows.ts'
import { mediaUrl } from '../media/urls.ts'
import { avatar, displayName, handle, profileHref } from './account-parts.ts'
import { plainContent, richContent } from './content.ts'
import { attributes, type Html, href, html } from './html.ts'
import { amount } from './numbers.ts'
import { moment } from './time.ts'

export type CardOptions = {
  readonly origin: string
  /** The post the page is about: larger, with what became of it and where it stands in the log. */
  readonly focus?: boolean
}

export function statusCard(view: StatusView, options: CardOptions): Html {
  if (view.reblog !== null) {
    const by = html`<a href="${profileHref(view.account)}">${displayName(view.account)}</a>`
    return html`<div class="boost">
<p class="muted small"><span aria-hidden="true">↻</span> ${by} boosted</p>
${statusCard(view.reblog, options)}
</div>`
  }
  const { status, account } = view
  const focus = options.focus === true
  return html`<article class="card post${focus && ' focus'}" aria-label="Post by ${account.display_name || account.username}">
<header>
<a href="${profileHref(account)}" tabindex="-1" aria-hidden="true">${avatar(account, options.origin)}</a>
<div class="by"><a class="name" href="${profileHref(account)}">${displayName(account)}</a> <span class="muted">${handle(account)}</span></div>
<a class="muted small when" href="${hrefOf(status)}">${moment(status.created_at)}</a>
</header>
${body(status, options.origin)}
<footer class="muted small">${tallies(status, focus)}</footer>
${focus && status.local && ledgerLine(status)}
</article>`
}

/** Our page for posts made here, their own elsewhere. */
const hrefOf = (status: StatusRow): string => (status.local && URL.canParse(status.url) ? new URL(status.url).pathname : href(status.url))

function body(status: StatusRow, origin: string): Html {
  const content = html`<div class="prose"${attributes({ lang: status.language })}>${richContent(status.content, status.emojis)}</div>`
  const media = gallery(status, origin)
  if (status.spoiler_text === '') return html`${content}${media}`
  return html`<details class="warning"><summary>${plainContent(status.spoiler_text, status.emojis)}</summary>${content}${media}</details>`
}

function gallery(status: StatusRow, origin: string): Html | null {
  if (status.media.length === 0) return null
  const pictures = html`<div class="gallery of-${Math.min(status.media.length, 4)}">${status.media.map((media) => attachment(media, origin))}</div>`
  if (!status.sensitive || status.spoiler_text !== '') return pictures
  return html`<details class="warning"><summary>Sensitive media</summary>${pictures}</details>`
}

function attachment(media: MediaAttachment, origin: string): Html {
  const url = mediaUrl(origin, media.url)
  const description = media.description ?? ''
  if (media.type === 'image') {
    const { width, height } = media.meta.small ?? media.meta.original ?? {}
    const src = mediaUrl(origin, media.previewUrl ?? media.url)
    const alt = description || 'A picture without a description'
    return html`<a href="${url}"><img${attributes({ src, alt, width, height })} loading="lazy"></a>`
  }
  if (media.type === 'video' || media.type === 'gifv')
    return html`<video src="${url}" controls preload="metadata" aria-label="${description}"></video>`
  if (media.type === 'audio') return html`<audio src="${url}" controls preload="metadata" aria-label="${description}"></audio>`
  return html`<a class="file" href="${url}" rel="noopener noreferrer nofollow">${description || 'Attached file'}</a>`
}

const VISIBILITY = { public: 'Public', unlisted: 'Quiet public', private: 'Followers only', direct: 'Private mention' } as const

function tallies(status: StatusRow, focus: boolean): Html {
  const counted = [
    tally(status.replies_count, 'reply', 'replies'),
    tally(status.reblogs_count, 'boost', 'boosts'),
    tally(status.favourites_count, 'favourite', 'favourites'),
  ]
  const said = [
    focus && html`<span>${VISIBILITY[status.visibility]}</span>`,
    ...counted,
    status.edited_at !== null && html`<span>Edited ${moment(status.edited_at)}</span>`,
  ]
  return html`${said}`
}

const tally = (count: number, one: string, many: string): Html | false =>
  count > 0 && html`<span><b>${amount(count)}</b> ${count === 1 ? one : many}</span>`

/** Where this post stands in the log, and the proof of it. */
const ledgerLine = (status: StatusRow): Html =>
  html`<p class="ledger"><span aria-hidden="true" class="seal"></span>Position <b>${amount(Number(status.position))}</b> in the signed log of this instance ·
<a href="/audit?entry=${status.position}">check it</a> · <a href="/log/receipt/${status.position}.tlog-proof">receipt</a></p>`

/** Several, one below the other. */
export const feed = (views: readonly StatusView[], origin: string): Html =>
  html`<div class="feed">${views.map((view) => statusCard(view, { origin }))}</div>`
