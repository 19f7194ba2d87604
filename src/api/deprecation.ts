/** Routes that still work and should not be used by new clients say so. */
import type { preHandlerAsyncHookHandler } from 'fastify'

/** Sets `Deprecation`. @param date when it was deprecated, YYYY-MM-DD @see RFC 9745 section 2 */
export const deprecatedSince = (date: string): preHandlerAsyncHookHandler => {
  const value = `@${Date.parse(date) / 1000}`
  return async (_request, reply) => void reply.header('Deprecation', value)
}
