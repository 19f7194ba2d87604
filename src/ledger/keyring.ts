/** The keyring: named secrets (signing keys, federation keys) sealed in the database under the instance secret. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type pg from 'pg'
import sql from 'sql-template-tag'
import { deriveKey } from './secret.ts'
import { LedgerFault } from './types.ts'

const NONCE = 12
const TAG = 16
/** Sealed on the first run; opening it proves that the secret is the one this database was sealed with. */
const CHECK = 'check'

export class Keyring {
  readonly #pool: Pick<pg.Pool, 'query'>
  readonly #key: Uint8Array

  private constructor(pool: Pick<pg.Pool, 'query'>, secret: Uint8Array) {
    this.#pool = pool
    this.#key = deriveKey(secret, 'keyring')
  }

  /** @throws {LedgerFault} GIVE_UP when the database was sealed with another secret */
  static async open(pool: Pick<pg.Pool, 'query'>, secret: Uint8Array): Promise<Keyring> {
    const keyring = new Keyring(pool, secret)
    const { rows } = await pool.query<{ sealed: boolean }>(
      `select exists (select from ledger.sealed_key) or exists (select from ledger.part_key) as sealed`,
    )
    if (rows[0]?.sealed === true) await keyring.#check()
    else await keyring.seal(CHECK, randomBytes(32))
    return keyring
  }

  /** Stores `bytes` under `name` unless the name is taken; the bytes that are stored now. The first writer wins. */
  async seal(name: string, bytes: Uint8Array): Promise<Uint8Array> {
    const sealed = encrypt(this.#key, name, bytes)
    await this.#pool.query(sql`insert into ledger.sealed_key (name, sealed) values (${name}, ${sealed}) on conflict (name) do nothing`)
    return (await this.open(name)) ?? bytes
  }

  /** Stores `bytes` under `name`, in place of what is there. */
  async replace(name: string, bytes: Uint8Array): Promise<void> {
    const sealed = encrypt(this.#key, name, bytes)
    await this.#pool.query(
      sql`insert into ledger.sealed_key (name, sealed) values (${name}, ${sealed}) on conflict (name) do update set sealed = excluded.sealed`,
    )
  }

  /** Deletes the secret of that name; nothing happens when there is none. */
  async destroy(name: string): Promise<void> {
    await this.#pool.query(sql`delete from ledger.sealed_key where name = ${name}`)
  }

  /** The secret of that name, or null. @throws {LedgerFault} GIVE_UP when it does not open */
  async open(name: string): Promise<Uint8Array | null> {
    return (await this.openAll([name])).get(name) ?? null
  }

  /** Names of the secrets that begin with `prefix`. */
  async names(prefix: string): Promise<string[]> {
    const { rows } = await this.#pool.query<{ name: string }>(sql`select name from ledger.sealed_key where starts_with(name, ${prefix})`)
    return rows.map(({ name }) => name)
  }

  /** Those of the named secrets that exist, in one query. */
  async openAll(names: readonly string[]): Promise<Map<string, Uint8Array>> {
    const { rows } = await this.#pool.query<{ name: string; sealed: Buffer }>(
      sql`select name, sealed from ledger.sealed_key where name = any(${names}::text[])`,
    )
    return new Map(rows.map(({ name, sealed }) => [name, decrypt(this.#key, name, sealed)]))
  }

  async #check(): Promise<void> {
    const found = await this.open(CHECK).catch((error: unknown) => {
      if (error instanceof LedgerFault) return null
      throw error // the database does not answer: that says nothing about the secret
    })
    if (found !== null) return
    throw new LedgerFault(
      'GIVE_UP',
      'The instance secret is not the one this database was sealed with. Put the original secret file back (VIVIM_SECRET_FILE): without it the keys cannot be opened.',
    )
  }
}

/** nonce ‖ AES-256-GCM ciphertext ‖ tag; the name is authenticated, so that sealed values cannot be swapped. */
function encrypt(key: Uint8Array, name: string, bytes: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE)
  const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(name))
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()])
}

function decrypt(key: Uint8Array, name: string, sealed: Buffer): Uint8Array {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, NONCE), { authTagLength: TAG })
    decipher.setAAD(Buffer.from(name)).setAuthTag(sealed.subarray(-TAG))
    return Buffer.concat([decipher.update(sealed.subarray(NONCE, -TAG)), decipher.final()])
  } catch (cause) {
    throw new LedgerFault('GIVE_UP', `The sealed key ${JSON.stringify(name)} does not open: wrong instance secret, or damaged.`, name, cause)
  }
}
