/** Pages for what went wrong: what happened, and what to do about it. */
import { html } from './html.ts'
import type { Page } from './layout.ts'

const SAYS: Readonly<Record<number, readonly [title: string, advice: string]>> = {
  400: ['That request made no sense', 'The address or the form was not understood. Go back and try again.'],
  401: ['Please sign in', 'You need to be signed in for this.'],
  403: ['Not allowed', 'You may not do this.'],
  404: ['Nothing here', 'The page does not exist, was removed, or is not for everyone.'],
  413: ['Too large', 'What you sent is larger than this instance accepts.'],
  429: ['Slow down a little', 'There were too many attempts in a short time. Wait a few minutes, then try again.'],
  503: ['Not ready yet', 'This instance cannot answer right now. Try again in a moment.'],
}

/** @param message shown when it says more than the general advice */
export function errorPage(status: number, message?: string): Page {
  const [title, advice] = SAYS[status] ?? ['Something broke', 'This is our fault, not yours. It was noted. Try again in a moment.']
  const specific = message !== undefined && status < 500 && ![404, 429].includes(status) ? message : advice
  return {
    status,
    title,
    width: 'form',
    main: html`<div class="card stack notice">
<p class="code" aria-hidden="true">${status}</p>
<h1>${title}</h1>
<p>${specific}</p>
<p><a class="button secondary" href="/">To the front page</a></p>
</div>`,
  }
}
