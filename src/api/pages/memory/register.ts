/** /settings/memory: a person looks into their vault, searches it, brings conversations in, and lets go of what should not be kept. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ArchiveError } from '../../../conversations/archive/archive-error.ts'
import type { ImportProgress } from '../../../conversations/job.ts'
import { LARGEST_UPLOAD } from '../../../conversations/spool.ts'
import { accesses } from '../../../projections/read/accesses.ts'
import { branchOf, branchUpTo } from '../../../projections/read/branches.ts'
import { conversationById, conversations } from '../../../projections/read/conversations.ts'
import { importById, imports } from '../../../projections/read/imports.ts'
import { memories, memoryById } from '../../../projections/read/memories.ts'
import { messagesOf } from '../../../projections/read/messages.ts'
import type { AccountRow } from '../../../projections/rows.ts'
import { perform } from '../../deps.ts'
import { ApiError, notFound } from '../../errors.ts'
import { paramsOf, text } from '../../forms.ts'
import { deleteConversation } from '../../vivim/deletion.ts'
import { checkCsrf, frameFor, type PageDeps, visitorOrSignIn } from '../frame.ts'
import { type Page, sendPage } from '../layout.ts'
import { conversationPage, PAGE } from './conversation.ts'
import { overviewPage } from './overview.ts'
import { type Going, reportPage } from './report.ts'
import { find } from './search.ts'

const ROOT = '/settings/memory'
/** Of each kind, on the first page. */
const SHOWN = { conversations: 30, memories: 30, imports: 5, accesses: 20 } as const
const LONGEST_QUERY = 500

type Shown = (account: AccountRow, csrf: string, request: FastifyRequest) => Promise<Page | string>

export function registerMemory(app: FastifyInstance, deps: PageDeps): void {
  const { pool, vault } = deps
  const { cipher } = vault

  /** A page for whoever is signed in; a text is where it is. */
  const page = (path: string, shown: Shown) =>
    app.get(`${ROOT}${path}`, async (request, reply) => {
      const visitor = await visitorOrSignIn(deps, request, reply)
      if (visitor === null) return reply
      const frame = await frameFor(deps, request, reply)
      const found = await shown(visitor.account, frame.csrf ?? '', request)
      return typeof found === 'string' ? reply.redirect(found, 303) : sendPage(reply, { ...frame, ...found })
    })

  /** A button that changes something, then leads on. */
  const button = (path: string, change: (account: AccountRow, id: string) => Promise<string>) =>
    app.post(`${ROOT}${path}`, async (request, reply) => {
      checkCsrf(deps, request)
      const visitor = await visitorOrSignIn(deps, request, reply)
      if (visitor === null) return reply
      return reply.redirect(await change(visitor.account, idOf(request)), 303)
    })

  page('', async (account, csrf, request) => overviewPage(await overview(account.id, csrf, text(paramsOf(request), 'q') ?? '', null)))

  page('/conversations/:id', async (account, csrf, request) => {
    const { conversation, messages } = await conversationOf(account.id, idOf(request))
    const from = Math.max(0, Math.trunc(Number(text(paramsOf(request), 'from') ?? 0)) || 0)
    return conversationPage({ conversation, messages, from, leafId: text(paramsOf(request), 'leaf') ?? null, csrf })
  })

  /** To the page that shows the message, on a branch that it is on. */
  page('/conversations/:id/at/:messageId', async (account, _csrf, request) => {
    const { conversation, messages } = await conversationOf(account.id, idOf(request))
    const { messageId } = request.params as { messageId: string }
    const shown = branchOf(messages, conversation.activeLeafId).filter(({ hidden }) => !hidden)
    const isShown = shown.some(({ id }) => id === messageId)
    const branch = isShown ? shown : branchUpTo(messages, messageId).filter(({ hidden }) => !hidden)
    const at = branch.findIndex(({ id }) => id === messageId)
    if (at === -1) return `${ROOT}/conversations/${conversation.id}`
    const query = new URLSearchParams({ from: String(at - (at % PAGE)), ...(!isShown && { leaf: messageId }) })
    return `${ROOT}/conversations/${conversation.id}?${query.toString()}#m${messageId}`
  })

  page('/imports/:id', async (account, csrf, request) => {
    const job = await importById(pool, cipher, account.id, idOf(request))
    if (job === null) throw notFound()
    const progress = vault.imports.progress(job.id)
    return reportPage(job, progress === null ? null : goingOf(progress), csrf)
  })

  app.post(`${ROOT}/imports`, { config: { streams: true } }, async (request, reply) => {
    const visitor = await visitorOrSignIn(deps, request, reply)
    if (visitor === null) return reply
    try {
      return await reply.redirect(`${ROOT}/imports/${await upload(visitor.account, request)}`, 303)
    } catch (error) {
      request.raw.unpipe() // what still comes is not kept
      request.raw.resume()
      if (!(error instanceof ArchiveError)) throw error
      return sendProblem(request, reply, visitor.account, `This file cannot be taken: ${error.message}.`)
    }
  })

  button('/imports/:id/cancel', async (account, id) => {
    if ((await importById(pool, cipher, account.id, id)) === null) throw notFound()
    vault.imports.cancel(id)
    return `${ROOT}/imports/${id}`
  })

  button('/conversations/:id/delete', async (account, id) => {
    if ((await conversationById(pool, cipher, account.id, id)) === null) throw notFound()
    await deleteConversation(deps, account.id, id)
    return ROOT
  })

  button('/memories/:id/forget', async (account, id) => {
    const memory = await memoryById(pool, cipher, account.id, id)
    if (memory === null) throw notFound()
    for (const asked of await vault.keeping.forget(memory)) await perform(deps, asked)
    return ROOT
  })

  /** @throws {ApiError} 422 without a file; {ArchiveError} for one that is too large */
  async function upload(account: AccountRow, request: FastifyRequest): Promise<string> {
    const part = request.isMultipart() ? await request.file({ limits: { fileSize: LARGEST_UPLOAD + 1, files: 1, fields: 5 } }) : undefined
    const csrf = part?.fields['csrf']
    request.body = { csrf: csrf !== undefined && 'value' in csrf ? csrf.value : '' }
    checkCsrf(deps, request)
    if (part === undefined || part.filename === '') throw new ApiError(422, 'Choose a file first')
    return vault.imports.start({ accountId: account.id, name: part.filename, via: 'upload', stream: part.file })
  }

  async function sendProblem(request: FastifyRequest, reply: FastifyReply, account: AccountRow, problem: string): Promise<FastifyReply> {
    const frame = await frameFor(deps, request, reply)
    return sendPage(reply, { ...frame, ...overviewPage(await overview(account.id, frame.csrf ?? '', '', problem)) })
  }

  async function overview(accountId: string, csrf: string, asked: string, problem: string | null): Promise<Parameters<typeof overviewPage>[0]> {
    const query = asked.trim().slice(0, LONGEST_QUERY)
    const [search, ...lists] = await Promise.all([
      query === '' ? null : find(deps, accountId, query),
      conversations(pool, cipher, accountId, { order: 'updated', limit: SHOWN.conversations }),
      memories(pool, cipher, accountId, { limit: SHOWN.memories }),
      imports(pool, cipher, accountId, { limit: SHOWN.imports }),
      accesses(pool, cipher, accountId, { limit: SHOWN.accesses }),
    ])
    const [found, learnt, begun, read] = lists
    return { csrf, problem, search, conversations: found, memories: learnt, imports: begun, accesses: read }
  }

  async function conversationOf(accountId: string, id: string) {
    const conversation = await conversationById(pool, cipher, accountId, id)
    if (conversation === null) throw notFound()
    return { conversation, messages: await messagesOf(pool, cipher, conversation.id) }
  }
}

const idOf = (request: FastifyRequest): string => (request.params as { readonly id: string }).id

function goingOf({ bytes, totalBytes, found, imported, state }: ImportProgress): Going {
  const words = `${found.conversations.toLocaleString('en-GB')} conversations found, ${imported.messages.toLocaleString('en-GB')} messages taken over.`
  return { done: bytes, total: totalBytes > 0 ? totalBytes : null, words: state === 'queued' ? 'Waiting for its turn.' : words }
}
