/** Load on loopback, bounded in count and time. */
import { setTimeout as sleep } from 'node:timers/promises'

/** Calls `work` at a fixed rate, whatever the answers take (open loop). Returns milliseconds per call, from its due time. */
export async function atRate(perSecond: number, count: number, work: (n: number) => Promise<void>): Promise<readonly number[]> {
  const samples: number[] = []
  const began = performance.now()
  const calls: Promise<void>[] = []
  for (let n = 0; n < count; n += 1) {
    const due = began + (n * 1000) / perSecond
    const wait = due - performance.now()
    if (wait > 0) await sleep(wait)
    calls.push(work(n).then(() => void samples.push(performance.now() - Math.max(due, began))))
  }
  await Promise.all(calls)
  return samples
}

/** Keeps `parallel` calls in flight until `count` are done (closed loop). Returns calls per second. */
export async function asFastAsPossible(parallel: number, count: number, work: (n: number) => Promise<void>): Promise<number> {
  const began = performance.now()
  let next = 0
  const worker = async () => {
    for (let n = next++; n < count; n = next++) await work(n)
  }
  await Promise.all(Array.from({ length: parallel }, worker))
  return (count * 1000) / (performance.now() - began)
}
