/** What an error looks like to whom it goes: JSON for programs, RFC 9457 for our own API, a page for people. Also 404s. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ApiError, notFound, toApiError } from './errors.ts'
import { errorPage } from './pages/error.ts'
import { sendPage } from './pages/layout.ts'

const OURS = '/api/vivim/'
/** Never a page there, whatever `Accept` says: clients parse JSON. */
const FOR_PROGRAMS = /^\/(?:api|\.well-known|nodeinfo|log|inbox|actor|users|oauth\/(?:token|register|revoke|userinfo))(?:[/?]|$)/

export function registerAnswers(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply))
  app.setNotFoundHandler((request, reply) => answerError(notFound(), request, reply))
}

/** Answers an error and logs it when it is ours. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const answer = toApiError(error)
  if (answer.status >= 500 && answer !== error) request.log.error({ err: error }, 'request failed')
  reply.code(answer.status).headers(answer.headers)
  if (wantsPage(request)) return sendPage(reply, errorPage(answer.status, answer.message))
  if (request.url.startsWith(OURS)) return reply.type('application/problem+json').send(problem(answer))
  return reply.type('application/json; charset=utf-8').send(JSON.stringify({ error: answer.message, ...answer.details }))
}

/** Whether a person with a browser is asking, outside of the paths made for programs. */
export function wantsPage(request: FastifyRequest): boolean {
  return !FOR_PROGRAMS.test(request.url) && (request.headers.accept ?? '').includes('text/html')
}

/** @see RFC 9457 section 3 */
const problem = (answer: ApiError): string => JSON.stringify({ type: 'about:blank', title: answer.message, status: answer.status, ...answer.details })
