/**
 * The configuration: the only file that reads the environment. Every value has a default that works on a laptop.
 * A bad value is one clear sentence per variable and exit code 2 (see `readConfig`).
 */
import { isIP } from 'node:net'
import path from 'node:path'
import { z } from 'zod'
import { dataDirProblem } from './host/data-dir.ts'

const flag = z.stringbool()
const port = z.coerce.number().int().min(0).max(65_535)
const cidr = z.string().refine(isCidr, 'must be an IP network such as 10.0.0.0/8 or ::1/128')
const list = <T extends z.ZodType<string, string>>(item: T) =>
  z
    .string()
    .transform((value) =>
      value
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(z.array(item))

const schema = z.object({
  PORT: port.default(3000).describe('TCP port to listen on'),
  HOST: z.string().default('127.0.0.1').describe('address to listen on'),
  VIVIM_ORIGIN: z
    .url({ protocol: /^https?$/ })
    .optional()
    .describe('public origin, e.g. https://social.example; names every account and post, fixed at first run'),
  VIVIM_DATA: z.string().default('data').describe('directory for the database, media and secrets'),
  VIVIM_SECRET_FILE: z.string().optional().describe('file with the instance secret; default <data>/secret, created on first run'),
  VIVIM_POLICY: z
    .string()
    .optional()
    .describe('file with the trust policy (C2SP tlog-policy): our witnesses, and peers to witness; default <data>/policy'),
  DATABASE_URL: z
    .url({ protocol: /^postgres(ql)?$/ })
    .optional()
    .describe('PostgreSQL to use instead of the embedded server'),
  REDIS_URL: z
    .url({ protocol: /^rediss?$/ })
    .optional()
    .describe('Redis for background jobs instead of PostgreSQL'),
  VIVIM_TRUSTED_PROXIES: list(cidr).default([]).describe('networks whose X-Forwarded-* headers are believed, e.g. 127.0.0.1/32'),
  VIVIM_OUTBOUND_ALLOW: list(cidr).optional().describe('non-public networks that outbound requests may reach; empty unless the origin is loopback'),
  VIVIM_RATE_LIMITS: flag.default(true).describe('rate limits on the API; off only for benchmarks on loopback'),
  LOG_LEVEL: z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info').describe('least important message to log'),
})

export type Config = {
  readonly host: string
  readonly port: number
  /** Scheme, host and port; no trailing slash. */
  readonly origin: string
  readonly dataDir: string
  readonly secretFile: string
  /** Trust policy; the file need not be there. */
  readonly policyFile: string
  readonly databaseUrl: string | null
  readonly redisUrl: string | null
  readonly trustedProxies: readonly string[]
  readonly outboundAllow: readonly string[]
  readonly rateLimits: boolean
  readonly logLevel: string
}

/** The environment did not make sense. `problems`: one sentence each. */
export class ConfigError extends Error {
  readonly problems: readonly string[]
  constructor(problems: readonly string[]) {
    super(problems.join('\n'))
    this.name = 'ConfigError'
    this.problems = problems
  }
}

/** Name, meaning and default of every variable, for `--help`. */
export function configHelp(): { readonly name: string; readonly text: string }[] {
  return Object.entries(schema.shape).map(([name, field]) => ({ name, text: field.description ?? '' }))
}

/** @throws {ConfigError} naming each variable that is wrong and what would be right */
export function readConfig(env: Readonly<Record<string, string | undefined>> = process.env): Config {
  const given = Object.fromEntries(
    Object.keys(schema.shape).flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])),
  )
  const parsed = schema.safeParse(given)
  if (!parsed.success)
    throw new ConfigError(
      parsed.error.issues.map((issue) => `${String(issue.path[0])} ${explain(issue)} (it is ${JSON.stringify(given[String(issue.path[0])])}).`),
    )
  const value = parsed.data
  const dataDir = path.resolve(value.VIVIM_DATA)
  const problem = dataDirProblem(dataDir)
  if (problem !== null) throw new ConfigError([`VIVIM_DATA must be a directory for data: ${problem} (it is ${JSON.stringify(value.VIVIM_DATA)}).`])
  const origin = originOf(value.VIVIM_ORIGIN ?? `http://${value.HOST === '0.0.0.0' || value.HOST === '::' ? '127.0.0.1' : value.HOST}:${value.PORT}`)
  const loopback = isLoopback(new URL(origin).hostname)
  if (!loopback && origin.startsWith('http:'))
    throw new ConfigError([`VIVIM_ORIGIN must use https unless it is a loopback address (it is ${JSON.stringify(origin)}).`])
  return {
    host: value.HOST,
    port: value.PORT,
    origin,
    dataDir,
    secretFile: path.resolve(value.VIVIM_SECRET_FILE ?? path.join(dataDir, 'secret')),
    policyFile: path.resolve(value.VIVIM_POLICY ?? path.join(dataDir, 'policy')),
    databaseUrl: value.DATABASE_URL ?? null,
    redisUrl: value.REDIS_URL ?? null,
    trustedProxies: value.VIVIM_TRUSTED_PROXIES,
    outboundAllow: value.VIVIM_OUTBOUND_ALLOW ?? (loopback ? ['127.0.0.0/8', '::1/128'] : []),
    rateLimits: value.VIVIM_RATE_LIMITS,
    logLevel: value.LOG_LEVEL,
  }
}

const explain = (issue: z.core.$ZodIssue): string => (issue.code === 'custom' ? issue.message : issue.message.replace(/^Invalid/, 'is not valid:'))

/** @throws {ConfigError} when the address carries more than scheme, host and port */
function originOf(value: string): string {
  const url = new URL(value)
  if (url.pathname !== '/' || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw new ConfigError([`VIVIM_ORIGIN must be only scheme and host, such as https://${url.host} (it is ${JSON.stringify(value)}).`])
  }
  return url.origin
}

const isLoopback = (host: string): boolean => host === 'localhost' || host === '[::1]' || host.startsWith('127.')

function isCidr(value: string): boolean {
  const [address = '', bits, ...rest] = value.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128))
}
