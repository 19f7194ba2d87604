/** The log of an instance as it stood at one moment, served again on loopback, with one byte of one answer changed if wanted. */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

/** `at`: which byte of the answer to change. */
export type Tampering = { readonly path: string; readonly at: (body: Buffer) => number }

export class LogProxy {
  readonly #target: string
  readonly #server: Server
  readonly #answers = new Map<string, Buffer | null>()
  #tampering: Tampering | null = null
  /** True once the changed answer was given: a verifier that never asked has proved nothing. */
  given = false

  private constructor(target: string) {
    this.#target = target
    this.#server = createServer((request, response) => {
      this.#answer(request.url ?? '').then(
        (body) => (body === null ? response.writeHead(404).end() : response.end(body)),
        (error: unknown) => response.writeHead(502).end(String(error)),
      )
    })
  }

  /** @param target  prefix of the log: `https://social.example/log` */
  static async open(target: string): Promise<LogProxy> {
    const proxy = new LogProxy(target)
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve))
    return proxy
  }

  /** Prefix of the log as the verifiers are told it. */
  get prefix(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/log`
  }

  /** From now on, this byte is another one. Null: nothing is changed. */
  tamper(tampering: Tampering | null): void {
    this.#tampering = tampering
    this.given = false
  }

  /** The unchanged body at a path below the prefix. @throws {Error} when there is none */
  async read(path: string): Promise<Buffer> {
    const body = await this.#fetched(path)
    if (body === null) throw new Error(`the log has no ${path}`)
    return body
  }

  close(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  async #answer(url: string): Promise<Buffer | null> {
    const path = url.replace(/^\/log/, '')
    const body = await this.#fetched(path)
    if (body === null || path !== this.#tampering?.path) return body
    const changed = Buffer.from(body)
    const at = this.#tampering.at(body)
    if (changed[at] === undefined) throw new Error(`${path} has no byte ${at}`)
    changed[at] ^= 1
    this.given = true
    return changed
  }

  async #fetched(path: string): Promise<Buffer | null> {
    const known = this.#answers.get(path)
    if (known !== undefined) return known
    const answer = await fetch(`${this.#target}${path}`, { headers: { 'accept-encoding': 'identity' } })
    if (!answer.ok && answer.status !== 404) throw new Error(`${path} answered ${answer.status}`)
    const body = answer.ok ? Buffer.from(await answer.arrayBuffer()) : null
    this.#answers.set(path, body)
    return body
  }
}
