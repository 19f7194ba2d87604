/** Imports as our own API shows them: how far they are, and their reports. */
import { z } from 'zod'

const count = z.int().min(0)
const Counts = z.object({ conversations: count, messages: count, assets: count, memories: count }).meta({ id: 'ImportCounts' })

export const ImportReport = z
  .object({
    id: z.string(),
    at: z.iso.datetime(),
    state: z
      .enum(['complete', 'partial', 'failed', 'cancelled'])
      .describe('`complete`: everything found is here. `partial`: something was skipped. `failed`: nothing could be taken'),
    summary: z.string().describe('In plain words'),
    formats: z.array(z.object({ importer: z.string(), version: count, conversations: count })),
    found: Counts,
    imported: Counts.describe('New here'),
    unchanged: Counts.describe('Were here already, equal'),
    updated: Counts.describe('Were here, and have changed at their source'),
    skipped: z.array(z.object({ item: z.string(), reason: z.string(), detail: z.string(), count })).describe('What was not taken, and why'),
    unknown: z.array(z.object({ type: z.string(), count })).describe('Kinds of content that are kept, and not understood'),
    missingAssets: count.describe('Files that the source names and does not contain'),
  })
  .meta({ id: 'ImportReport' })

export const ImportProgress = z
  .object({
    state: z.enum(['queued', 'running', 'over']),
    bytes: count.describe('Of the unpacked archive, read so far'),
    totalBytes: count,
    found: Counts,
    imported: Counts,
    skipped: count.describe('Lines that the report has so far'),
  })
  .meta({ id: 'ImportProgress' })

export const Import = z
  .object({
    id: z.string(),
    name: z.string(),
    via: z.enum(['upload', 'command', 'link', 'page', 'text']),
    bytes: count,
    sha256: z.string(),
    state: z.enum(['running', 'complete', 'partial', 'failed', 'cancelled']),
    createdAt: z.iso.datetime(),
    progress: ImportProgress.nullable().describe('Null when nothing is under way'),
    report: ImportReport.nullable().describe('Null until it is over'),
  })
  .meta({ id: 'Import' })
