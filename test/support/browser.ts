/** A browser without scripts, over `inject`: keeps cookies, follows redirects within the instance, fills in and submits forms as they are served. */
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'

export type Visit = {
  /** Path and query it ended at; the full address when a redirect left the instance. */
  readonly url: string
  readonly status: number
  readonly html: string
  readonly response: LightMyRequestResponse
  readonly forms: readonly Form[]
}

export type Form = {
  readonly action: string
  readonly fields: ReadonlyMap<string, string>
  readonly buttons: readonly { readonly name: string; readonly value: string; readonly label: string }[]
}

export type Browser = {
  get(url: string): Promise<Visit>
  /** Submits the form that has the named button (its label), with these answers. */
  press(visit: Visit, button: string, answers?: Readonly<Record<string, string>>): Promise<Visit>
  post(url: string, fields: Readonly<Record<string, string>>): Promise<Visit>
  readonly cookies: Map<string, string>
}

export function browse(app: FastifyInstance, options: { readonly ip?: string; readonly host?: string } = {}): Browser {
  const cookies = new Map<string, string>()
  const headers = () => ({
    accept: 'text/html,application/xhtml+xml',
    host: options.host ?? 'here.example',
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
  })

  async function follow(url: string, response: LightMyRequestResponse): Promise<Visit> {
    for (const cookie of response.cookies) {
      if (cookie.value === '') cookies.delete(cookie.name)
      else cookies.set(cookie.name, cookie.value)
    }
    const location = response.headers.location
    if (location === undefined) return { url, status: response.statusCode, html: response.body, response, forms: formsOf(response.body) }
    if (!location.startsWith('/')) return { url: location, status: response.statusCode, html: '', response, forms: [] }
    return get(location)
  }

  const get = async (url: string): Promise<Visit> =>
    follow(url, await app.inject({ method: 'GET', url, headers: headers(), remoteAddress: options.ip ?? '203.0.113.7' }))
  const post = async (url: string, fields: Readonly<Record<string, string>>): Promise<Visit> =>
    follow(
      url,
      await app.inject({
        method: 'POST',
        url,
        headers: { ...headers(), 'content-type': 'application/x-www-form-urlencoded' },
        payload: new URLSearchParams(fields).toString(),
        remoteAddress: options.ip ?? '203.0.113.7',
      }),
    )

  return {
    cookies,
    get,
    post,
    press(visit, label, answers = {}) {
      const form = visit.forms.find(({ buttons }) => buttons.some((button) => button.label === label))
      const button = form?.buttons.find((candidate) => candidate.label === label)
      if (form === undefined || button === undefined) throw new Error(`no button "${label}" at ${visit.url}: ${visit.html}`)
      const unknown = Object.keys(answers).find((name) => !form.fields.has(name))
      if (unknown !== undefined) throw new Error(`the form at ${visit.url} has no field "${unknown}"`)
      return post(form.action, { ...Object.fromEntries(form.fields), ...answers, ...(button.name === '' ? {} : { [button.name]: button.value }) })
    },
  }
}

function formsOf(html: string): Form[] {
  return [...html.matchAll(/<form\b([^>]*)>([\s\S]*?)<\/form>/g)].map(([, attributes = '', inner = '']) => ({
    action: attribute(attributes, 'action'),
    fields: new Map([...inner.matchAll(/<input\b[^>]*>/g)].map(([tag]) => [attribute(tag, 'name'), attribute(tag, 'value')])),
    buttons: [...inner.matchAll(/<button\b([^>]*)>([\s\S]*?)<\/button>/g)].map(([, tag = '', label = '']) => ({
      name: attribute(tag, 'name'),
      value: attribute(tag, 'value'),
      label,
    })),
  }))
}

const attribute = (tag: string, name: string): string => unescape(new RegExp(`\\b${name}="([^"]*)"`).exec(tag)?.[1] ?? '')

const ENTITIES: Readonly<Record<string, string>> = { '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" }
const unescape = (text: string): string => text.replace(/&(?:amp|lt|gt|quot|#39);/g, (entity) => ENTITIES[entity] ?? entity)
