/** A server that takes deliveries: keeps what came, answers what the test says. */
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { FederatingInstance, Person } from './instance.ts'
import { PROFILE } from './instance.ts'

export type Arrived = {
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly id: string
  readonly type: string
  readonly at: number
}
export type Answer = { readonly status: number; readonly headers?: Record<string, string>; readonly body?: string } | 'silence' | 'hang up'

export type Receiver = {
  readonly origin: string
  readonly arrived: Arrived[]
  /** What the next requests get; 202 by default. */
  answer: (arrived: Arrived) => Answer
  /** Ids that were answered with 202, in order. */
  taken(): string[]
  /** An account of this server that follows. */
  follower(instance: FederatingInstance, target: Person, name: string, shared?: boolean): Promise<string>
  close(): Promise<void>
}

export async function receiver(port = 0): Promise<Receiver> {
  const arrived: Arrived[] = []
  const taken: string[] = []
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString()
      const { id, type } = body === '' ? { id: '', type: '' } : (JSON.parse(body) as { id: string; type: string })
      if (type === 'Accept') {
        response.writeHead(202).end() // the answer to the follow that made it a follower
        return
      }
      const one = { path: request.url ?? '', headers: request.headers, body, id, type, at: Date.now() }
      arrived.push(one)
      const answer = self.answer(one)
      if (answer === 'silence') return
      if (answer === 'hang up') request.socket.destroy()
      else {
        if (answer.status === 202) taken.push(id)
        response.writeHead(answer.status, answer.headers).end(answer.body)
      }
    })
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const self: Receiver = {
    origin,
    arrived,
    answer: () => ({ status: 202 }),
    taken: () => [...taken],
    async follower(instance, target, name, shared = true) {
      const uri = `${origin}/users/${name}`
      const links = {
        uri,
        url: uri,
        inbox: `${uri}/inbox`,
        sharedInbox: shared ? `${origin}/inbox` : null,
        outbox: null,
        followers: `${uri}/followers`,
        following: null,
        featured: null,
      }
      const id = instance.newId()
      const at = new Date().toISOString()
      await instance.perform({
        by: 'instance',
        lane: 'private',
        commands: [
          {
            do: 'DiscoverActor',
            data: { id, username: name, domain: new URL(origin).host, createdAt: at, type: 'Person', profile: PROFILE, links, keys: [] },
          },
        ],
      })
      const follow = {
        accountId: id,
        targetId: target.id,
        uri: `${uri}#follow`,
        at,
        state: 'accepted',
        reblogs: true,
        notify: false,
        languages: null,
      } as const
      await instance.perform({ by: 'instance', lane: 'private', commands: [{ do: 'Follow', data: follow }] })
      return id
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return self
}
