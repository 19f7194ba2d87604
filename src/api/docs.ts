/** /api/docs: the OpenAPI document and a reference to read it with. Scalar (5 MB) is loaded when somebody looks, not before. */
import type { FastifyInstance, FastifyReply } from 'fastify'
import type { ApiDeps } from './deps.ts'
import { openApiDocument } from './openapi.ts'
import { html } from './pages/html.ts'
import { VERSION } from './version.ts'

const ROOT = '/api/docs'
/** Scalar styles itself from script; it needs nothing from elsewhere. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')
const CONFIGURATION = JSON.stringify({
  withDefaultFonts: false,
  showDeveloperTools: 'never',
  hideClientButton: true,
  telemetry: false,
  agent: { disabled: true },
  mcp: { disabled: true },
})

export function registerDocs(app: FastifyInstance, { config }: Pick<ApiDeps, 'config'>): void {
  app.get(ROOT, async (_request, reply) => reply.type('text/html; charset=utf-8').header('content-security-policy', POLICY).send(page()))
  app.get(`${ROOT}/openapi.json`, async () => openApiDocument(config.origin))
  app.get(`${ROOT}/scalar-${VERSION}.js`, async (_request, reply) => sendScalar(reply))
}

const page = (): string =>
  `<!doctype html>\n${
    html`<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>VIVIM API</title></head>
<body>
<noscript><p>This reference needs scripts. The document itself: <a href="${ROOT}/openapi.json">OpenAPI, JSON</a>.</p></noscript>
<script id="api-reference" data-url="${ROOT}/openapi.json" data-configuration="${CONFIGURATION}"></script>
<script src="${ROOT}/scalar-${VERSION}.js"></script>
</body>
</html>`.text
  }\n`

/** The browser bundle lives inside Scalar's Fastify plugin, so a server of its own is asked for it. */
async function sendScalar(reply: FastifyReply): Promise<FastifyReply> {
  const [{ default: scalar }, { default: Fastify }] = await Promise.all([import('@scalar/fastify-api-reference'), import('fastify')])
  const inner = Fastify()
  await inner.register(scalar, { routePrefix: ROOT, configuration: { url: `${ROOT}/openapi.json` } })
  const { rawPayload } = await inner.inject(`${ROOT}/js/scalar.js`)
  return reply.type('text/javascript; charset=utf-8').header('cache-control', 'public, max-age=86400').send(rawPayload)
}
