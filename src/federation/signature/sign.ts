/** Signing our own requests, draft-cavage with RSA-SHA256: the form that every server accepts. The RSA work is done on libuv's thread pool. */
import { type KeyObject, sign as signNow } from 'node:crypto'
import { promisify } from 'node:util'
import { digestHeader } from './digest.ts'

const sign = promisify(signNow) as (algorithm: string, data: Uint8Array, key: KeyObject) => Promise<Buffer>

export type SigningKey = { readonly id: string; readonly key: KeyObject }

/**
 * Headers that make a request ours: `host`, `date`, `digest` when there is a body, and `signature` over them and the target.
 *
 * @param at milliseconds since the epoch
 */
export async function signedHeaders(
  method: 'GET' | 'POST',
  url: URL,
  body: Uint8Array | null,
  signer: SigningKey,
  at: number,
): Promise<Record<string, string>> {
  const headers: Record<string, string> = {
    host: url.host,
    date: new Date(at).toUTCString(),
    ...(body === null ? {} : { digest: digestHeader(body) }),
  }
  const lines = [
    `(request-target): ${method.toLowerCase()} ${url.pathname}${url.search}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
  ]
  const signature = (await sign('sha256', Buffer.from(lines.join('\n')), signer.key)).toString('base64')
  const covered = ['(request-target)', ...Object.keys(headers)].join(' ')
  return { ...headers, signature: `keyId="${signer.id}",algorithm="rsa-sha256",headers="${covered}",signature="${signature}"` }
}
