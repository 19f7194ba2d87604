import { expect, test } from 'vitest'
import { maskSecrets, secretsIn, speaksOfSecrets } from '../../../src/memory/secrets.ts'

const SECRETS = [
  'sk-proj-aB3dE5fG7hI9jK1lM3nO5pQ7',
  'ghp_abcdefghijklmnopqrstuvwxyz0123456789',
  'AKIAIOSFODNN7EXAMPLE',
  'xoxb-123456789012-abcdefghij',
  'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U',
  '4111 1111 1111 1111',
  '-----BEGIN PRIVATE KEY-----\nMIIEvQ\n-----END PRIVATE KEY-----',
]

test.each(SECRETS)('%s is masked, and every other place stays where it is', (secret) => {
  const text = `before ${secret} after`
  const masked = maskSecrets(text)
  expect(masked).toHaveLength(text.length)
  expect(masked.startsWith('before ')).toBe(true)
  expect(masked).not.toContain(secret.slice(0, 12))
})

test.each([
  'a sentence about nothing in particular',
  '4111 1111 1111 1112',
  'call 555 123 4567',
  'internationalization-and-localization-of-software',
  'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa',
])('%s is no secret', (text) => {
  expect(secretsIn(text)).toEqual([])
})

test('talk of passwords is known in five languages', () => {
  for (const text of ['my password is x', 'mein Passwort', 'mi contraseña', 'mon mot de passe', 'a minha senha'])
    expect(speaksOfSecrets(text)).toBe(true)
  expect(speaksOfSecrets('I pass the time')).toBe(false)
})
