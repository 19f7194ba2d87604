import path from 'node:path'
import { expect, test } from 'vitest'
import { canConnect, socketPath } from '../../../src/cli/control-path.ts'

test('the control socket lies in the data directory, under a name the system can take', () => {
  expect(socketPath('/srv/vivim')).toBe('/srv/vivim/control.sock')
  const deep = path.join(process.cwd(), 'x'.repeat(80))
  expect(socketPath(deep)).toBe(Buffer.byteLength(`${deep}/control.sock`) <= 103 ? `${deep}/control.sock` : `${'x'.repeat(80)}/control.sock`)
  expect(socketPath(`/${'x'.repeat(120)}`)).toBeNull()
})

test('nobody listens where there is no socket', async () => {
  expect(await canConnect('/nowhere/control.sock')).toBe(false)
})
