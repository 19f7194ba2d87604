/** Whether the quotes of a memory stand in signed messages of the log: each checked from a receipt of its commit, as a stranger would check it. */
import type { EvidenceCheck } from '../../assistants/mcp/toolbox.ts'
import type { Message } from '../../events/conversations.ts'
import type { Evidence } from '../../events/memories.ts'
import { policyFor, type ShownEvent, verifyReceipt } from '../../ledger/receipt-verdict.ts'
import type { ApiDeps } from '../deps.ts'
import { createActorOf } from '../vivim/identities.ts'
import { AUDIT_COMMITS, AUDIT_PAYLOADS, type Receipts, receiptsNow } from '../vivim/receipts.ts'

/** Reads for the owner, who is asking: everything of the commit. */
const WHOLE = { account: null, scopes: [AUDIT_COMMITS, AUDIT_PAYLOADS] } as const

/** In the order of the evidence. What cannot be read is not verified. */
export async function checkEvidence(deps: Pick<ApiDeps, 'pool' | 'ledger'>, evidence: readonly Evidence[]): Promise<readonly EvidenceCheck[]> {
  const receipts = receiptsNow({ ...deps, actorOf: createActorOf(deps.ledger) })
  return Promise.all(evidence.map((one) => check(deps.ledger.verifierKey, receipts, one)))
}

async function check(verifierKey: string, receipts: Receipts, evidence: Evidence): Promise<EvidenceCheck> {
  const text = await receipts.receiptAt(evidence.position, WHOLE)
  const verdict = verifyReceipt(text, policyFor(verifierKey))
  if (!verdict.ok) return wrong(verdict.reason)
  if (verdict.index !== evidence.position || verdict.entry.is !== 'open') return wrong('the log shows another entry there')
  if (verdict.entry.author !== 'proven') return wrong('the log does not show whose key signed it')
  return verdict.entry.events.some((event) => says(event, evidence)) ? { ok: true, reason: null } : wrong('these words do not stand there any more')
}

const wrong = (reason: string): EvidenceCheck => ({ ok: false, reason })

/** Whether this is the message, with exactly these characters at this place. */
function says({ type, parts: [part] }: ShownEvent, { messageId, block, start, end, quote }: Evidence): boolean {
  if ((type !== 'message:add' && type !== 'message:update') || part === undefined || part.is === 'sealed') return false
  const message = JSON.parse(Buffer.from(part.bytes).toString()) as Message
  const said = message.blocks[block]
  return message.id === messageId && said !== undefined && 'text' in said && said.text?.slice(start, end) === quote
}
