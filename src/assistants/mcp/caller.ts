/** Who calls the MCP server: whose vault it is, through which application, and what the assistant calls itself. */
import type { Reader } from '../../events/memories.ts'

/** Whoever is at the other end may act for this account. */
export type Caller = {
  readonly accountId: string
  /** The application that the person allowed; null: a program of the operator, or a token without one. */
  readonly app: { readonly id: string; readonly name: string } | null
  readonly grantId: string | null
}

/** What a client says it is; attacker-controlled. */
export type ClientInfo = { readonly name: string; readonly version?: string | undefined } | undefined

const LONGEST = 200

/** For the note of what was read: the name that the person allowed, and the one that the client gives itself now. */
export function readerOf({ app, grantId }: Caller, client: ClientInfo): Reader {
  const said = client === undefined ? '' : plain(`${client.name} ${client.version ?? ''}`)
  const allowed = plain(app?.name ?? '')
  const name = allowed === '' ? said : said === '' ? allowed : `${allowed} (${said})`
  return { kind: 'assistant', appId: app?.id ?? null, grantId, name: name === '' ? 'An assistant without a name' : name }
}

const plain = (text: string): string =>
  text
    .slice(0, LONGEST)
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
