/** An assistant, as claude.ai or ChatGPT are one: the official MCP client finds a vault, registers, has its person asked, and calls its tools. */
import {
  Client,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type StoredOAuthClientInformation,
  type StoredOAuthTokens,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client'
import { type Credentials, consent } from './person.ts'

const CALLBACK = 'http://127.0.0.1:33418/callback'

export type Assistant = {
  readonly client: Client
  /** Structured content of the answer. @throws {Error} with its words when it is an error */
  readonly call: <T>(name: string, args?: Readonly<Record<string, unknown>>) => Promise<T>
}

/** Signs in by OAuth 2.1 as its person presses Allow, and connects. @param name  what it calls itself */
export async function assistantOf(origin: string, who: Credentials, name: string): Promise<Assistant> {
  const url = new URL('/mcp', origin)
  const answered: { parameters?: URLSearchParams } = {}
  const authProvider = providerFor(name, async (address) => {
    answered.parameters = await consent(address, CALLBACK, who)
  })
  const first = new StreamableHTTPClientTransport(url, { authProvider })
  await newClient(name)
    .connect(first)
    .catch((error: unknown) => {
      if (!(error instanceof UnauthorizedError)) throw error
    })
  await first.finishAuth(answered.parameters ?? new URLSearchParams())
  const client = newClient(name)
  await client.connect(new StreamableHTTPClientTransport(url, { authProvider }))
  return { client, call: (tool, args = {}) => callOf(client, tool, args) }
}

const newClient = (name: string): Client => new Client({ name, version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } })

async function callOf<T>(client: Client, name: string, args: Readonly<Record<string, unknown>>): Promise<T> {
  const { isError, content, structuredContent } = await client.callTool({ name, arguments: { ...args } })
  if (isError === true) throw new Error(`${name}: ${JSON.stringify(content)}`)
  return structuredContent as T
}

/** Keeps in memory what a client keeps, and leads its person to the page where they are asked. */
function providerFor(name: string, redirectToAuthorization: (url: URL) => Promise<void>): OAuthClientProvider {
  let client: StoredOAuthClientInformation | undefined
  let tokens: StoredOAuthTokens | undefined
  let verifier = ''
  let discovered: OAuthDiscoveryState | undefined
  return {
    redirectUrl: CALLBACK,
    clientMetadata: { client_name: name, redirect_uris: [CALLBACK], token_endpoint_auth_method: 'none' },
    clientInformation: () => client,
    saveClientInformation: (given) => void (client = given),
    tokens: () => tokens,
    saveTokens: (given) => void (tokens = given),
    saveCodeVerifier: (given) => void (verifier = given),
    codeVerifier: () => verifier,
    saveDiscoveryState: (given) => void (discovered = given),
    discoveryState: () => discovered,
    redirectToAuthorization,
  }
}
