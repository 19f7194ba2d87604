/** An instance with a long history: somebody's posts, each decided on, signed and committed like any other, without waiting for the read models. */
import pg from 'pg'
import { setUpInstance } from '../src/api/sign-up.ts'
import { type Config, readConfig } from '../src/config.ts'
import { snowflakes } from '../src/events/snowflake.ts'
import { createExecute } from '../src/handlers/execute.ts'
import { startPostgres } from '../src/host/postgres.ts'
import { openInstance } from '../src/instance.ts'
import { Ledger } from '../src/ledger/ledger.ts'
import { loadSecret } from '../src/ledger/secret.ts'

export type Filled = { readonly size: number; readonly root: string; readonly verifierKey: string; readonly seconds: number }

export const OWNER = { username: 'keeper', password: 'a lamp is lit every night' }
const AT_ONCE = 512
const WORDS = 'the tide comes in and goes out and somebody writes it down for the people ashore who read of boats and lamps and bread'.split(' ')

/** Sets an instance up in `dataDir` and posts until its log has `events` events. */
export async function fill(dataDir: string, port: number, events: number, onProgress: (done: number) => void): Promise<Filled> {
  const config = readConfig({ VIVIM_DATA: dataDir, PORT: String(port) })
  const keeper = await setUp(config)
  const server = await startPostgres(dataDir)
  const pool = new pg.Pool({ connectionString: server.url, max: 8 })
  pool.on('error', () => {}) // cut when the server stops
  try {
    const secret = await loadSecret(config.secretFile)
    const ledger = await Ledger.open({ pool, databaseUrl: server.url, origin: config.origin, secret })
    const began = performance.now()
    await post(ledger, config.origin, keeper, events, onProgress)
    const { size, root } = ledger.head()
    await ledger.close()
    return { size, root: Buffer.from(root).toString('hex'), verifierKey: ledger.verifierKey, seconds: (performance.now() - began) / 1000 }
  } finally {
    await pool.end()
    await server.stop()
  }
}

async function setUp(config: Config): Promise<string> {
  const instance = await openInstance(config, { listen: false, log: () => {} })
  try {
    return (await setUpInstance(instance, 'The lighthouse', { ...OWNER, email: null })).id
  } finally {
    await instance.close()
  }
}

async function post(ledger: Ledger, origin: string, accountId: string, events: number, onProgress: (done: number) => void): Promise<void> {
  const execute = createExecute({ ledger })
  const newId = snowflakes(Date.now, Math.random)
  let next = ledger.head().size
  const writer = async () => {
    for (let n = next++; n < events; n = next++) {
      const isPublic = n % 5 !== 0
      const status = statusOf({ n, id: newId(), accountId, origin, isPublic })
      const request = { by: { account: accountId }, lane: isPublic ? 'public' : 'private', commands: [{ do: 'PostStatus', status }] } as const
      const outcome = await execute(request)
      if (!outcome.ok) throw new Error(outcome.refusal.message)
      if (n % 1_000 === 0) onProgress(n)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, writer))
}

type About = { readonly n: number; readonly id: string; readonly accountId: string; readonly origin: string; readonly isPublic: boolean }

/** About 600 bytes, as it is stored. */
function statusOf({ n, id, accountId, origin, isPublic }: About) {
  const text = `Entry ${n} of the log: ${WORDS.slice(n % 7).join(' ')}.`
  return {
    id,
    accountId,
    uri: `${origin}/users/${OWNER.username}/statuses/${id}`,
    url: `${origin}/@${OWNER.username}/${id}`,
    createdAt: new Date().toISOString(),
    visibility: isPublic ? ('public' as const) : ('private' as const),
    inReplyToId: null,
    inReplyToAccountId: null,
    inReplyToUri: null,
    local: true,
    application: null,
    text,
    spoilerText: '',
    sensitive: false,
    language: 'en',
    content: `<p>${text}</p>`,
    media: [],
    mentions: [],
    tags: [],
    emojis: [],
  }
}
