/**
 * Our cookies: HttpOnly, SameSite=Lax, and on https Secure and bound to this very host. On plain http their names carry the port, because
 * browsers keep one jar for all ports of a host.
 */
import '@fastify/cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'

export type Cookies = {
  get(request: FastifyRequest, name: string): string | null
  /** @param expires null: until the browser closes */
  set(reply: FastifyReply, name: string, value: string, expires: Date | null): void
  clear(reply: FastifyReply, name: string): void
}

/** @param origin the instance's public origin, whatever socket the request came by */
export function createCookies(origin: string): Cookies {
  const { protocol, port } = new URL(origin)
  const secure = protocol === 'https:'
  const options = { path: '/', httpOnly: true, sameSite: 'lax', secure } as const
  const named = (name: string): string => (secure ? `__Host-vivim-${name}` : `vivim-${name}-${port || '80'}`)
  return {
    get: (request, name) => request.cookies[named(name)] ?? null,
    set: (reply, name, value, expires) => void reply.setCookie(named(name), value, expires === null ? options : { ...options, expires }),
    clear: (reply, name) => void reply.clearCookie(named(name), options),
  }
}
