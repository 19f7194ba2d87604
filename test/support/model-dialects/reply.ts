/** What a model of ours says, before it is put into the words of a provider's API. */

export type Reply = {
  /** Pieces of the answer, in order. */
  readonly text?: readonly string[]
  /** Pieces of what it thinks first, where the dialect has it. */
  readonly reasoning?: readonly string[]
  readonly calls?: readonly { readonly id: string; readonly name: string; readonly args: object }[]
  readonly usage?: { readonly input: number; readonly output: number; readonly cached?: number }
  /** Milliseconds before each piece. */
  readonly pauseMs?: number
  /** `cut`: the connection breaks after the pieces; `hang`: nothing comes after them; `length`: it ran out of tokens. */
  readonly ending?: 'cut' | 'hang' | 'length'
  /** An error instead: its status, and what the body says. */
  readonly status?: number
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** One frame of a stream of events; `event` where the dialect names it. */
export type Frame = { readonly event?: string; readonly data: unknown }

/** How a provider's API says a reply. `frames`: of the stream, without those that end it when it is cut or hangs. */
export type Dialect = {
  readonly whole: (reply: Required<Pick<Reply, 'text' | 'usage'>> & Reply, model: string) => object
  readonly frames: (reply: Required<Pick<Reply, 'text' | 'usage'>> & Reply, model: string) => Frame[]
  /** The last frames: what is left out of a stream that breaks off. */
  readonly end: (reply: Required<Pick<Reply, 'text' | 'usage'>> & Reply, model: string, question: { readonly [member: string]: unknown }) => Frame[]
}
