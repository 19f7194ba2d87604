/** Reads large pages in a thread of its own, so that nobody else waits for them; small ones at once. With limits on time and memory. */
import { Worker } from 'node:worker_threads'
import { skipped } from '../found.ts'
import { type PageRead, readGiven, type Source } from './page.ts'

export type Reading = { readonly text: string; readonly source: Source }

/** Characters that are read in a few milliseconds. */
const SMALL = 100_000
const LONGEST_MS = 30_000
const MEMORY_MB = 1_024

export async function readPageText(text: string, source: Source): Promise<PageRead> {
  if (text.length <= SMALL) return readGiven(text, source)
  const worker = new Worker(new URL('./read-worker.ts', import.meta.url), {
    workerData: { text, source } satisfies Reading,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB },
  })
  try {
    return await answerOf(worker)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY')) throw error
    return refused(source, 'it takes more memory than a page may')
  } finally {
    await worker.terminate()
  }
}

function answerOf(worker: Worker): Promise<PageRead> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(refused(null, `it takes longer than ${LONGEST_MS / 1000} s to read`)), LONGEST_MS)
    const end = (then: () => void) => {
      clearTimeout(timer)
      then()
    }
    worker.once('message', (read: PageRead) => end(() => resolve(read)))
    worker.once('error', (error) => end(() => reject(error)))
    worker.once('exit', (code) => end(() => reject(new Error(`the reader ended with ${code}`))))
  })
}

const refused = (source: Source | null, why: string): PageRead => ({
  provider: source?.provider ?? null,
  founds: [skipped('page', 'too-large', why)],
})
