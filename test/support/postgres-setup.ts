/**
 * Starts one embedded PostgreSQL for a test run (or takes TEST_DATABASE_URL) and tells the tests where it is. It runs without fsync: tests kill
 * our processes, never the machine.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { TestProject } from 'vitest/node'
import { startPostgres } from '../../src/host/postgres.ts'

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const given = process.env['TEST_DATABASE_URL']
  if (given !== undefined && given !== '') {
    project.provide('postgresUrl', given)
    project.provide('throwaway', false)
    return undefined
  }
  const dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-test-'))
  await chmod(dir, 0o711) // PostgreSQL's unprivileged user must pass through
  const server = await startPostgres(dir, { fsync: 'off', max_connections: '200' })
  project.provide('postgresUrl', server.url)
  project.provide('throwaway', true)
  return async () => {
    await server.stop()
    await rm(dir, { recursive: true, force: true })
  }
}
