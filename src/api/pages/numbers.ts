/** Numbers as people read them, and as programs do. Pure. */
import { type Html, html } from './html.ts'

/** `12,345` */
export const amount = (value: number): Html => html`<data value="${value}">${value.toLocaleString('en-GB')}</data>`

/** `1 message`, `12,345 messages` */
export const counted = (value: number, thing: string): Html => html`${amount(value)} ${thing}${value === 1 ? '' : 's'}`
