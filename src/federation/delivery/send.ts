/** One delivery: a signed POST, and what its answer means. */
import { type Fetch, FetchFault } from '../../host/fetch.ts'
import { signedHeaders } from '../signature/sign.ts'
import type { Signers } from '../signature/signers.ts'
import type { Waiting } from './store.ts'
import { afterAnswer, afterError, afterFault, type SendVerdict } from './verdict.ts'

const CONTENT_TYPE = 'application/activity+json'
const TIMEOUT_MS = 10_000
/** Nobody needs to read what an inbox answers: beyond, it is left unread. */
const MAX_ANSWER = 64 * 1024

/** Never throws: what goes wrong with one message must not stop the others. @param signal ends it early */
export type Send = (message: Waiting, signal: AbortSignal) => Promise<SendVerdict>

export const createSend =
  ({ fetch, signers, now }: { readonly fetch: Fetch; readonly signers: Signers; readonly now: () => number }): Send =>
  async ({ inbox, body, signer, actor, attempts }, signal) => {
    const bytes = Buffer.from(body)
    try {
      const key = await signers.rsa(signer, actor)
      const headers = async (url: URL) => ({
        'content-type': CONTENT_TYPE,
        accept: CONTENT_TYPE,
        ...(await signedHeaders('POST', url, bytes, key, now())),
      })
      return afterAnswer(
        await fetch.request(inbox, { method: 'POST', headers, body: bytes, timeoutMs: TIMEOUT_MS, maxBytes: MAX_ANSWER, beyond: 'cut', signal }),
        attempts,
        now(),
      )
    } catch (error) {
      return error instanceof FetchFault ? afterFault(error, attempts) : afterError(error, attempts)
    }
  }
