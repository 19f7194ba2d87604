/** /shared/:token: a conversation that its owner shows to whoever has the link. Nothing of it leads anywhere else, and search engines are told to stay away. */
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { notFound } from '../errors.ts'
import type { SharedConversation } from '../vivim/schema-conversations.ts'
import { sharedConversation } from '../vivim/shares.ts'
import { type PageDeps, siteOf } from './frame.ts'
import { type Html, html } from './html.ts'
import { sendPage } from './layout.ts'
import { blocksOf } from './memory/blocks.ts'
import { moment } from './time.ts'

type Shown = z.infer<typeof SharedConversation>

export function registerShared(app: FastifyInstance, deps: PageDeps): void {
  app.get<{ Params: { token: string } }>('/shared/:token', async (request, reply) => {
    const shown = await sharedConversation(deps, request.params.token)
    if (shown === null) throw notFound('There is nothing here, or not any more')
    const title = shown.title.trim() === '' ? 'A conversation' : shown.title
    reply.header('referrer-policy', 'no-referrer').header('x-robots-tag', 'noindex')
    return sendPage(reply, { ...(await siteOf(deps)), title, main: mainOf(title, shown) })
  })
}

const mainOf = (title: string, { provider, model, createdAt, messages }: Shown): Html => html`<h1>${title}</h1>
<p class="muted small">${provider}${model !== null && html` · ${model}`}${createdAt !== null && html` · ${moment(new Date(createdAt))}`}</p>
<ol class="plain stack">${messages.map(messageOf)}</ol>`

const messageOf = ({ role, author, createdAt, blocks }: Shown['messages'][number]): Html => html`<li class="card stack">
<p class="label">${author ?? (role === 'user' ? 'Person' : 'Assistant')}${createdAt !== null && html` · ${moment(new Date(createdAt))}`}</p>
${blocksOf(blocks)}
</li>`
