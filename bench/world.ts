/** A populated instance for measurements: an owner who follows a score of remote people, and their posts, written through the one write path. */
import { mkdir } from 'node:fs/promises'
import { createLocalAccount } from '../src/api/sign-up.ts'
import { readConfig } from '../src/config.ts'
import type { EventData, Profile } from '../src/events/catalogue.ts'
import { EMPTY_PROFILE } from '../src/events/profile.ts'
import { type Instance, openInstance } from '../src/instance.ts'

export const OWNER = { username: 'bench', password: 'a password for measurements' }
const AUTHORS = 20
const IN_FLIGHT = 512

const PROFILE: Profile = { ...EMPTY_PROFILE, displayName: 'Somebody', discoverable: true, indexable: true }

/** Sets up an instance in `dataDir` and posts `statuses` remote posts into it. Returns how many entries its log then has. */
export async function populate(dataDir: string, port: number, statuses: number, say: (text: string) => void): Promise<number> {
  await mkdir(dataDir, { recursive: true, mode: 0o711 })
  const instance = await openInstance(readConfig({ VIVIM_DATA: dataDir, PORT: String(port) }), { listen: false, log: () => {} })
  try {
    const began = performance.now()
    await setUp(instance)
    const owner = await createLocalAccount(instance, { ...OWNER, email: null, role: 'owner' })
    const authors = await Promise.all(Array.from({ length: AUTHORS }, (_, n) => author(instance, n, owner.id)))
    let next = 0
    const writer = async () => {
      for (let n = next++; n < statuses; n = next++) await post(instance, authors[n % AUTHORS] ?? fail('no author'), n, statuses)
    }
    await Promise.all(Array.from({ length: IN_FLIGHT }, writer))
    const { size } = instance.ledger.head()
    if (!(await instance.projections.waitFor(size - 1, 600_000))) fail('the projections did not catch up')
    say(`${statuses.toLocaleString('en')} posts written and projected in ${((performance.now() - began) / 1000).toFixed(1)} s`)
    return size
  } finally {
    await instance.close()
  }
}

async function setUp(instance: Instance): Promise<void> {
  const data = { title: 'Bench', origin: instance.config.origin, software: 'bench' }
  await must(instance.execute({ by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data }] }))
}

type Author = EventData['identity:discover']

async function author(instance: Instance, n: number, ownerId: string): Promise<Author> {
  const uri = `https://remote.example/users/author${n}`
  const data: Author = {
    id: instance.newId(),
    username: `author${n}`,
    domain: 'remote.example',
    createdAt: new Date().toISOString(),
    type: 'Person',
    profile: PROFILE,
    keys: [],
    links: { uri, url: uri, inbox: `${uri}/inbox`, sharedInbox: null, outbox: null, followers: `${uri}/followers`, following: null, featured: null },
  }
  await must(instance.execute({ by: 'instance', lane: 'private', commands: [{ do: 'DiscoverActor', data }] }))
  const pair = { accountId: ownerId, targetId: data.id }
  const at = new Date().toISOString()
  const follow = {
    ...pair,
    uri: `${instance.config.origin}/follows/${data.id}`,
    at,
    state: 'accepted',
    reblogs: true,
    notify: false,
    languages: null,
  } as const
  await must(instance.execute({ by: { account: ownerId }, lane: 'private', commands: [{ do: 'Follow', data: follow }] }))
  return data
}

/** Posts spread over the last thirty days, oldest first. */
async function post(instance: Instance, author: Author, n: number, of: number): Promise<void> {
  const time = Date.now() - (of - n) * ((30 * 86_400_000) / of)
  const uri = `${author.links.uri}/notes/${n}`
  await must(
    instance.execute({
      by: 'instance',
      lane: 'public',
      commands: [
        {
          do: 'PostStatus',
          status: {
            id: instance.newId(time),
            accountId: author.id,
            uri,
            url: uri,
            createdAt: new Date(time).toISOString(),
            visibility: 'public',
            inReplyToId: null,
            inReplyToAccountId: null,
            inReplyToUri: null,
            local: false,
            application: null,
            text: null,
            spoilerText: '',
            sensitive: false,
            language: 'en',
            content: `<p>Post ${n}: the tide comes in, the tide goes out, and somebody writes it down.</p>`,
            media: [],
            mentions: [],
            tags: n % 10 === 0 ? ['tide'] : [],
            emojis: [],
          },
        },
      ],
    }),
  )
}

async function must(outcome: ReturnType<Instance['execute']>): Promise<void> {
  const done = await outcome
  if (!done.ok) fail(done.refusal.message)
}

function fail(message: string): never {
  throw new Error(message)
}
