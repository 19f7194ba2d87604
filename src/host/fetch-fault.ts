/** There is no answer. `GIVE_UP`: asking again would be refused again. `RETRY_LATER`: network or time. */
export class FetchFault extends Error {
  readonly code: 'GIVE_UP' | 'RETRY_LATER'
  constructor(code: FetchFault['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'FetchFault'
    this.code = code
  }
}

/** What any thrown value becomes: the fault that it is, or was caused by; otherwise the network's. */
export function asFault(error: unknown): FetchFault {
  if (error instanceof FetchFault) return error
  for (let cause = error; cause instanceof Error; cause = cause.cause) if (cause instanceof FetchFault) return cause
  return new FetchFault('RETRY_LATER', error instanceof Error ? error.message || error.name : 'no answer', error)
}
