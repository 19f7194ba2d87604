/** What a command on an instance is, and how it fails. It runs inside the process that holds the instance, wherever it was asked for. */
import type { z } from 'zod'
import { ApiError } from '../api/errors.ts'
import type { Instance } from '../instance.ts'

export type Progress = { readonly label: string; readonly done: number; readonly total: number }
export type OnProgress = (progress: Progress) => void

/** `A`: its arguments. `R`: its result, plain JSON. */
export type InstanceCommand<A, R> = {
  readonly run: (instance: Instance, args: A, onProgress: OnProgress) => Promise<R>
  /** The same with arguments that nobody has checked, as they come over the control socket. @throws {CommandError} and nothing else */
  readonly accept: (instance: Instance, args: unknown, onProgress: OnProgress) => Promise<R>
}

/** @param args  the shape that arguments must have */
export function command<A, R>(args: z.ZodType<A>, run: InstanceCommand<A, R>['run']): InstanceCommand<A, R> {
  return {
    run,
    async accept(instance, given, onProgress) {
      const parsed = args.safeParse(given)
      if (!parsed.success)
        throw new CommandError('REFUSED', parsed.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join('; '))
      return run(instance, parsed.data, onProgress).catch((error: unknown) => {
        throw toCommandError(error)
      })
    },
  }
}

/**
 * A command that did not do what was asked; the message is for the person at the terminal.
 *
 * `REFUSED`: the answer is no, and would be again. `FAILED`: something did not work, trying again may help.
 */
export class CommandError extends Error {
  readonly code: 'REFUSED' | 'FAILED'
  constructor(code: CommandError['code'], message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CommandError'
    this.code = code
  }
}

/** What went wrong, in words for the operator. */
export function toCommandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new CommandError(error instanceof ApiError && error.status < 500 ? 'REFUSED' : 'FAILED', message, error)
}
