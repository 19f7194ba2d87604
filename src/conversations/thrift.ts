/**
 * Keeps the process small while an archive is imported: V8 lets garbage pile up to several times of what is in use, because it does not know that a
 * long import is nothing to prepare for. What is in use is bounded by the readers; this gives the rest back.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (how: { readonly type: 'major'; readonly flavor: 'last-resort' }) => void

/** Resident bytes of the process from which on it is worth a pause. */
const ENOUGH = 256_000_000
/** A pause of some tens of milliseconds, this often at most. */
const INTERVAL_MS = 3_000

/** @returns to be called whenever a piece of work is done */
export function thrift(): () => void {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as Collect
  setFlagsFromString('--no-expose-gc')
  let last = performance.now()
  return () => {
    const now = performance.now()
    if (now - last < INTERVAL_MS || process.memoryUsage.rss() < ENOUGH) return
    collect({ type: 'major', flavor: 'last-resort' })
    last = performance.now()
  }
}
