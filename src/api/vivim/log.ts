/** How it stands with the log: its size, who witnesses it, and the evidence that somebody signed two things where there may be one. */
import type { FastifyInstance } from 'fastify'
import type { z } from 'zod'
import { decodeCommit } from '../../ledger/commit.ts'
import { evidenceText, type RecordedEvidence } from '../../ledger/evidence.ts'
import type { ApiDeps } from '../deps.ts'
import { remembered } from '../remembered.ts'
import type { EvidenceList, LogState } from './schema.ts'

/** What witnesses said may be known from so long ago, ms: strangers ask, too. */
const KNOWN_MS = 1_000

type Deps = Pick<ApiDeps, 'ledger' | 'witnessing' | 'now'>

export function registerLogState(app: FastifyInstance, root: string, { ledger, witnessing, now }: Deps): void {
  const status = remembered(KNOWN_MS, now, async () => (await witnessing?.status()) ?? null)
  const evidence = remembered(KNOWN_MS, now, async () => (await witnessing?.evidence()) ?? [])

  app.get(`${root}/log`, async (): Promise<z.infer<typeof LogState>> => {
    const { size, note } = ledger.checkpoint()
    const known = await status()
    return {
      origin: ledger.logOrigin,
      verifierKeys: [...ledger.verifierKeys],
      size,
      root: Buffer.from(await ledger.rootAt(size)).toString('base64'),
      checkpoint: note,
      readOnly: ledger.readOnly,
      quorum: known?.quorum ?? null,
      witnessed: known?.witnessed ?? null,
      witnesses: (known?.witnesses ?? []).map(({ name, verifierKey, size, at }) => ({ name, verifierKey, size, at })),
      witnessOf: (known?.logs ?? []).map(({ origin, size, at }) => ({ origin, size, at })),
    }
  })

  app.get(`${root}/evidence`, async (): Promise<z.infer<typeof EvidenceList>> => ({ evidence: (await evidence()).map(shown) }))
}

/** Two commits of a private chain prove the same, but are nobody's to read: of those only that they are in the log is said. */
function shown({ position, evidence }: RecordedEvidence): z.infer<typeof EvidenceList>['evidence'][number] {
  if (evidence.of === 'log') return { position, of: 'log', text: evidenceText(evidence), first: evidence.first, second: evidence.second }
  if (decodeCommit(evidence.first.commit).lane === 'private')
    return { position, of: 'key', text: 'A key signed two commits for one place of its private chain.', first: null, second: null }
  const [first, second] = [evidence.first, evidence.second].map(({ commit, signature }) => Buffer.concat([commit, signature]).toString('base64'))
  return { position, of: 'key', text: evidenceText(evidence), first: first ?? null, second: second ?? null }
}
