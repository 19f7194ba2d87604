/** How a person appears on our pages. Pure. */
import type { CustomEmoji } from '../../events/catalogue.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { mediaUrl } from '../media/urls.ts'
import { plainContent, richContent } from './content.ts'
import { type Html, href, html } from './html.ts'

/** Picture, or the first letter on a colour of the account's own. Decorative: the name stands beside it. */
export function avatar(account: AccountRow, origin: string, size = ''): Html {
  if (account.avatar !== null) {
    const src = mediaUrl(origin, account.avatar)
    return html`<img class="avatar ${size}" src="${src}" alt="" width="48" height="48" loading="lazy">`
  }
  const [letter = '?'] = (account.display_name || account.username).trim().toUpperCase()
  return html`<span class="avatar letter ${hueOf(account)} ${size}" aria-hidden="true">${letter}</span>`
}

/** One of six colours, always the same one for an account. */
export const hueOf = (account: AccountRow): string => `hue-${BigInt(account.id) % 6n}`

/** Display name with its custom emoji, or the user name. */
export const displayName = (account: AccountRow): Html => named(account.display_name || account.username, account.emojis)

/** `@name` here, `@name@host` elsewhere. */
export const handle = (account: AccountRow): string => `@${account.username}${account.domain === null ? '' : `@${account.domain}`}`

/** Where to read about somebody: our page for people here, their own elsewhere. */
export const profileHref = (account: AccountRow): string => (account.domain === null ? `/@${account.username}` : href(account.url))

const named = (text: string, emojis: readonly CustomEmoji[]): Html => html`<bdi>${plainContent(text, emojis)}</bdi>`

/** Whoever answers for the instance. */
export const hostCard = (contact: AccountRow, origin: string): Html => html`<section class="card chip" aria-label="Who runs this instance">
${avatar(contact, origin, 'large')}
<div>
<p class="label">Your host</p>
<p><a href="/@${contact.username}"><b>${displayName(contact)}</b> <span class="muted">${handle(contact)}</span></a></p>
${contact.note !== '' && html`<div class="prose small">${richContent(contact.note, contact.emojis)}</div>`}
</div>
</section>`
