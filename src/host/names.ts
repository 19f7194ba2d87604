/**
 * Addresses of host names. Names are attacker-controlled, and the system's resolver occupies one of the process's two threads for as long as a
 * name server takes to answer, or not: a stranger with a silent one could stop all that needs a name. So the DNS is asked directly, which takes
 * no thread; the system, one question at a time, for what only it knows (hosts file, local names).
 */
import type { LookupAddress } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'

/** @throws when the name has no address, or nobody can say in time */
export type Resolve = (hostname: string) => Promise<readonly LookupAddress[]>

const TIMEOUT_MS = 2_000
const TRIES = 2
/** Questions that wait for the system's resolver. */
const MAX_WAITING = 50

export function createResolve(): Resolve {
  const dns = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  let waiting = 0
  let turn: Promise<unknown> = Promise.resolve()

  function askSystem(hostname: string): Promise<LookupAddress[]> {
    if (waiting >= MAX_WAITING) return Promise.reject(new Error(`too many names to look up; ${hostname} was not`))
    waiting++
    const answer = turn.then(() => lookup(hostname, { all: true, verbatim: true })).finally(() => void waiting--)
    turn = answer.catch(() => {})
    return answer
  }

  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([dns.resolve4(hostname), dns.resolve6(hostname)])
    const found = [...addresses(v4, 4), ...addresses(v6, 6)]
    if (found.length > 0) return found
    const fate = v4.status === 'rejected' ? (v4.reason as unknown) : null
    if (isSilent(fate)) throw fate
    return await askSystem(hostname)
  }
}

const addresses = (answer: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] =>
  answer.status === 'fulfilled' ? answer.value.map((address) => ({ address, family })) : []

/** The name servers do not answer for this name: the system would wait as long, and on a thread. */
const isSilent = (error: unknown): error is Error =>
  error instanceof Error && 'code' in error && (error.code === 'ETIMEOUT' || error.code === 'ESERVFAIL')
