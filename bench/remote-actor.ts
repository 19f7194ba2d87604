/** A remote actor for load tests: its document served on loopback, its activities signed beforehand (draft-cavage, RSA-2048). */
import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

export type SignedPost = { readonly path: string; readonly headers: Readonly<Record<string, string>>; readonly body: string }

export type RemoteActor = {
  readonly uri: string
  readonly acct: string
  /** A public Create(Note), signed for an instance's shared inbox. */
  create(instance: string, n: number): SignedPost
  /** POSTs it got (Follow, Accept): answered 202, kept as text. */
  readonly received: readonly string[]
  close(): Promise<void>
}

const PUBLIC = 'https://www.w3.org/ns/activitystreams#Public'

export async function startRemoteActor(name: string): Promise<RemoteActor> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const received: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.setEncoding('utf8').on('data', (text: string) => (body += text))
    request.on('end', () => {
      if (request.method === 'POST') received.push(body)
      const [status, type, answer] = request.method === 'POST' ? [202, 'text/plain', ''] : page(request.url ?? '/')
      response.writeHead(status, { 'content-type': type }).end(answer)
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no address')
  const origin = `http://127.0.0.1:${address.port}`
  const uri = `${origin}/users/${name}`
  const acct = `${name}@127.0.0.1:${address.port}`

  function page(path: string): readonly [number, string, string] {
    if (path.startsWith('/.well-known/webfinger')) {
      return [
        200,
        'application/jrd+json',
        JSON.stringify({ subject: `acct:${acct}`, links: [{ rel: 'self', type: 'application/activity+json', href: uri }] }),
      ]
    }
    if (path !== `/users/${name}`) return [404, 'text/plain', '']
    const actor = {
      '@context': ['https://www.w3.org/ns/activitystreams', 'https://w3id.org/security/v1'],
      id: uri,
      type: 'Person',
      preferredUsername: name,
      name,
      inbox: `${uri}/inbox`,
      outbox: `${uri}/outbox`,
      followers: `${uri}/followers`,
      url: uri,
      endpoints: { sharedInbox: `${origin}/inbox` },
      publicKey: { id: `${uri}#main-key`, owner: uri, publicKeyPem: publicKey.export({ type: 'spki', format: 'pem' }) },
    }
    return [200, 'application/activity+json', JSON.stringify(actor)]
  }

  return {
    uri,
    acct,
    received,
    create(instance, n) {
      const published = new Date().toISOString()
      const note = {
        id: `${uri}/notes/${n}`,
        type: 'Note',
        attributedTo: uri,
        published,
        to: [PUBLIC],
        cc: [`${uri}/followers`],
        url: `${uri}/notes/${n}`,
        content: `<p>Note number ${n}: the tide comes in, the tide goes out, and somebody writes it down for the people ashore. <a href="${origin}/tags/tide" class="mention hashtag" rel="tag">#<span>tide</span></a></p>`,
        tag: [{ type: 'Hashtag', href: `${origin}/tags/tide`, name: '#tide' }],
        sensitive: false,
      }
      const body = JSON.stringify({
        '@context': 'https://www.w3.org/ns/activitystreams',
        id: `${note.id}/activity`,
        type: 'Create',
        actor: uri,
        published,
        to: note.to,
        cc: note.cc,
        object: note,
      })
      return signed(instance, '/inbox', body)
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }

  function signed(instance: string, path: string, body: string): SignedPost {
    const { host } = new URL(instance)
    const date = new Date().toUTCString()
    const digest = `SHA-256=${createHash('sha256').update(body).digest('base64')}`
    const input = `(request-target): post ${path}\nhost: ${host}\ndate: ${date}\ndigest: ${digest}`
    const signature = sign('sha256', Buffer.from(input), privateKey).toString('base64')
    const header = `keyId="${uri}#main-key",algorithm="rsa-sha256",headers="(request-target) host date digest",signature="${signature}"`
    return { path, body, headers: { host, date, digest, signature: header, 'content-type': 'application/activity+json' } }
  }
}
