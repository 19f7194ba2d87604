/**
 * Background jobs: BullMQ on the instance's PostgreSQL, or on Redis when there is one. A job is a hint to look at durable rows, or work that may be
 * repeated: queues may be lost, facts are in the ledger.
 */
import {
  type JobsOptions as BullJobsOptions,
  createPostgresBackend,
  type Processor,
  Queue,
  type QueueOptions,
  Worker,
  type WorkerOptions,
  withBackend,
} from 'bullmq'

export type JobsOptions = {
  readonly databaseUrl: string
  readonly redisUrl: string | null
  /** Keeps instances that share a Redis apart. */
  readonly prefix?: string
  readonly log?: (level: 'warn', message: string, fields?: Readonly<Record<string, unknown>>) => void
}

export type AddOptions = {
  /** A job with the id of one that waits or runs is not added again. */
  readonly id?: string
  readonly delayMs?: number
}

export type JobQueue<T> = { add(data: T, options?: AddOptions): Promise<void> }

export type QueueDefinition<T> = {
  readonly name: string
  /** Jobs of this queue that run at once in this process. */
  readonly concurrency: number
  /** Tries in all, with exponential back-off from one second; default 1. */
  readonly attempts?: number
  readonly run: (data: T) => Promise<void>
}

export type Jobs = {
  /** A queue and the worker that empties it. Names are unique per process. */
  define<T>(definition: QueueDefinition<T>): Promise<JobQueue<T>>
  /** Waits for running jobs, then lets go of every connection. */
  close(): Promise<void>
}

/** Jobs of a killed process are taken up again after this long. */
const LOCK_MS = 10_000

export function createJobs(options: JobsOptions): Jobs {
  const backend = options.redisUrl === null ? onPostgres(options.databaseUrl) : onRedis(options.redisUrl, options.prefix ?? 'vivim')
  const closers: (() => Promise<void>)[] = []
  const complain = (name: string) => (error: Error) => options.log?.('warn', 'a background queue complains', { queue: name, error: error.message })

  return {
    async define<T>({ name, concurrency, attempts = 1, run }: QueueDefinition<T>) {
      const queue = backend.queue(name, {
        defaultJobOptions: { attempts, backoff: { type: 'exponential', delay: 1_000 }, removeOnComplete: true, removeOnFail: { count: 100 } },
      })
      queue.on('error', complain(name))
      await queue.waitUntilReady()
      const worker = backend.worker(name, async (job) => run(job.data as T), {
        concurrency,
        lockDuration: LOCK_MS,
        stalledInterval: LOCK_MS,
        maxStalledCount: 5,
      })
      worker.on('error', complain(name))
      worker.on('failed', (_, error) => complain(name)(error))
      await worker.waitUntilReady()
      closers.push(async () => {
        await worker.close()
        await queue.close()
      })
      return {
        async add(data, { id, delayMs } = {}) {
          await queue.add(name, data, {
            ...(id === undefined ? {} : { jobId: encodeURIComponent(id) }),
            ...(delayMs === undefined ? {} : { delay: delayMs }),
          })
        },
      }
    },
    close: async () => void (await Promise.all(closers.map((close) => close()))),
  }
}

type Without<O> = Omit<O, 'connection'>
type Connected = { on(event: 'error', listener: (error: Error) => void): unknown; waitUntilReady(): Promise<unknown>; close(): Promise<void> }
type Backend = {
  queue(name: string, options: Without<QueueOptions>): Connected & { add(name: string, data: unknown, options: BullJobsOptions): Promise<unknown> }
  worker(
    name: string,
    run: Processor<unknown>,
    options: Without<WorkerOptions>,
  ): Connected & { on(event: 'failed', listener: (job: unknown, error: Error) => void): unknown }
}

function onPostgres(databaseUrl: string): Backend {
  const { Queue, Worker } = withBackend(createPostgresBackend)
  const connection = { connectionString: databaseUrl, schema: 'bullmq', migrate: true, max: 4 }
  return {
    queue: (name, options) => new Queue(name, { ...options, connection }),
    worker: (name, run, options) => new Worker(name, run, { ...options, connection }),
  }
}

function onRedis(redisUrl: string, prefix: string): Backend {
  const connection = { url: redisUrl, maxRetriesPerRequest: null }
  return {
    queue: (name, options) => new Queue(name, { ...options, prefix, connection }),
    worker: (name, run, options) => new Worker(name, run, { ...options, prefix, connection }),
  }
}
