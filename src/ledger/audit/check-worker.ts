/** A thread that decides slabs of checks, one after the other, and hands each slab back with its verdicts. */
import { parentPort } from 'node:worker_threads'
import { decideAll } from './check-batch.ts'

export type Slab = { readonly slab: ArrayBuffer; readonly count: number }
export type Decided = { readonly slab: ArrayBuffer; readonly verdicts: Uint8Array<ArrayBuffer> }

parentPort?.on('message', ({ slab, count }: Slab) => {
  const verdicts = decideAll(Buffer.from(slab), count)
  parentPort?.postMessage({ slab, verdicts } satisfies Decided, [slab, verdicts.buffer])
})
