/** The run that `npm run demo:audit` records, with a short history. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'

test('an instance is filled, backed up, killed, restored, audited from outside, and goes on; a changed bit is named by its position', async () => {
  const child = spawn(process.execPath, ['demo/recorded-run.ts', '--events', '1500'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  expect(code, output).toBe(0)
  expect(output).toMatch(/✓ Restored 1,[56]\d\d entries/)
  expect(output).toContain('a new post is answered with 503')
  expect(output).toMatch(/caught, at exactly position 50\d:/)
  expect(output).toContain('a new post is answered with 200')
})
