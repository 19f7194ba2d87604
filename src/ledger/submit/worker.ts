/** A thread that checks and seals signed commits, see jobs.ts. One message in, one message out, in order. */
import { parentPort, workerData } from 'node:worker_threads'
import { doJobs } from './jobs.ts'

const { kek } = workerData as { readonly kek: Uint8Array }

parentPort?.on('message', (packed: Uint8Array) => {
  const results = doJobs(packed, kek)
  parentPort?.postMessage(results, [results.buffer])
})
