/** An instance of its own for measurements of the vault: real ledger, imports, read tables and retrieval, in a temporary directory. */
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { createLocalAccount } from '../../src/api/sign-up.ts'
import { readConfig } from '../../src/config.ts'
import { Imports } from '../../src/conversations/imports.ts'
import { type Instance, openInstance } from '../../src/instance.ts'
import { Retrieval } from '../../src/memory/retrieval/retrieval.ts'
import { RowCipher } from '../../src/projections/row-cipher.ts'

export type VaultPlace = {
  readonly dir: string
  readonly instance: Instance
  readonly imports: Imports
  readonly retrieval: Retrieval
  readonly cipher: RowCipher
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
      return await withParts(dir, instance, work)
    } finally {
      await instance.close()
    }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}

async function withParts<T>(dir: string, instance: Instance, work: (place: VaultPlace) => Promise<T>): Promise<T> {
  const { ledger, databaseUrl, projections, now } = instance
  const cipher = new RowCipher(ledger.rowKey)
  const imports = await Imports.open({ ...instance, cipher, log: complain })
  const retrieval = await Retrieval.open({ databaseUrl, rowKey: ledger.rowKey, projections, now, log: complain })
  const founding = { title: 'Bench', origin: instance.config.origin, software: 'bench' }
  await instance.execute({ by: 'instance', lane: 'public', commands: [{ do: 'SetUpInstance', data: founding }] })
  let people = 0
  try {
    return await work({
      dir,
      instance,
      imports,
      retrieval,
      cipher,
      async createAccount(username) {
        const { id } = await createLocalAccount(instance, { username, password: PASSWORD, email: null, role: people++ === 0 ? 'owner' : 'user' })
        return id
      },
    })
  } finally {
    await retrieval.close()
    await imports.close()
  }
}

const complain = (level: string, message: string, fields?: object): void => {
  if (level === 'warn' || level === 'error') console.error(`  ${level}: ${message} ${fields === undefined ? '' : JSON.stringify(fields)}`)
}
