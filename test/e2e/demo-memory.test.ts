/** Conversations and memory, as `npm run demo:memory` shows them: exports of every format, a search, a contradiction, an assistant that asks, one thing forgotten. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'

test('exports of every format come in, are found again by a real MCP client, with evidence and both dates of a contradiction; what is forgotten is gone, and the audit passes', async () => {
  const child = spawn(process.execPath, ['demo/memory.ts', '--exit'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  expect(code, output).toBe(0)
  expect(output).not.toContain('NOT PROVEN')
  for (const said of ['signed and proven', 'the same again: 0 messages new', 'the same bytes', 'knows of no such memory', 'the log proves it'])
    expect(output).toContain(said)
})
