/** An instance of its own for measurements of the vault: real ledger, imports, read tables and retrieval, in a temporary directory. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createLocalAccount } from '../../src/api/sign-up.ts'
import { readConfig } from '../../src/config.ts'
import { type Instance, openInstance } from '../../src/instance.ts'

export type VaultPlace = {
  readonly dir: string
  readonly instance: Instance
  /** The id of a new account, the owner first. */
  createAccount(username: string): Promise<string>
}

const PASSWORD = 'a password for measurements'

/** Runs the work, then removes everything. */
export async function withVault<T>(work: (place: VaultPlace) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(path.join(os.tmpdir(), 'vivim-vault-'))
  await chmod(dir, 0o711) // PostgreSQL's unprivileged user must pass through
  try {
    const instance = await openInstance(readConfig({ VIVIM_DATA: dir, PORT: '3000' }), { listen: false, log: complain })
    try {
      return await work(await founded(dir, instance))
    } finally {
      await instance.close()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function founded(dir: string, instance: Instance): Promise<VaultPlace> {
  const data = { title: 'Bench', origin: instance.config.origin, software: 'bench' }
  const outcome = await instance.execute({ by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data }] })
  if (!outcome.ok) throw new Error(`the instance could not be set up: ${JSON.stringify(outcome)}`)
  let people = 0
  return {
    dir,
    instance,
    async createAccount(username) {
      const { id } = await createLocalAccount(instance, { username, password: PASSWORD, email: null, role: people++ === 0 ? 'owner' : 'user' })
      return id
    },
  }
}

const complain = (level: string, message: string, fields?: object): void => {
  if (level === 'warn' || level === 'error') console.error(`  ${level}: ${message} ${fields === undefined ? '' : JSON.stringify(fields)}`)
}
