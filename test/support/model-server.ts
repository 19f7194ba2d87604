/**
 * A server of our own that speaks as the providers of models do: chat completions (whole and streamed, tools, JSON), OpenAI's responses, Anthropic's
 * messages, Google's generateContent, embeddings. It says what a test tells it to say, and remembers what it was asked.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { chatCompletions } from './model-dialects/chat-completions.ts'
import { generateContent } from './model-dialects/generate-content.ts'
import { messages } from './model-dialects/messages.ts'
import type { Dialect, Frame, Reply } from './model-dialects/reply.ts'
import { responses } from './model-dialects/responses.ts'

export type { Reply } from './model-dialects/reply.ts'

/** What the dialects have in common, and whatever else was sent. */
export type Question = {
  readonly model: string
  readonly stream?: boolean
  readonly messages?: readonly { readonly role: string; readonly content: unknown }[]
  readonly input?: unknown
  readonly tools?: readonly object[]
  readonly [more: string]: unknown
}

export type Asked = {
  readonly path: string
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly body: Question
  /** Resolves when whoever asked has gone, or was answered. */
  readonly gone: Promise<void>
}

type Saying = Reply | ((asked: Asked) => Reply | Promise<Reply>)

export type ModelServer = {
  /** `http://127.0.0.1:port`; the OpenAI-compatible API is below `/v1`, Google's below `/v1beta`. */
  readonly url: string
  /** Everything it was asked, in order. */
  readonly asked: readonly Asked[]
  /** What it says to the next questions, in order; after the last of them, `Hello!` again and again. A function sees the question. */
  say(...replies: readonly Saying[]): void
  /** Forgets what it was told to say and has not said. */
  forget(): void
  close(): Promise<void>
}

const HELLO: Reply = { text: ['Hel', 'lo!'] }

export async function modelServer(): Promise<ModelServer> {
  const asked: Asked[] = []
  const replies: Saying[] = []
  const server = createServer((request, response) => {
    response.on('error', () => {})
    void answer(request, response).catch(() => response.destroy())
  })

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await bodyOf(request)
    const gone = new Promise<void>((resolve) => response.on('close', resolve))
    const one: Asked = { path: request.url ?? '', headers: request.headers, body: JSON.parse(text) as Question, gone }
    asked.push(one)
    if (one.path.endsWith('/embeddings')) return json(response, embeddings(one.body.input as readonly string[], one.body.model))
    if (one.path.includes(':batchEmbedContents')) return json(response, { embeddings: (one.body['requests'] as ToEmbed[]).map(valuesOf) })
    if (one.path.includes(':embedContent')) return json(response, { embedding: valuesOf(one.body as unknown as ToEmbed) })
    const spoken = dialectOf(one)
    if (spoken === null) return json(response, { error: { message: `no ${one.path} here` } }, 404)
    const next = replies.shift() ?? HELLO
    const reply = typeof next === 'function' ? await next(one) : next
    if (reply.status !== undefined) {
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers }).end(reply.body ?? '{}')
      return
    }
    await speak(response, { ...spoken, question: one.body }, { text: [], usage: { input: 25, output: 7 }, ...reply })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    say: (...more) => void replies.push(...more),
    forget: () => void replies.splice(0),
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

type Spoken = { readonly dialect: Dialect; readonly model: string; readonly streamed: boolean; readonly question: Question }

function dialectOf({ path, body }: Asked): Omit<Spoken, 'question'> | null {
  if (path.endsWith('/chat/completions')) return { dialect: chatCompletions, model: body.model, streamed: body.stream === true }
  if (path.endsWith('/responses')) return { dialect: responses, model: body.model, streamed: body.stream === true }
  if (path.endsWith('/messages')) return { dialect: messages, model: body.model, streamed: body.stream === true }
  const google = /\/models\/([^:]+):(streamGenerateContent|generateContent)/.exec(path)
  return google === null ? null : { dialect: generateContent, model: google[1] ?? '', streamed: google[2] === 'streamGenerateContent' }
}

async function speak(
  response: ServerResponse,
  { dialect, model, streamed, question }: Spoken,
  reply: Parameters<Dialect['whole']>[0],
): Promise<void> {
  if (!streamed) {
    await sleep(reply.pauseMs ?? 0)
    return json(response, dialect.whole(reply, model))
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  await write(response, dialect.frames(reply, model), reply.pauseMs ?? 0)
  if (reply.ending === 'hang') return
  if (reply.ending === 'cut') return void response.destroy()
  await write(response, dialect.end(reply, model, question), 0)
  response.end()
}

async function write(response: ServerResponse, frames: readonly Frame[], pauseMs: number): Promise<void> {
  for (const { event, data } of frames) {
    if (pauseMs > 0) await sleep(pauseMs)
    if (response.destroyed) return
    const line = typeof data === 'string' ? data : JSON.stringify(data)
    response.write(`${event === undefined ? '' : `event: ${event}\n`}data: ${line}\n\n`)
  }
  await sleep(5) // for what was written to leave before a connection is cut
}

function json(response: ServerResponse, body: object, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

/** @see https://platform.openai.com/docs/api-reference/embeddings/create */
const embeddings = (input: readonly string[], model: string): object => ({
  object: 'list',
  data: input.map((text, index) => ({ object: 'embedding', index, embedding: vectorOf(text) })),
  model,
  usage: { prompt_tokens: 8, total_tokens: 8 },
})

/** @see https://ai.google.dev/api/embeddings */
type ToEmbed = { readonly content: { readonly parts: readonly { readonly text: string }[] } }
const valuesOf = ({ content }: ToEmbed): object => ({ values: vectorOf(content.parts.map(({ text }) => text).join(' ')) })

const DIMENSIONS = 64

/** Texts that share words are near one another: what a bag of words can do. */
function vectorOf(text: string): number[] {
  const vector = Array.from({ length: DIMENSIONS }, () => 0)
  for (const word of text.toLowerCase().match(/\p{L}+/gu) ?? []) {
    let place = 7
    for (const letter of word) place = (place * 31 + (letter.codePointAt(0) ?? 0)) % 1_000_003
    vector[place % DIMENSIONS] = (vector[place % DIMENSIONS] ?? 0) + 1
  }
  const length = Math.hypot(...vector) || 1
  return vector.map((value) => value / length)
}
