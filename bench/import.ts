/** How fast an export is imported: unpacked, parsed, signed, durable, and shown by the read tables. */
import { mkdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { freePort, scratch } from '../demo/instance-process.ts'
import { createLocalAccount } from '../src/api/sign-up.ts'
import { readConfig } from '../src/config.ts'
import { type Instance, openInstance } from '../src/instance.ts'
import { writeZip } from '../test/support/zip.ts'
import { Corpus, type Talk } from './memory/corpus.ts'
import type { Bench, Row } from './rows.ts'

export const importBench: Bench = {
  metrics: ['import.rate', 'import.again'],
  async run({ quick, say }) {
    const messages = quick ? 12_000 : 60_000
    const place = await scratch('bench-import')
    const dataDir = path.join(place.dir, 'data')
    const file = path.join(place.dir, 'export.zip')
    const bytes = await writeZip(file, 'conversations.json', chatgptExport(messages))
    say(
      `import.rate: ${messages.toLocaleString('en')} messages, ${Math.round(bytes / 1e6)} MB of JSON in ${Math.round((await stat(file)).size / 1e6)} MB`,
    )
    await mkdir(dataDir, { recursive: true, mode: 0o711 })
    const instance = await openInstance(readConfig({ VIVIM_DATA: dataDir, PORT: String(await freePort()) }), { listen: false, log: () => {} })
    try {
      const account = await owner(instance)
      const first = await imported(instance, account, file)
      const again = await imported(instance, account, file)
      if (first.messages !== messages || again.messages !== 0) throw new Error(`imported ${first.messages}, then ${again.messages} of ${messages}`)
      return [rate('import.rate', messages / first.seconds, 3_000), rate('import.again', messages / again.seconds)]
    } finally {
      await instance.close()
      await place.remove()
    }
  },
}

const rate = (metric: string, value: number, atLeast?: number): Row => ({
  metric,
  value,
  unit: 'messages/s',
  ...(atLeast === undefined ? {} : { target: { atLeast } }),
})

async function owner(instance: Instance): Promise<string> {
  const data = { title: 'Bench', origin: instance.config.origin, software: 'bench' }
  await instance.execute({ by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data }] })
  const { id } = await createLocalAccount(instance, { username: 'bench', password: 'a password for measurements', email: null, role: 'owner' })
  return id
}

async function imported({ vault }: Instance, accountId: string, file: string): Promise<{ readonly messages: number; readonly seconds: number }> {
  const began = performance.now()
  const report = await vault.imports.finished(await vault.imports.start({ accountId, file, name: 'export.zip', via: 'command' }))
  return { messages: report.imported.messages, seconds: (performance.now() - began) / 1000 }
}

/** As ChatGPT writes it: a tree of nodes for each conversation. */
export function* chatgptExport(messages: number): Generator<string> {
  let before = '['
  for (const talk of new Corpus().talks(messages)) {
    yield before + JSON.stringify(conversation(talk))
    before = ',\n'
  }
  yield ']'
}

function conversation({ id, title, messages }: Talk): object {
  const node = (n: number) => `${id} ${n}`
  const mapping: Record<string, object> = { root: { id: 'root', message: null, parent: null } }
  for (const [n, { role, text, at }] of messages.entries()) {
    const metadata = role === 'assistant' ? { model_slug: 'gpt-5', finish_details: { type: 'stop', stop_tokens: [200002] }, is_complete: true } : {}
    const content = { content_type: 'text', parts: [text] }
    const message = {
      id: node(n),
      author: { role, metadata: {} },
      create_time: Date.parse(at) / 1000,
      content,
      status: 'finished_successfully',
      recipient: 'all',
      metadata,
    }
    mapping[node(n)] = { id: node(n), parent: n === 0 ? 'root' : node(n - 1), message }
  }
  const times = messages.map(({ at }) => Date.parse(at) / 1000)
  return {
    id,
    conversation_id: id,
    title,
    create_time: times[0],
    update_time: times.at(-1),
    current_node: node(messages.length - 1),
    default_model_slug: 'gpt-5',
    mapping,
  }
}
