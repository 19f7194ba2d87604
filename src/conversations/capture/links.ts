/**
 * Share links of the nine providers: how they look, what they are asked for, and which hosts may answer. A link is attacker-controlled: of it only
 * the id goes on, into an address that is written here. Pure.
 */
export type Provider = 'chatgpt' | 'claude' | 'gemini' | 'grok' | 'deepseek' | 'kimi' | 'qwen' | 'zai' | 'mistral'

/** `short`: its id is learnt from where it redirects to. */
export type ShareLink = { readonly provider: Provider; readonly id: string; readonly url: string; readonly isShort: boolean }

export type Question = {
  readonly url: string
  readonly method?: 'POST'
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** What the answer is. */
  readonly form: 'page' | 'json' | 'batchexecute'
}

type ProviderLinks = {
  readonly provider: Provider
  readonly name: string
  /** Where links may point and answers may come from. */
  readonly hosts: readonly string[]
  /** Path of a share, with its id in the first group. */
  readonly path: RegExp
  readonly shortHosts?: readonly string[]
  readonly example: string
  readonly ask: (id: string, host: string) => Question
}

const JSON_HEADERS = { accept: 'application/json' }
const PAGE_HEADERS = { accept: 'text/html,application/xhtml+xml' }

export const PROVIDERS: readonly ProviderLinks[] = [
  {
    provider: 'chatgpt',
    name: 'ChatGPT',
    hosts: ['chatgpt.com', 'www.chatgpt.com', 'chat.openai.com'],
    path: /^\/(?:share\/(?:e\/)?|s\/)([A-Za-z0-9_-]{6,100})\/?$/,
    example: 'https://chatgpt.com/share/<id>',
    ask: (id) => ({ url: `https://chatgpt.com/share/${id}`, headers: PAGE_HEADERS, form: 'page' }),
  },
  {
    provider: 'claude',
    name: 'Claude',
    hosts: ['claude.ai', 'www.claude.ai'],
    path: /^\/share\/([0-9a-f-]{20,60})\/?$/i,
    example: 'https://claude.ai/share/<id>',
    ask: (id) => ({
      url: `https://claude.ai/api/chat_snapshots/${id}?rendering_mode=messages&render_all_tools=true`,
      headers: JSON_HEADERS,
      form: 'json',
    }),
  },
  {
    provider: 'gemini',
    name: 'Gemini',
    hosts: ['gemini.google.com', 'bard.google.com', 'g.co', 'share.gemini.google'],
    shortHosts: ['share.gemini.google'],
    path: /^\/(?:gemini\/)?(?:share\/)?([A-Za-z0-9_-]{6,100})\/?$/,
    example: 'https://gemini.google.com/share/<id>',
    ask: (id) => ({
      url: 'https://gemini.google.com/_/BardChatUi/data/batchexecute?rpcids=ujx1Bf',
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded;charset=UTF-8' },
      body: String(new URLSearchParams({ 'f.req': JSON.stringify([[['ujx1Bf', JSON.stringify([null, id, [4]]), null, 'generic']]]), at: '' })),
      form: 'batchexecute',
    }),
  },
  {
    provider: 'grok',
    name: 'Grok',
    hosts: ['grok.com', 'www.grok.com'],
    path: /^\/share\/([A-Za-z0-9_=-]{10,256})\/?$/,
    example: 'https://grok.com/share/<id>',
    ask: (id) => ({ url: `https://grok.com/rest/app-chat/share_links/${encodeURIComponent(id)}`, headers: JSON_HEADERS, form: 'json' }),
  },
  {
    provider: 'deepseek',
    name: 'DeepSeek',
    hosts: ['chat.deepseek.com'],
    path: /^\/(?:share|a\/chat\/s)\/([A-Za-z0-9_-]{6,100})\/?$/,
    example: 'https://chat.deepseek.com/share/<id>',
    ask: (id) => ({ url: `https://chat.deepseek.com/api/v0/share/content?share_id=${id}`, headers: JSON_HEADERS, form: 'json' }),
  },
  {
    provider: 'kimi',
    name: 'Kimi',
    hosts: ['www.kimi.com', 'kimi.com', 'www.kimi.ai', 'kimi.ai', 'kimi.moonshot.cn'],
    path: /^\/share\/([A-Za-z0-9_-]{6,100})\/?$/,
    example: 'https://www.kimi.com/share/<id>',
    ask: (id, host) => ({
      url: `https://www.kimi.${host.endsWith('.ai') ? 'ai' : 'com'}/apiv2/kimi.gateway.chat.v1.ChatService/GetChatShare`,
      method: 'POST',
      headers: { ...JSON_HEADERS, 'content-type': 'application/json' },
      body: JSON.stringify({ shareId: id }),
      form: 'json',
    }),
  },
  {
    provider: 'qwen',
    name: 'Qwen',
    hosts: ['chat.qwen.ai', 'chat.qwenlm.ai'],
    path: /^\/s\/([A-Za-z0-9_-]{6,100})\/?$/,
    example: 'https://chat.qwen.ai/s/<id>',
    ask: (id, host) => ({ url: `https://${host}/api/v2/chats/share/${id}`, headers: JSON_HEADERS, form: 'json' }),
  },
  {
    provider: 'zai',
    name: 'Z.ai',
    hosts: ['chat.z.ai'],
    path: /^\/s\/([A-Za-z0-9_-]{6,100})\/?$/,
    example: 'https://chat.z.ai/s/<id>',
    ask: (id) => ({ url: `https://chat.z.ai/api/v1/chats/share/${id}`, headers: JSON_HEADERS, form: 'json' }),
  },
  {
    provider: 'mistral',
    name: 'Mistral',
    hosts: ['chat.mistral.ai'],
    path: /^\/chat\/(?:share\/)?([0-9a-f-]{20,60})\/?$/i,
    example: 'https://chat.mistral.ai/chat/<id>',
    ask: (id) => ({ url: `https://chat.mistral.ai/chat/${id}`, headers: PAGE_HEADERS, form: 'page' }),
  },
]

/** The share link that an address is; null when it is none that can be captured. */
export function shareLink(address: string): ShareLink | null {
  if (address.length > 2048 || !URL.canParse(address)) return null
  const { protocol, hostname, pathname, username, password, port } = new URL(address)
  if (protocol !== 'https:' || username !== '' || password !== '' || port !== '') return null
  for (const { provider, hosts, path, shortHosts = [] } of PROVIDERS) {
    const id = hosts.includes(hostname) ? path.exec(pathname)?.[1] : undefined
    if (id !== undefined) return { provider, id, url: `https://${hostname}${pathname.replace(/\/$/, '')}`, isShort: shortHosts.includes(hostname) }
  }
  return null
}

/** Whose page an address is, also of one that is no share. */
export function detectProvider(address: string): Provider | null {
  if (address.length > 2048 || !URL.canParse(address)) return null
  const { hostname } = new URL(address)
  return PROVIDERS.find(({ hosts }) => hosts.includes(hostname))?.provider ?? null
}

export const linksOf = (provider: Provider): ProviderLinks => {
  const links = PROVIDERS.find((each) => each.provider === provider)
  if (links === undefined) throw new RangeError(`no provider ${provider}`)
  return links
}

export const isProvider = (name: string): name is Provider => PROVIDERS.some(({ provider }) => provider === name)
