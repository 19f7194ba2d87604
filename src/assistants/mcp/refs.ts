/** Names of things as assistants hold them: `memory:123`, `message:123`, `conversation:123`; in contexts `[m:123]`, `[t:123]`, `[c:123]`. Pure. */
import { Refused } from './toolbox.ts'

export type Kind = 'memory' | 'message' | 'conversation'
export type Ref = { readonly kind: Kind; readonly id: string }

const KINDS: Readonly<Record<string, Kind>> = {
  memory: 'memory',
  m: 'memory',
  message: 'message',
  t: 'message',
  conversation: 'conversation',
  c: 'conversation',
}

export const refTo = (kind: Kind, id: string): string => `${kind}:${id}`

/** @param text attacker-controlled @param usual of a bare number @throws {Refused} */
export function parseRef(text: string, usual?: Kind): Ref {
  const match = /^\s*\[?(?:vivim:\/\/)?(?:([a-z]{1,12})[:/])?(\d{1,19})\]?\s*$/i.exec(text)
  const kind = match?.[1] === undefined ? usual : KINDS[match[1].toLowerCase()]
  const id = match?.[2]
  if (kind === undefined || id === undefined) throw new Refused(`${JSON.stringify(text.slice(0, 60))} names nothing here: ids look like memory:123`)
  return { kind, id }
}

/** The id of a memory, however it is written. @throws {Refused} */
export function memoryIdIn(text: string): string {
  const { kind, id } = parseRef(text, 'memory')
  if (kind !== 'memory') throw new Refused(`${kind}:${id} is no memory`)
  return id
}

/** Where a person with a token can read it. */
export const addressOf = (origin: string, { kind, id }: Ref): string =>
  `${origin}/api/vivim/v1/${kind === 'memory' ? 'memories' : kind === 'message' ? 'messages' : 'conversations'}/${id}`
