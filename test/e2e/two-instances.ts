/** Two instances of their own processes, a person on each, for the end-to-end tests. */
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort, type InstanceProcess, type StartOptions, startInstance } from '../../demo/instance-process.ts'
import { type Person, setUp, signIn } from '../../demo/person.ts'

export const PASSWORD = 'correct horse battery staple'

export type Side = { instance: InstanceProcess; readonly person: Person; readonly start: StartOptions }

/** An instance, set up by its owner `username`, who has signed in with an app. Rate limits are off: a burst is what we test. */
export async function openSide(base: string, username: string, env: Readonly<Record<string, string>> = {}): Promise<Side> {
  const dataDir = path.join(base, username)
  await mkdir(dataDir, { mode: 0o711 })
  const start = { dataDir, port: await freePort(), env: { VIVIM_RATE_LIMITS: 'false', ...env } }
  const instance = await startInstance(start)
  if (instance.setupUrl === null) throw new Error(`no set-up link was printed:\n${instance.output()}`)
  await setUp(instance.setupUrl, `${username}'s place`, { username, password: PASSWORD })
  return { instance, start, person: await signIn(instance.origin, { username, password: PASSWORD }) }
}

/** Polls until `look` finds something. @throws {Error} naming what was waited for */
export async function until<T>(what: string, look: () => Promise<T | null | undefined | false>, timeoutMs = 30_000): Promise<T> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
    const seen = await look()
    if (seen !== null && seen !== undefined && seen !== false) return seen
  }
  throw new Error(`waited ${timeoutMs / 1000} s: ${what}`)
}

/** `@username@host` as others write it. */
export const handle = ({ person }: Side): string => `@${person.username}@${new URL(person.origin).host}`

/** `follower` follows `followed` across instances and waits until it is accepted. Returns the followed account's id at the follower's instance. */
export async function follow(follower: Side, followed: Side): Promise<string> {
  const { accounts } = await follower.person.client.v2.search.list({ q: handle(followed), resolve: true, type: 'accounts' })
  const account = accounts[0]
  if (account === undefined) throw new Error(`${handle(followed)} was not found`)
  await follower.person.client.v1.accounts.$select(account.id).follow()
  await until(
    'the follow is accepted',
    async () => (await follower.person.client.v1.accounts.relationships.fetch({ id: [account.id] }))[0]?.following,
  )
  return account.id
}

/** Every status of an account as one instance shows it, newest first. */
export async function allStatuses(side: Side, accountId: string): Promise<{ readonly id: string; readonly uri: string; readonly content: string }[]> {
  const found = []
  for await (const page of side.person.client.v1.accounts.$select(accountId).statuses.list({ limit: 40 })) found.push(...page)
  return found
}
