import { describe, expect, test } from 'vitest'
import { ConfigError, readConfig } from '../../src/config.ts'

const problems = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env)
  } catch (error) {
    if (error instanceof ConfigError) return error.problems
    throw error
  }
  return []
}

describe('configuration', () => {
  test('nothing at all is a working configuration on loopback', () => {
    const config = readConfig({})
    expect(config.origin).toBe('http://127.0.0.1:3000')
    expect(config.databaseUrl).toBeNull()
    expect(config.outboundAllow).toEqual(['127.0.0.0/8', '::1/128'])
    expect(config.secretFile.startsWith(config.dataDir)).toBe(true)
  })

  test('an empty variable counts as not set', () => {
    expect(readConfig({ DATABASE_URL: '', PORT: '' })).toEqual(readConfig({}))
  })

  test('a public origin names everything and closes private networks to outbound requests', () => {
    const config = readConfig({ VIVIM_ORIGIN: 'https://social.example', PORT: '8080' })
    expect(config.origin).toBe('https://social.example')
    expect(config.port).toBe(8080)
    expect(config.outboundAllow).toEqual([])
  })

  test.each([
    [{ PORT: 'eighty' }, /^PORT /],
    [{ PORT: '70000' }, /^PORT /],
    [{ VIVIM_ORIGIN: 'social.example' }, /^VIVIM_ORIGIN /],
    [{ VIVIM_ORIGIN: 'https://social.example/path' }, /only scheme and host/],
    [{ VIVIM_ORIGIN: 'http://social.example' }, /must use https/],
    [{ DATABASE_URL: 'mysql://x/y' }, /^DATABASE_URL /],
    [{ VIVIM_TRUSTED_PROXIES: '10.0.0.0/99' }, /must be an IP network/],
    [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL /],
    [{ VIVIM_DATA: '/proc/x' }, /^VIVIM_DATA .* nothing can be kept below \/proc /],
    [{ VIVIM_DATA: '/etc/passwd' }, /^VIVIM_DATA .* \/etc\/passwd is not a directory/],
    [{ VIVIM_DATA: '/etc/passwd/below' }, /^VIVIM_DATA .* \/etc\/passwd is not a directory/],
  ])('%o is refused with one sentence that names the variable', (env, sentence) => {
    expect(problems(env)).toHaveLength(1)
    expect(problems(env)[0]).toMatch(sentence)
  })

  test('every wrong variable is named, not only the first', () => {
    expect(problems({ PORT: 'x', LOG_LEVEL: 'y' })).toHaveLength(2)
  })
})
