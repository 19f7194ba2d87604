/** What a person takes along: one conversation, the whole vault, and the files that came with conversations. */
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { z } from 'zod'
import { openFile } from '../../conversations/assets.ts'
import { type Export, type ExportDeps, exportConversation, exportVault } from '../../conversations/export/export.ts'
import type { Head } from '../../conversations/export/vivim-export.ts'
import { assetById } from '../../projections/read/imports.ts'
import type { AccountRow } from '../../projections/rows.ts'
import { notFound } from '../errors.ts'
import { call } from './call.ts'
import { ownConversation, type VaultDeps } from './owned.ts'
import type { Serve } from './serve.ts'

const one = call({
  method: 'GET',
  path: '/conversations/:id/export',
  tag: 'Conversations',
  summary: 'One conversation as a file',
  description:
    '`json` has all of it, every branch and file, and comes back as it was when it is imported; `markdown` and `html` have the shown branch, to be read.',
  scopes: ['memory:read'],
  query: z.strictObject({ format: z.enum(['json', 'markdown', 'html']).default('json') }),
  media: ['application/json', 'text/markdown', 'text/html'],
  reads: 'noted',
  limit: 'media',
})

const all = call({
  method: 'GET',
  path: '/vault/export',
  tag: 'Conversations',
  summary: 'The whole vault as one file: conversations with their files, collections, notebooks and memories',
  description:
    'Conversations, files and memories come back when it is imported, here or on another instance; collections and notebooks are in it to be read.',
  scopes: ['memory:read'],
  media: ['application/json'],
  reads: 'noted',
  limit: 'media',
})

const file = call({
  method: 'GET',
  path: '/assets/:id',
  tag: 'Conversations',
  summary: 'A file that belongs to conversations',
  description: 'Always as a download: what it is, only its source says.',
  scopes: ['memory:read'],
  media: ['application/octet-stream'],
  reads: 'noted',
})

export const exportCalls = [one, all, file]

/** Nothing of an export is run where it is opened: not its scripts, if it had any, nor what it embeds. */
const INERT = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

export function registerExports(serve: Serve, deps: VaultDeps): void {
  const { pool, vault, config } = deps
  const exporting: ExportDeps = { config, pool, cipher: vault.cipher }

  serve(one, async ({ account, ids, query, note, reply }) => {
    const row = await ownConversation(deps, account.id, ids.id)
    await note({ conversationIds: [row.id] })
    return sendExport(reply, exportConversation(exporting, row, query.format, headOf(account)))
  })

  serve(all, async ({ account, note, reply }) => {
    await note({})
    return sendExport(reply, exportVault(exporting, account.id, headOf(account)))
  })

  serve(file, async ({ account, ids, note, reply }) => {
    const asset = await assetById(pool, vault.cipher, account.id, ids.id)
    if (asset === null) throw notFound('No such file')
    await note({})
    const name = encodeURIComponent(asset.name ?? asset.id).replaceAll("'", '%27')
    return reply
      .type('application/octet-stream')
      .header('content-length', asset.bytes)
      .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
      .header('content-security-policy', INERT)
      .send(Readable.from(openFile(config.dataDir, asset)))
  })

  const headOf = ({ username }: AccountRow): Head => ({
    exportedAt: new Date(deps.now()).toISOString(),
    origin: config.origin,
    account: username,
  })
}

const sendExport = (reply: FastifyReply, { name, type, content }: Export): FastifyReply =>
  reply
    .type(type)
    .header('content-disposition', `attachment; filename="${name}"`)
    .header('content-security-policy', INERT)
    .send(Readable.from(content))
