/**
 * `npm run demo`: two instances on this machine, a person on each, driven through masto.js, a real Mastodon client. They follow, post,
 * reply, favourite, boost, edit and delete across instances; then both logs are audited and every action is shown with its proof.
 *
 *   npm run demo             leaves both instances running and prints their addresses
 *   npm run demo -- --exit   stops them at the end
 */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import sharp from 'sharp'
import type { Listed } from '../src/cli/list-commits.ts'
import { isIncluded } from '../src/cli/print-commit.ts'
import type { ShownCommit } from '../src/cli/show-commit.ts'
import { freePort, type InstanceProcess, scratch, startInstance, vivim } from './instance-process.ts'
import { type Person, setUp, signIn } from './person.ts'

type Side = { readonly name: string; readonly instance: InstanceProcess; readonly person: Person }
/** An action that happened here, and how its event is recognised in the signed log. */
type Action = { readonly side: Side; readonly what: string; readonly type: string; readonly mark: string }

const exitAtEnd = process.argv.includes('--exit')
const PASSWORD = 'correct horse battery staple'
const began = performance.now()
const say = (text: string) => console.log(text)
const step = (text: string) => say(`\n\x1b[1m${text}\x1b[0m`)

const running: InstanceProcess[] = []
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll().then(() => process.exit(0)))

try {
  await demonstrate()
} catch (error) {
  console.error(error)
  for (const instance of running) console.error(`\n--- ${instance.origin}\n${instance.output()}`)
  await stopAll()
  process.exit(1)
}

async function demonstrate(): Promise<void> {
  const { dir: base } = await scratch('demo')
  step('1  Two instances, each with its own database')
  const alice = await open(base, 'alice', 'Lighthouse')
  const bob = await open(base, 'bob', 'Harbour')
  const actions: Action[] = []
  const did = (side: Side, what: string, type: string, mark: string) => {
    actions.push({ side, what, type, mark })
    say(`   ${side.name}: ${what}`)
  }

  step('2  Bob finds Alice by her address and follows her')
  const found = await bob.person.client.v2.search.list({ q: `@alice@${host(alice)}`, resolve: true, type: 'accounts' })
  const aliceAtBob = found.accounts[0] ?? fail('Bob cannot find Alice')
  await bob.person.client.v1.accounts.$select(aliceAtBob.id).follow()
  did(bob, `follows @${aliceAtBob.acct}`, 'social:follow', aliceAtBob.id)
  await until(
    'Bob sees that Alice accepted',
    async () => (await bob.person.client.v1.accounts.relationships.fetch({ id: [aliceAtBob.id] }))[0]?.following,
  )
  await until('Alice is told', async () => (await alice.person.client.v1.notifications.list()).some(({ type }) => type === 'follow'))

  step('3  Alice posts a picture')
  const live = streamOf(bob.person)
  const media = await alice.person.client.v2.media.create({ file: await picture(), description: 'A yellow square on a blue sea' })
  const post = await alice.person.client.v1.statuses.create({
    status: 'Good morning from the #lighthouse!',
    mediaIds: [media.id],
    language: 'en',
    visibility: 'public',
  })
  did(alice, 'posts with a picture', 'status:create', post.uri)
  const atBob = await until('it is in Bob’s home timeline', async () =>
    (await bob.person.client.v1.timelines.home.list()).find(({ uri }) => uri === post.uri),
  )
  say(`   Bob sees: ${plain(atBob.content)}  [${atBob.mediaAttachments[0]?.description}]`)
  await until('his app was told by WebSocket as well', async () => live.updates.some(({ uri }) => uri === post.uri))
  live.close()

  step('4  Bob replies, favourites and boosts')
  const reply = await bob.person.client.v1.statuses.create({
    status: `@alice@${host(alice)} good morning! The harbour waves back.`,
    inReplyToId: atBob.id,
  })
  did(bob, 'replies', 'status:create', reply.uri)
  await bob.person.client.v1.statuses.$select(atBob.id).favourite()
  did(bob, 'favourites', 'status:like', atBob.id)
  await bob.person.client.v1.statuses.$select(atBob.id).reblog()
  did(bob, 'boosts', 'status:boost', atBob.id)
  const told = await until('Alice is told of all three', async () => {
    const types = (await alice.person.client.v1.notifications.list()).map(({ type }) => type)
    return ['mention', 'favourite', 'reblog'].every((type) => types.some((other) => other === type)) ? types : null
  })
  say(`   Alice’s notifications: ${told.join(', ')}`)
  const counted = await alice.person.client.v1.statuses.$select(post.id).fetch()
  say(`   Alice sees: ${counted.favouritesCount} favourite, ${counted.reblogsCount} boost, ${counted.repliesCount} reply`)

  step('5  Alice edits, Bob deletes his reply')
  await alice.person.client.v1.statuses
    .$select(post.id)
    .update({ status: 'Good morning from the #lighthouse! (edited: the sea is calm)', mediaIds: [media.id] })
  did(alice, 'edits the post', 'status:update', post.id)
  const edited = await until('Bob sees the edit', async () => {
    const status = await bob.person.client.v1.statuses.$select(atBob.id).fetch()
    return status.editedAt === null || status.editedAt === undefined ? null : status
  })
  say(`   Bob sees: ${plain(edited.content)}`)
  await bob.person.client.v1.statuses.$select(reply.id).remove()
  did(bob, 'deletes the reply', 'status:delete', reply.id)
  await until(
    'the reply is gone from Alice’s thread',
    async () => (await alice.person.client.v1.statuses.$select(post.id).context.fetch()).descendants.length === 0,
  )

  step('6  Both logs are audited, and every action is shown with its proof')
  for (const side of [alice, bob]) await audit(side)
  for (const action of actions) await prove(action)

  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  if (exitAtEnd) {
    await stopAll()
    say(`\nAll of it happened, and both logs prove it (${seconds} s).`)
    return
  }
  say(`\nAll of it happened, and both logs prove it (${seconds} s). Both instances are running:`)
  for (const side of [alice, bob]) say(`   ${side.instance.origin}  sign in as ${side.person.username} / ${PASSWORD}`)
  say('   Ctrl-C stops them.')
  await new Promise(() => {})
}

async function open(base: string, name: string, title: string): Promise<Side> {
  const dataDir = path.join(base, name)
  await mkdir(dataDir, { mode: 0o711 })
  const instance = await startInstance({ dataDir, port: await freePort() })
  running.push(instance)
  const who = { username: name, password: PASSWORD }
  await setUp(instance.setupUrl ?? fail('no set-up link was printed'), title, who)
  const person = await signIn(instance.origin, who)
  say(`   ${title} at ${instance.origin}, ready after ${(instance.readyMs / 1000).toFixed(1)} s; ${name} signed in by OAuth`)
  return { name: name === 'alice' ? 'Alice' : 'Bob', instance, person }
}

async function audit({ name, instance }: Side): Promise<void> {
  const { code, stdout, stderr } = await vivim(instance.dataDir, envOf(instance), 'audit')
  if (code !== 0) fail(`the audit of ${name}’s instance failed:\n${stdout}${stderr}`)
  say(`   ${name}’s instance:\n${stdout.trim().replace(/^/gm, '      ')}`)
}

/** Finds the action's commit in the log, and checks here that commit, signature and audit path make the root that the checkpoint signs. */
async function prove({ side, what, type, mark }: Action): Promise<void> {
  const ledger = (...args: readonly string[]) => vivim(side.instance.dataDir, envOf(side.instance), 'ledger', ...args, '--json')
  const { commits } = JSON.parse((await ledger('list', '--limit', '1000')).stdout) as Listed
  const holding = (words: (parts: string) => boolean) =>
    commits.find(({ events }) => events.some((event) => event.type === type && words(JSON.stringify(event.parts))))
  const whole = holding((parts) => parts.includes(JSON.stringify(mark)))
  const found = whole ?? holding((parts) => parts.includes('"erased":true')) // what was deleted is erased: its place in the log stays
  if (found === undefined) return fail(`${side.name} ${what}: not in the log`)
  const commit = JSON.parse((await ledger('show', String(found.position))).stdout) as ShownCommit
  const { position, proof, lane } = commit
  if (!isIncluded(commit)) fail(`${side.name} ${what}: the inclusion proof at position ${position} does not verify`)
  const place = `position ${String(position).padStart(3)} of ${proof.size}, ${lane.padEnd(7)}`
  const erased = whole === undefined ? ', payload erased' : ''
  say(`   ✓ ${side.name} ${what.padEnd(30)} ${type.padEnd(15)} ${place} proof of ${proof.hashes.length} hashes verified${erased}`)
}

async function until<T>(what: string, look: () => Promise<T | null | undefined | false>): Promise<T> {
  const start = performance.now()
  for (;;) {
    const seen = await look()
    if (seen !== null && seen !== undefined && seen !== false) {
      say(`   ${what} (${Math.round(performance.now() - start)} ms)`)
      return seen
    }
    if (performance.now() - start > 30_000) return fail(`waited 30 s: ${what}`)
    await sleep(100)
  }
}

/** What the app of a person is told live: new posts of the home timeline. */
function streamOf({ streaming }: Person) {
  const client = streaming()
  const updates: { readonly uri: string }[] = []
  const listen = async () => {
    for await (const { event, payload } of client.user.subscribe()) if (event === 'update') updates.push(payload)
  }
  void listen()
  return { updates, close: () => client.close() }
}

async function picture(): Promise<File> {
  const square = Buffer.from(
    '<svg width="640" height="400"><rect width="640" height="400" fill="#1d6fa5"/><rect x="240" y="120" width="160" height="160" fill="#ffd43b"/></svg>',
  )
  return new File([new Uint8Array(await sharp(square).png().toBuffer())], 'sea.png', { type: 'image/png' })
}

async function stopAll(): Promise<void> {
  await Promise.all(running.splice(0).map((instance) => instance.stop()))
}

function envOf(instance: InstanceProcess): Readonly<Record<string, string>> {
  return { PORT: new URL(instance.origin).port }
}

function host(side: Side): string {
  return new URL(side.instance.origin).host
}

function plain(html: string): string {
  return html.replace(/<[^>]+>/g, '')
}

function fail(message: string): never {
  throw new Error(message)
}
