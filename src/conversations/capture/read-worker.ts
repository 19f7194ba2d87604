/** The thread that reads one large page; see reader.ts. */
import { parentPort, workerData } from 'node:worker_threads'
import { readGiven } from './page.ts'
import type { Reading } from './reader.ts'

const { text, source } = workerData as Reading
parentPort?.postMessage(readGiven(text, source), [])
