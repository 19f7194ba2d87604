/**
 * The one way out: every outbound request of the instance goes through here.
 *
 * Addresses in URLs of the Fediverse are attacker-controlled. So each hop (first request and every redirect) is checked again: scheme, credentials,
 * and the address itself, resolved once and pinned: the socket connects to the address that was judged, never to a second answer of the resolver.
 * Bytes, time and redirects are bounded. Plain http reaches only networks that the operator has allowed (loopback instances, tests).
 */
import type { LookupAddress } from 'node:dns'
import { BlockList, isIP, type LookupFunction } from 'node:net'
import { Agent, type Dispatcher, request } from 'undici'
import { asFault, FetchFault } from './fetch-fault.ts'
import { pieces, type StreamAnswer, StreamClock, type StreamRequest } from './fetch-stream.ts'
import { createResolve, type Resolve } from './names.ts'

export { FetchFault } from './fetch-fault.ts'

export type FetchOptions = {
  /** Networks in CIDR notation that may be reached although they are not public. */
  readonly allow: readonly string[]
  /** Sent with every request, e.g. `Vivim/0.1.0 (+https://social.example/)`. */
  readonly userAgent: string
  /** True for an instance whose own origin is https: then every host is asked by https. */
  readonly alwaysTls?: boolean
  /** How names become addresses. Default: the DNS. */
  readonly resolve?: Resolve
}

export type FetchRequest = {
  readonly method?: 'GET' | 'POST'
  /** Headers for one hop: called again for each redirect, so that a signature covers the URL that is asked. */
  readonly headers?: (url: URL) => Record<string, string> | Promise<Record<string, string>>
  readonly body?: Uint8Array
  /** Bytes of the answer, default 1 MiB. */
  readonly maxBytes?: number
  /** What becomes of an answer that has more: default `refuse`; `cut` for whom the status is enough. */
  readonly beyond?: 'refuse' | 'cut'
  /** Milliseconds for everything, default 10,000. */
  readonly timeoutMs?: number
  /** Ends the request early. */
  readonly signal?: AbortSignal
  /** Redirects followed on GET, default 3; a POST is never redirected. */
  readonly redirects?: number
  /** `origin`: a redirect to another origin is refused. Default: anywhere. */
  readonly within?: 'origin' | 'world'
}

export type FetchAnswer = {
  readonly status: number
  /** Lower-case names; repeated headers are joined with `, `. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** Where the answer came from, after redirects. */
  readonly url: string
}

export type Fetch = {
  /** @throws {FetchFault} when there is no answer; an answer of any status is an answer */
  request(url: string, options?: FetchRequest): Promise<FetchAnswer>
  /**
   * An answer that is read as it comes. It is never redirected: its request carries somebody's key, and 3xx is an answer like any other.
   * @throws {FetchFault} when there is no answer; so does its body when it breaks off or goes beyond a limit
   */
  stream(url: string, options?: StreamRequest): Promise<StreamAnswer>
  /** Where only a host is known (with or without port): `http` for allowed non-public addresses unless `alwaysTls`, `https` for the world. */
  schemeFor(host: string): 'http' | 'https'
  close(): Promise<void>
}

const MAX_BYTES = 1 << 20
const TIMEOUT_MS = 10_000
const REDIRECTS = 3
/** To one origin at a time. */
const CONNECTIONS = 8
const STREAMS = 64

export function createFetch({ allow, userAgent, alwaysTls = false, resolve = createResolve() }: FetchOptions): Fetch {
  const allowed = networks(allow)
  const reachable = {
    'https:': (address: string) => isPublic(address) || contains(allowed, address),
    'http:': (address: string) => contains(allowed, address),
  }
  const agentsFor = (connections: number) => ({
    'https:': agent(resolve, reachable['https:'], connections),
    'http:': agent(resolve, reachable['http:'], connections),
  })
  const agents = agentsFor(CONNECTIONS)
  const streamAgents = agentsFor(STREAMS) // which last: they would keep everything else waiting

  /** @throws {FetchFault} GIVE_UP when the URL may not be asked at all */
  function check(url: URL): 'https:' | 'http:' {
    const { protocol } = url
    if (protocol !== 'https:' && protocol !== 'http:') throw new FetchFault('GIVE_UP', `${protocol} is not a scheme to fetch`)
    if (url.username !== '' || url.password !== '') throw new FetchFault('GIVE_UP', 'the URL carries credentials')
    const literal = url.hostname.replace(/^\[|\]$/g, '')
    if (isIP(literal) !== 0 && !reachable[protocol](literal)) throw refused(literal)
    return protocol
  }

  async function hop(url: URL, { method = 'GET', headers, body, maxBytes = MAX_BYTES, beyond = 'refuse' }: FetchRequest, signal: AbortSignal) {
    const protocol = check(url)
    const own = headers === undefined ? {} : await headers(url)
    const answer = await request(url, {
      dispatcher: agents[protocol],
      method,
      headers: { 'user-agent': userAgent, 'accept-encoding': 'identity', ...own },
      body: body ?? null,
      signal,
    })
    return { status: answer.statusCode, headers: joined(answer.headers), body: await bounded(answer, maxBytes, beyond) }
  }

  async function ask(first: string, options: FetchRequest): Promise<FetchAnswer> {
    const timeout = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS)
    const signal = options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal])
    const hops = options.method === 'POST' ? 0 : (options.redirects ?? REDIRECTS)
    let url = parse(first)
    for (let left = hops; ; left--) {
      const answer = await hop(url, options, signal)
      const next = answer.headers['location']
      if (![301, 302, 303, 307, 308].includes(answer.status) || next === undefined || hops === 0) return { ...answer, url: url.href }
      if (left === 0) throw new FetchFault('GIVE_UP', `more than ${hops} redirects`)
      const target = parse(next, url)
      if (url.protocol === 'https:' && target.protocol === 'http:') throw new FetchFault('GIVE_UP', 'redirected from https to http')
      if (options.within === 'origin' && url.origin !== target.origin) throw new FetchFault('GIVE_UP', 'redirected to another origin')
      url = target
    }
  }

  async function open(to: string, { method = 'GET', headers = {}, body, signal, maxBytes, ...limits }: StreamRequest): Promise<StreamAnswer> {
    const clock = new StreamClock(limits, signal)
    try {
      const url = parse(to)
      const answer = await clock.begin(
        request(url, {
          dispatcher: streamAgents[check(url)],
          method,
          headers: { ...headers, 'user-agent': userAgent, 'accept-encoding': 'identity' },
          body: body ?? null,
          signal: clock.signal,
          headersTimeout: 0, // the clock's
          bodyTimeout: 0,
        }),
      )
      answer.body.on('error', () => {}) // whoever reads it is told; nobody may be reading yet
      const cancel = (): void => clock.end('left unread')
      return { status: answer.statusCode, headers: joined(answer.headers), body: pieces(answer.body, clock, maxBytes), cancel }
    } catch (error) {
      clock.stop()
      throw asFault(clock.why(error))
    }
  }

  return {
    stream: (url, options = {}) => open(url, options),
    request: (url, options = {}) => ask(url, options).catch((error: unknown) => Promise.reject(asFault(error))),
    schemeFor(host) {
      const name = parse(`http://${host}`).hostname.replace(/^\[|\]$/g, '')
      const address = name === 'localhost' ? '127.0.0.1' : name
      return !alwaysTls && isIP(address) !== 0 && contains(allowed, address) ? 'http' : 'https'
    },
    close: async () => void (await Promise.all([agents, streamAgents].flatMap(Object.values<Agent>).map((one) => one.destroy()))),
  }
}

/** Connections to addresses that pass the test; the name is resolved here and nowhere else. */
const agent = (resolve: Resolve, reachable: (address: string) => boolean, connections: number): Agent =>
  new Agent({
    connect: { lookup: guarded(resolve, reachable), timeout: 5_000 },
    connections,
    keepAliveTimeout: 10_000,
    keepAliveMaxTimeout: 10_000, // whatever the server proposes
    maxOrigins: 10_000,
  })

/** A resolver that returns only addresses that may be reached, and fails when none is left. */
function guarded(resolve: Resolve, reachable: (address: string) => boolean): LookupFunction {
  return (hostname, options, callback) => {
    const answer = (addresses: readonly LookupAddress[]): void => {
      const wanted = options.family === 4 || options.family === 6 ? addresses.filter(({ family }) => family === options.family) : addresses
      const usable = wanted.filter(({ address }) => reachable(address))
      const [first] = usable
      if (first === undefined) callback(refused(hostname), '', 0)
      else if (options.all === true) callback(null, usable)
      else callback(null, first.address, first.family)
    }
    resolve(hostname).then(answer, (error: NodeJS.ErrnoException) => callback(error, '', 0))
  }
}

const refused = (host: string): FetchFault & NodeJS.ErrnoException => new FetchFault('GIVE_UP', `${host} is not a public address`)

/** Ranges that are not the public Internet: IANA special-purpose registries (RFC 6890 and later), and embeddings of IPv4 in IPv6. */
const notPublic = networks([
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.31.196.0/24',
  '192.52.193.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '192.175.48.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '168.63.129.16/32', // a cloud's own services, at an address of the public Internet
  '::/128',
  '::1/128',
  '::/96',
  '::ffff:0:0:0/96',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
]) // prettier-ignore

/** True for an IP address (text) of the public Internet; an IPv4 address mapped into IPv6 is judged as what it is. */
export const isPublic = (address: string): boolean => isIP(address) !== 0 && !contains(notPublic, address)

function networks(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    list.addSubnet(address, bits === undefined ? (family === 'ipv6' ? 128 : 32) : Number(bits), family)
  }
  return list
}

/** BlockList looks through `::ffff:a.b.c.d` by itself. */
const contains = (list: BlockList, address: string): boolean => list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4')

function parse(url: string, base?: URL): URL {
  if (!URL.canParse(url, base?.href)) throw new FetchFault('GIVE_UP', 'not a URL')
  const parsed = new URL(url, base)
  parsed.hash = ''
  return parsed
}

const joined = (headers: Dispatcher.ResponseData['headers']): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(', ') : (value ?? '')]))

/** At most `max` bytes; when there are more the connection is dropped. @throws {FetchFault} GIVE_UP then, unless it may be cut */
async function bounded({ body, headers }: Dispatcher.ResponseData, max: number, beyond: 'refuse' | 'cut'): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  const declared = Number(headers['content-length'] ?? 0)
  if (declared <= max) {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      size += chunk.length
      if (size > max) break
      chunks.push(chunk)
    }
  }
  if (declared <= max && size <= max) return Buffer.concat(chunks)
  body.destroy()
  if (beyond === 'cut') return Buffer.concat(chunks)
  throw new FetchFault('GIVE_UP', `the answer is larger than ${max} bytes`)
}
