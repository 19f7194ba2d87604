/** Behind TLS proxies with certificates of a private authority: the public https origin, not the socket, names everything, and federation works. */
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { request as forward } from 'node:http'
import { createServer, type Server } from 'node:https'
import path from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { freePort, type InstanceProcess, scratch, startInstance, vivim } from '../../demo/instance-process.ts'
import { until } from './two-instances.ts'

const place = await scratch('e2e')
const closers: (() => Promise<unknown>)[] = [() => place.remove()]
afterAll(async () => {
  for (const close of closers.toReversed()) await close()
})

test('two instances behind TLS proxies are named by their https origins and follow each other', async () => {
  const tls = certificates(place.dir)
  const [here, there] = [await behindProxy('here', tls), await behindProxy('there', tls)]
  const [alice, bob] = [await account(here, 'alice'), await account(there, 'bob')]

  const me = await call(here, alice, 'GET', '/api/v1/accounts/verify_credentials')
  expect(me).toMatchObject({ uri: `${here.origin}/users/alice`, url: `${here.origin}/@alice` })
  const webfinger = await direct(here, `/.well-known/webfinger?resource=acct:alice@${new URL(here.origin).host}`)
  expect(webfinger.links.find(({ rel }: { rel: string }) => rel === 'self').href).toBe(`${here.origin}/users/alice`)

  const found = await call(
    there,
    bob,
    'GET',
    `/api/v2/search?resolve=true&type=accounts&q=${encodeURIComponent(`@alice@${new URL(here.origin).host}`)}`,
  )
  const aliceThere: string = found.accounts[0].id
  await call(there, bob, 'POST', `/api/v1/accounts/${aliceThere}/follow`)
  await until('accepted', async () => (await call(there, bob, 'GET', `/api/v1/accounts/relationships?id[]=${aliceThere}`))[0].following)
  const post = await call(here, alice, 'POST', '/api/v1/statuses', { status: 'over TLS' })
  expect(post.uri.startsWith(here.origin)).toBe(true)
  const seen = await until('delivered', async () =>
    (await call(there, bob, 'GET', '/api/v1/timelines/home')).find(({ uri }: { uri: string }) => uri === post.uri),
  )
  expect(seen.content).toContain('over TLS')
})

type Behind = { readonly origin: string; readonly port: number; readonly instance: InstanceProcess }
type Tls = { readonly ca: string; readonly key: string; readonly cert: string }

async function behindProxy(name: string, tls: Tls): Promise<Behind> {
  const [port, publicPort] = [await freePort(), await freePort()]
  const origin = `https://localhost:${publicPort}`
  const proxy = await tlsProxy(publicPort, port, tls)
  closers.push(() => closeServer(proxy))
  const env = { VIVIM_ORIGIN: origin, VIVIM_TRUSTED_PROXIES: '127.0.0.1/32', NODE_EXTRA_CA_CERTS: tls.ca, VIVIM_RATE_LIMITS: 'false' }
  const instance = await startInstance({ dataDir: path.join(place.dir, name), port, env })
  closers.push(() => instance.stop())
  expect(instance.setupUrl).toContain(origin)
  return { origin, port, instance }
}

/** Accounts and tokens by the command line: the browser's way is tested elsewhere. */
async function account(side: Behind, username: string): Promise<string> {
  const env = { VIVIM_ORIGIN: side.origin, PORT: String(side.port) }
  const made = await vivim(side.instance.dataDir, env, 'account', 'create', username, '--json')
  expect(made.code, made.stdout + made.stderr).toBe(0)
  const token = await vivim(side.instance.dataDir, env, 'token', 'create', '--account', username, '--scopes', 'read write follow', '--json')
  expect(token.code, token.stdout + token.stderr).toBe(0)
  return JSON.parse(token.stdout).token
}

// Answers are looked at by assertions only.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any

/** Through the loopback socket, as the proxy would, so that this process needs no certificate authority. */
async function call(side: Behind, token: string, method: string, target: string, body?: unknown): Promise<Json> {
  const { host } = new URL(side.origin)
  const headers = {
    authorization: `Bearer ${token}`,
    'x-forwarded-proto': 'https',
    'x-forwarded-host': host,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
  }
  const answer = await fetch(`http://127.0.0.1:${side.port}${target}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const text = await answer.text()
  expect(answer.status, text).toBe(200)
  return JSON.parse(text)
}

const direct = async (side: Behind, target: string): Promise<Json> => (await fetch(`http://127.0.0.1:${side.port}${target}`)).json()

function certificates(dir: string): Tls {
  const at = (name: string) => path.join(dir, name)
  const openssl = (...args: readonly string[]) => execFileSync('openssl', args, { cwd: dir, stdio: 'ignore' })
  openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'ca.key', '-out', 'ca.pem', '-subj', '/CN=private authority', '-days', '2')
  openssl('req', '-newkey', 'rsa:2048', '-nodes', '-keyout', 'tls.key', '-out', 'tls.csr', '-subj', '/CN=localhost')
  writeFileSync(at('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1')
  openssl(
    'x509',
    '-req',
    '-in',
    'tls.csr',
    '-CA',
    'ca.pem',
    '-CAkey',
    'ca.key',
    '-CAcreateserial',
    '-out',
    'tls.pem',
    '-days',
    '2',
    '-extfile',
    'names',
  )
  return { ca: at('ca.pem'), key: readFileSync(at('tls.key'), 'utf8'), cert: readFileSync(at('tls.pem'), 'utf8') }
}

async function tlsProxy(publicPort: number, port: number, { key, cert }: Tls): Promise<Server> {
  const server = createServer({ key, cert }, (request, response) => {
    const headers = {
      ...request.headers,
      'x-forwarded-for': request.socket.remoteAddress ?? '',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': request.headers.host ?? '',
    }
    const onward = forward({ host: '127.0.0.1', port, method: request.method, path: request.url, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => response.writeHead(502).end())
    request.pipe(onward)
  }).listen(publicPort, '127.0.0.1')
  await once(server, 'listening')
  return server
}

async function closeServer(server: Server): Promise<void> {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
}
