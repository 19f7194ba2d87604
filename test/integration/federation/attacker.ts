/** Requests that no honest client would make: headers as one likes, sent over a real socket byte for byte. */
import { createHash, type KeyObject, sign } from 'node:crypto'
import { connect } from 'node:net'
import type { FederatingInstance } from './instance.ts'

export type Header = readonly [name: string, value: string]
export type RawRequest = {
  readonly method?: string
  readonly target?: string
  /** Exactly these, in this order; `content-length` and `connection` are added. */
  readonly headers: readonly Header[]
  readonly body?: string | Uint8Array
}
export type RawAnswer = { readonly status: number; readonly headers: Readonly<Record<string, string>>; readonly body: string }

/** Sends one request over a new connection. */
export function send(
  instance: Pick<FederatingInstance, 'port'>,
  { method = 'POST', target = '/inbox', headers, body = '' }: RawRequest,
): Promise<RawAnswer> {
  const bytes = Buffer.from(body)
  const lines = [...headers, ['content-length', String(bytes.length)], ['connection', 'close']].map(([name, value]) => `${name}: ${value}`)
  return new Promise((resolve, reject) => {
    const socket = connect(instance.port, '127.0.0.1')
    const chunks: Buffer[] = []
    socket.on('error', reject)
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('close', () => resolve(parse(Buffer.concat(chunks).toString())))
    socket.write(Buffer.concat([Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1'), bytes]))
  })
}

function parse(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n')
  const [status = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]))
  return { status: Number(status.split(' ')[1]), headers, body: rest.join('\r\n\r\n') }
}

export const sha256 = (body: string | Uint8Array): string => createHash('sha256').update(body).digest('base64')

export type CavageOptions = {
  readonly covered: readonly string[]
  /** Line for each covered name, as the signer claims it to be. */
  readonly values: Readonly<Record<string, string>>
  /** Written into the header beside keyId, headers and signature. */
  readonly parameters?: string
}

/** A `Signature` header over exactly these lines. */
export function cavage(
  { keyId, key }: { readonly keyId: string; readonly key: KeyObject },
  { covered, values, parameters = '' }: CavageOptions,
): Header {
  const text = covered.map((name) => `${name}: ${values[name] ?? ''}`).join('\n')
  const signature = sign('sha256', Buffer.from(text), key).toString('base64')
  return ['Signature', `keyId="${keyId}",${parameters}headers="${covered.join(' ')}",signature="${signature}"`]
}

export type MessageSignature = {
  readonly label?: string
  /** The covered components with their parameters, e.g. `"@method" "@target-uri";req`. */
  readonly components: string
  /** Value for each component, in order. */
  readonly values: readonly string[]
  readonly parameters: string
}

/** The members of `Signature-Input` and `Signature` for one signature in the manner of RFC 9421. */
export function messageSignature(
  { key }: { readonly key: KeyObject },
  { label = 'sig1', components, values, parameters }: MessageSignature,
): { readonly input: string; readonly signature: string } {
  const params = `(${components})${parameters}`
  const names = components === '' ? [] : components.split(' ')
  const base = [...names.map((name, i) => `${name}: ${values[i] ?? ''}`), `"@signature-params": ${params}`].join('\n')
  return { input: `${label}=${params}`, signature: `${label}=:${sign('sha256', Buffer.from(base), key).toString('base64')}:` }
}
