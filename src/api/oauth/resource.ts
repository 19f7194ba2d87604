/**
 * What tokens are for: this server as a whole, or its MCP endpoint, which takes no other scopes than those of the vault. Tokens are looked up here
 * and mean nothing elsewhere; a client that asks for a token for another place is told so.
 *
 * @see RFC 8707, RFC 9728, https://modelcontextprotocol.io/specification/2025-11-25/basic/authorization
 */
export const MCP_PATH = '/mcp'

/** The identifier of the MCP endpoint, as clients name it. */
export const mcpResource = (origin: string): string => `${origin}${MCP_PATH}`

/** Where clients read how to get a token for the MCP endpoint. @see RFC 9728 section 3.1 */
export const MCP_METADATA_PATH = `/.well-known/oauth-protected-resource${MCP_PATH}`

/** Scopes that the MCP endpoint takes. */
export const MCP_SCOPES: readonly string[] = ['memory:read', 'memory:write']

export type Resource = 'server' | 'mcp'

/** The resource that an identifier names; null: none of ours. @param identifier  attacker-controlled */
export function resourceNamed(identifier: string, origin: string): Resource | null {
  const plain = identifier.replace(/\/$/, '')
  if (plain === mcpResource(origin)) return 'mcp'
  return plain === origin ? 'server' : null
}

/** Whether a token for the MCP endpoint may have this scope. */
export const isMcpScope = (scope: string): boolean => scope === 'memory' || scope.startsWith('memory:')

/** @see RFC 9728 section 2 */
export const resourceMetadata = (origin: string, resource: Resource, issuer: string) => ({
  resource: resource === 'mcp' ? mcpResource(origin) : origin,
  authorization_servers: [issuer],
  scopes_supported: MCP_SCOPES,
  bearer_methods_supported: ['header'],
  resource_name: 'VIVIM',
  resource_documentation: `${origin}/api/docs`,
})
