/** Moments as people read them, in UTC: without scripts we do not know where the reader is. Pure. */
import { type Html, html } from './html.ts'

const DAY = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' })
const MOMENT = new Intl.DateTimeFormat('en-GB', {
  day: 'numeric',
  month: 'short',
  year: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  timeZone: 'UTC',
})

/** `4 Mar 2026` */
export const day = (date: Date): Html => html`<time datetime="${date.toISOString()}">${DAY.format(date)}</time>`

/** `4 Mar 2026, 14:05 UTC` */
export const moment = (date: Date): Html => html`<time datetime="${date.toISOString()}">${MOMENT.format(date)} UTC</time>`
