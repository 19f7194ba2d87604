import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { CLIENT_VERSION, VERSION } from '../../../src/api/version.ts'

test('the version is the package’s, and clients read a Mastodon version first', () => {
  const { version } = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8')) as { version: string }
  expect(VERSION).toBe(version)
  expect(CLIENT_VERSION).toMatch(/^4\.\d+\.\d+ \(compatible; Vivim \d+\.\d+\.\d+\)$/)
})
