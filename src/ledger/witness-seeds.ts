/**
 * The name under which this instance cosigns for others, and where the seeds of its two keys are sealed.
 *
 * A database that was put back has forgotten part of what it had cosigned. So the seeds are destroyed then, and new ones made: no key ever vouches
 * for less than it did before.
 */
import type { Keyring } from './keyring.ts'
import { parseOrigin } from './log-break.ts'

export type WitnessSeeds = {
  /** `host[:port]/witness/1`: counts the logs of this host, as the origin does. */
  readonly name: string
  /** Names in the keyring. */
  readonly ed25519: string
  readonly mlDsa44: string
}

/** @param origin  of our own log in force */
export function witnessSeeds(origin: string): WitnessSeeds {
  const { host, number } = parseOrigin(origin)
  const name = `${host}/witness/${number}`
  return { name, ed25519: `${name}/ed25519`, mlDsa44: `${name}/ml-dsa-44` }
}

/** From the next start on this instance is another witness. */
export async function forgetWitness(keyring: Pick<Keyring, 'destroy'>, origin: string): Promise<void> {
  const { ed25519, mlDsa44 } = witnessSeeds(origin)
  await keyring.destroy(ed25519)
  await keyring.destroy(mlDsa44)
}
