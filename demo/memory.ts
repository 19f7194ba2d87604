/**
 * `npm run demo:memory`: a person brings their conversations in from every service there is a sample of, and finds them again. Shown with what they
 * rest on: a search, a contradiction with both dates, a context with its manifest; the same asked by an assistant over MCP; one memory is forgotten,
 * and the log still proves everything.
 *
 *   npm run demo:memory             leaves the instance running and prints its address
 *   npm run demo:memory -- --exit   stops it at the end
 */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { ImportReport } from '../src/events/conversations.ts'
import { type Assistant, assistantOf } from './assistant.ts'
import { freePort, type InstanceProcess, scratch, startInstance, vivim } from './instance-process.ts'
import { setUp } from './person.ts'

const ROOT = path.resolve(import.meta.dirname, '..')
const SAMPLES = path.join(ROOT, 'fixtures', 'conversations')
/** What is in the folders is no export: answers of share links. */
const NO_EXPORTS = new Set(['shares'])
const ADA = { username: 'ada', password: 'correct horse battery staple' }
/** Ada's own chats, from a service that nobody knows: what she says of herself changes. */
const CHATS = [
  [
    'Which tram?',
    '2024-05-03T09:00:00Z',
    'I live in Lisbon, in Campo de Ourique. Which tram goes to Belém?',
    'The 15E goes to Belém, from Praça da Figueira.',
  ],
  ['Allergies', '2024-09-12T18:00:00Z', 'Remember that I am allergic to peanuts. What can I cook tonight?', 'Then no satay. How about risotto?'],
  ['Boxes', '2026-02-20T10:00:00Z', 'I moved to Porto last week. Where do I get boxes picked up?', 'The city collects cardboard on Thursdays.'],
] as const

const exitAtEnd = process.argv.includes('--exit')
const began = performance.now()
const say = (text: string) => console.log(text)
const step = (text: string) => say(`\n\x1b[1m${text}\x1b[0m`)
const indented = (text: string, by = '   ') => text.trimEnd().replace(/^/gm, by)

const running: InstanceProcess[] = []
const stopAll = () => Promise.all(running.map((instance) => instance.stop()))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stopAll().then(() => process.exit(0)))

try {
  await demonstrate()
} catch (error) {
  console.error(error, ...running.map((instance) => instance.output()))
  await stopAll()
  process.exit(1)
}

async function demonstrate(): Promise<void> {
  const place = await scratch('memory')
  const { dir } = place
  const dataDir = path.join(dir, 'data')
  await mkdir(dataDir, { mode: 0o711 })
  const instance = await startInstance({ dataDir, port: await freePort() })
  running.push(instance)
  const { origin } = instance
  step('1  An instance of one’s own')
  await setUp(instance.setupUrl ?? fail('no set-up link was printed'), 'Ada’s vault', ADA)
  say(`   ${origin}, ready after ${(instance.readyMs / 1000).toFixed(1)} s`)

  step('2  Ada brings in everything she ever said to an assistant')
  await importSamples(instance, await ownChats(dir))

  step('3  An assistant that nobody knew finds the vault, registers, and Ada presses Allow')
  const assistant = await assistantOf(origin, ADA, 'Demo Assistant')
  const { tools } = await assistant.client.listTools()
  say(`   it may call ${tools.map(({ name }) => name).join(', ')}`)
  const ask = await tokenFor(instance)

  step('4  A search, with what brought each thing up')
  await search(ask, 'Which tram goes to Belém?')

  step('5  What Ada said contradicts itself: both sides, with their dates')
  const conflict = await until('the memories are learnt', () => lisbonAndPorto(assistant))
  say(`   ${conflict.state}: “${conflict.earlier.text}” (${daysOf(conflict.earlier)})`)
  say(`   ${' '.repeat(conflict.state.length)}  “${conflict.later.text}” (${daysOf(conflict.later)})`)
  await why(assistant, conflict.later.id)

  step('6  What an assistant should know for a task: a context, and its manifest')
  await context(assistant, ask, 'What can I cook for dinner tonight, with my allergies?')

  step('7  One memory is forgotten, and the log still proves everything')
  await forgetOne(assistant, instance)

  step('8  Ada sees who read what')
  for (const { at, reader, what, query } of (await ask<Access[]>('/accesses?limit=6')).toReversed())
    say(`   ${at.slice(0, 19)}  ${reader.name}  ${what}${query === null ? '' : `  “${query.slice(0, 40)}”`}`)
  await assistant.client.close()

  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  if (exitAtEnd) {
    await stopAll()
    await place.remove()
    say(`\nAll of it happened, and the log proves it (${seconds} s).`)
    return
  }
  say(`\nAll of it happened, and the log proves it (${seconds} s). The instance is running:`)
  say(`   ${origin}  sign in as ${ADA.username} / ${ADA.password}; MCP at ${origin}/mcp`)
  say('   Ctrl-C stops it.')
  await new Promise(() => {})
}

/** Her chats as a file of a service that nobody knows, and an export that was cut off. */
async function ownChats(dir: string): Promise<readonly string[]> {
  const own = path.join(dir, 'own-chats.json')
  const chats = CHATS.map(([title, at, said, answer], index) => ({
    id: `own-${index}`,
    title,
    created_at: at,
    messages: [
      { role: 'user', content: said, timestamp: at },
      { role: 'assistant', content: answer, timestamp: at },
    ],
  }))
  await writeFile(own, JSON.stringify(chats))
  const cut = path.join(dir, 'cut-off.json')
  await writeFile(cut, JSON.stringify(chats).slice(0, 420))
  return [own, cut]
}

async function importSamples(instance: InstanceProcess, own: readonly string[]): Promise<void> {
  const folders = (await readdir(SAMPLES, { withFileTypes: true })).filter((entry) => entry.isDirectory() && !NO_EXPORTS.has(entry.name))
  const files = [...own, ...folders.map(({ name }) => path.join(SAMPLES, name))]
  const { stdout, stderr } = await vivim(instance.dataDir, envOf(instance), 'import', ...files, '--account', ADA.username, '--json')
  const reports = JSON.parse(stdout === '' ? '[]' : stdout) as ImportReport[]
  if (reports.length !== files.length) fail(`the import stopped:\n${stdout}${stderr}`)
  for (const [index, report] of reports.entries()) say(`   ${lineOf(path.basename(files[index] ?? ''), report)}`)
  const again = await vivim(instance.dataDir, envOf(instance), 'import', own[0] ?? '', '--account', ADA.username, '--json')
  const [repeated] = JSON.parse(again.stdout) as ImportReport[]
  say(`   the same again: ${repeated?.imported.messages} messages new, ${repeated?.unchanged.messages} there already`)
}

function lineOf(name: string, { state, formats, imported, skipped, unknown, missingAssets }: ImportReport): string {
  const brought = `${imported.conversations} conversations, ${imported.messages} messages${imported.assets > 0 ? `, ${imported.assets} files` : ''}`
  const notes = [
    ...skipped.slice(0, 2).map(({ item, reason }) => `${reason}: ${item.slice(0, 40)}`),
    ...(skipped.length > 2 ? [`${skipped.length - 2} more`] : []),
    ...(unknown.length > 0 ? [`kept unread: ${unknown.map(({ type }) => type).join(', ')}`] : []),
    ...(missingAssets > 0 ? [`${missingAssets} files are not in it`] : []),
  ]
  const read = formats.map(({ importer }) => importer).join(', ')
  return `${name.padEnd(14)} ${state.padEnd(8)} ${read.padEnd(16)} ${brought}${notes.length > 0 ? `  (${notes.join('; ')})` : ''}`
}

type Ask = <T>(path: string, body?: object) => Promise<T>
type Access = { readonly at: string; readonly reader: { readonly name: string }; readonly what: string; readonly query: string | null }

/** Our own API, with a token for the vault. */
async function tokenFor(instance: InstanceProcess): Promise<Ask> {
  const made = await vivim(instance.dataDir, envOf(instance), 'token', 'create', '--account', ADA.username, '--scopes', 'memory', '--json')
  const { token } = JSON.parse(made.stdout) as { token: string }
  return async (route, body) => {
    const answer = await fetch(`${instance.origin}/api/vivim/v1${route}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
    if (!answer.ok) fail(`${route}: ${answer.status} ${await answer.text()}`)
    return (await answer.json()) as never
  }
}

type Hit = { readonly kind: string; readonly id: string; readonly at: string | null; readonly text: string; readonly why: Signal[] }
type Signal = { readonly signal: string; readonly value: number }

async function search(ask: Ask, words: string): Promise<void> {
  const find = () => ask<{ hits: Hit[]; tookMs: number }>(`/search?q=${encodeURIComponent(words)}&limit=3`)
  const first = await find()
  const { hits, tookMs } = await find()
  if (hits.length === 0) fail(`nothing was found for ${words}`)
  say(`   ${words} (${first.tookMs.toFixed(0)} ms with the making of the index, then ${tookMs.toFixed(1)} ms)`)
  for (const { kind, at, text, why: reasons } of hits)
    say(`   ${kind} ${(at ?? 'undated').slice(0, 10)}: ${text.replace(/\s+/g, ' ').slice(0, 90)}\n      because of ${signalsOf(reasons)}`)
}

function signalsOf(signals: readonly Signal[]): string {
  const strongest = [...signals].sort((a, b) => b.value - a.value).slice(0, 4)
  return strongest.map(({ signal, value }) => `${signal} ${value.toFixed(2)}`).join(', ')
}

type Side = { readonly id: string; readonly text: string; readonly said: string | null; readonly from: string | null; readonly until: string | null }
type Conflict = { readonly state: string; readonly earlier: Side; readonly later: Side }

async function lisbonAndPorto({ call }: Assistant): Promise<Conflict | undefined> {
  const { conflicts } = await call<{ conflicts: Conflict[] }>('list_conflicts')
  return conflicts.find(({ earlier, later }) => /lisbon/i.test(earlier.text) && /porto/i.test(later.text))
}

function daysOf({ said, from, until: to }: Side): string {
  return [from === null ? `said ${said?.slice(0, 10) ?? 'sometime'}` : `since ${from}`, ...(to === null ? [] : [`until ${to}`])].join(', ')
}

async function why({ call }: Assistant, id: string): Promise<void> {
  const { verified, evidence } = await call<{ verified: boolean; evidence: { quote: string; said: string; position: number; verified: boolean }[] }>(
    'why',
    {
      memory_id: id,
    },
  )
  for (const { quote, said, position } of evidence)
    say(`   because she said “${quote}” on ${said.slice(0, 10)}: entry ${position} of the log, ${verified ? 'signed and proven' : 'NOT PROVEN'}`)
  if (!verified) fail('the evidence does not verify')
}

type Bundle = { readonly text: string; readonly tokens: number; readonly budget: number; readonly sha256: string }
type Manifest = {
  readonly manifest: { readonly sha256: string; readonly layers: { layer: string; budget: number; tokens: number; items: number }[] }
}

async function context({ call }: Assistant, ask: Ask, task: string): Promise<void> {
  const bundle = await call<Bundle>('get_context', { task, budget_tokens: 600 })
  say(indented(bundle.text))
  say(`\n   ${bundle.tokens} of ${bundle.budget} tokens, SHA-256 ${bundle.sha256.slice(0, 16)}…`)
  const { manifest } = await ask<Manifest>('/context', { task, budgetTokens: 600 })
  for (const { layer, budget, tokens, items } of manifest.layers)
    if (items > 0) say(`   ${layer.padEnd(20)} ${String(items).padStart(2)} items, ${String(tokens).padStart(4)} tokens of ${budget}`)
  say(`   the same asked again over HTTP: ${manifest.sha256 === bundle.sha256 ? 'the same bytes' : fail('other bytes')}`)
}

async function forgetOne({ call }: Assistant, instance: InstanceProcess): Promise<void> {
  const { memories } = await call<{ memories: { id: string; text: string }[] }>('forget', { query: 'allergic to peanuts' })
  const memory = memories.find(({ text }) => /peanut/i.test(text)) ?? fail('the allergy was not learnt')
  say(`   would forget: “${memory.text}”`)
  await call('forget', { memory_id: memory.id, dry_run: false })
  const gone = await call('why', { memory_id: memory.id }).then(
    () => false,
    () => true,
  )
  say(`   forgotten; asked why it is remembered, the vault ${gone ? 'knows of no such memory' : fail('still answers')}`)
  const { code, stdout, stderr } = await vivim(instance.dataDir, envOf(instance), 'audit')
  if (code !== 0) fail(`the audit failed:\n${stdout}${stderr}`)
  say(indented(stdout))
}

async function until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const start = performance.now()
  for (;;) {
    const seen = await look()
    if (seen !== undefined) {
      say(`   ${what} (${Math.round(performance.now() - start)} ms)`)
      return seen
    }
    if (performance.now() - start > 30_000) return fail(`waited 30 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function envOf({ origin }: InstanceProcess): Readonly<Record<string, string>> {
  return { PORT: new URL(origin).port, VIVIM_ORIGIN: origin }
}

function fail(reason: string): never {
  throw new Error(reason)
}
