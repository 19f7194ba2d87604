/** The main job, as `npm run demo` shows it: two real processes, two databases, a real client, both logs audited. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { expect, test } from 'vitest'

test('two people on two instances meet through a real client, and both signed logs prove every action', async () => {
  const child = spawn(process.execPath, ['demo/demo.ts', '--exit'], {
    cwd: path.resolve(import.meta.dirname, '../..'),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (text: string) => (output += text))
  const [code] = (await once(child, 'close')) as [number]
  expect(code, output).toBe(0)
  for (const action of ['follows', 'posts with a picture', 'replies', 'favourites', 'boosts', 'edits the post', 'deletes the reply']) {
    expect(output).toMatch(new RegExp(`✓ (Alice|Bob) ${action}.*proof of \\d+ hashes verified`))
  }
})
