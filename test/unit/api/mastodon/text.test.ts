import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { cleanText, compose, composeLine, LONGEST_TEXT, textLength } from '../../../../src/api/mastodon/text/compose.ts'
import { characters } from '../../../../src/api/mastodon/text/length.ts'
import { tagName, tokenise } from '../../../../src/api/mastodon/text/tokens.ts'
import type { AccountRow } from '../../../../src/projections/rows.ts'

const ORIGIN = 'https://here.example'
const nobody = async () => null
const person = (id: string, username: string, domain: string | null): AccountRow =>
  ({
    id,
    username,
    domain,
    uri: `https://${domain ?? 'here.example'}/users/${username}`,
    url: `https://${domain ?? 'here.example'}/@${username}`,
  }) as AccountRow

const people = async (acct: string) => ({ alice: person('1', 'Alice', null), 'bob@there.example': person('2', 'bob', 'there.example') })[acct] ?? null
const html = async (text: string) => (await compose(text, ORIGIN, people)).content
const kinds = (text: string) => tokenise(text).filter(({ kind }) => kind !== 'text')
const names = (text: string) => kinds(text).map((token) => token.text)

describe('tokens', () => {
  test('joined, they are the text', () => {
    const piece = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('@a', '@b@c.d', '#tag', 'https://x.y/z', ' ', '\n', '#', '@', 'http://', '·', '#1', '.', '/'),
    )
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        const text = pieces.join('')
        expect(
          tokenise(text)
            .map((token) => token.text)
            .join(''),
        ).toBe(text)
      }),
    )
  })

  test.each([
    ['hello @bob!', ['@bob']],
    ['@bob@there.example, hi', ['@bob@there.example']],
    ['(@bob@there.example)', ['@bob@there.example']],
    ['@bob@127.0.0.1:3001: hi', ['@bob@127.0.0.1:3001']],
    ['@bob@bücher.example', ['@bob@bücher.example']],
    ['mail bob@there.example', []],
    ['https://there.example/@bob', ['https://there.example/@bob']],
    ['@', []],
    ['@bob.', ['@bob']],
    ['x@bob', []],
  ])('mentions in %j are %j', (text, expected) => expect(names(text)).toEqual(expected))

  test.each([
    ['#cats and #Dogs', ['#cats', '#Dogs']],
    ['#日本語です', ['#日本語です']],
    ['＃全角', ['＃全角']],
    ['#über_cool', ['#über_cool']],
    ['#123', []],
    ['#1a', ['#1a']],
    ['a#b', []],
    ['#हिन्दी', ['#हिन्दी']],
    ['##double', []],
    ['#a·b', ['#a·b']],
    [`#${'x'.repeat(101)}`, []],
    ['https://x.example/#part', ['https://x.example/#part']],
  ])('hashtags in %j are %j', (text, expected) => expect(names(text)).toEqual(expected))

  test.each([
    ['see https://x.example/a?b=c&d=e.', ['https://x.example/a?b=c&d=e']],
    ['(http://x.example/a_(b))', ['http://x.example/a_(b)']],
    ['www.x.example x.example', []],
    ['javascript:alert(1) ftp://x.example mailto:a@x.example', []],
    ['https://user:secret@x.example/', ['https://user']],
  ])('links in %j are %j', (text, expected) => expect(names(text).filter((name) => !name.startsWith('@'))).toEqual(expected))

  test('one tag has one name, however it is written', () => {
    expect(new Set(['#Cats', 'cats', '＃ＣＡＴＳ'].map(tagName))).toEqual(new Set(['cats']))
  })
})

describe('HTML', () => {
  test('whatever is typed, only our own elements come out', async () => {
    const piece = fc.oneof(
      fc.string(),
      fc.constantFrom('<script>', '"', "'", '&', '<a href="javascript:x">', 'https://x.y/"onclick=', '@alice', '#t<b>', '\n\n', '\n'),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece), async (pieces) => {
        const content = await html(cleanText(pieces.join('')))
        const allowed =
          /<\/?p>|<br \/>|<a href="https?:\/\/[^"<>]*"(?: (?:class|rel|target|translate)="[a-z _-]*")*>|<\/a>|<span(?: (?:class|translate)="[a-z -]*")*>|<\/span>/g
        expect(content.replace(allowed, '')).not.toMatch(/[<>]/)
      }),
    )
  })

  test('blank lines make paragraphs, line ends make breaks', async () => {
    expect(await html('one\ntwo\n\n\nthree')).toBe('<p>one<br />two</p><p>three</p>')
    expect(await html('')).toBe('')
  })

  test('links hide their scheme and cut after thirty characters', async () => {
    expect(await html('https://www.example.com/a/quite/long/path?with=query&more')).toBe(
      '<p><a href="https://www.example.com/a/quite/long/path?with=query&amp;more" target="_blank" rel="nofollow noopener" translate="no">' +
        '<span class="invisible">https://www.</span><span class="ellipsis">example.com/a/quite/long/path?</span><span class="invisible">with=query&amp;more</span></a></p>',
    )
    expect(await html('http://x.example')).toContain(
      '<span class="invisible">http://</span><span class="">x.example</span><span class="invisible"></span>',
    )
  })

  test('people who exist become h-cards, others stay text', async () => {
    const { content, mentions } = await compose('@Alice @bob@there.example @alice @nobody', ORIGIN, people)
    const card = (url: string, name: string) =>
      `<span class="h-card" translate="no"><a href="${url}" class="u-url mention">@<span>${name}</span></a></span>`
    const alice = card('https://here.example/@Alice', 'Alice')
    expect(content).toBe(`<p>${alice} ${card('https://there.example/@bob', 'bob')} ${alice} @nobody</p>`)
    expect(mentions.map(({ acct }) => acct)).toEqual(['Alice', 'bob@there.example'])
  })

  test('hashtags link to this instance and are collected once, in lower case', async () => {
    const { content, tags } = await compose('#Cats #cats #日本', ORIGIN, nobody)
    expect(content).toContain('<a href="https://here.example/tags/cats" class="mention hashtag" rel="tag">#<span>Cats</span></a>')
    expect(content).toContain(`https://here.example/tags/${encodeURIComponent('日本')}`)
    expect(tags).toEqual(['cats', '日本'])
  })

  test('a profile field has links and no paragraphs', async () => {
    expect(await composeLine('<b> @alice', ORIGIN, people)).toMatch(/^&lt;b&gt; <span class="h-card"/)
  })
})

describe('length', () => {
  test.each([
    ['hello', 5],
    ['👩‍👩‍👧‍👦', 1],
    ['é', 1],
    [`https://x.example/${'a'.repeat(500)}`, 23],
    ['@bob@a.very.long.host.example', 4],
    ['a https://x.example b', 4 + 23],
  ])('of %j is %i', (text, length) => expect(textLength(text)).toBe(length))

  test('of plain text is its number of characters', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('a', 'ß', '漢', '😀', ' ')), (letters) => {
        expect(characters(letters.join(''))).toBe(letters.length)
      }),
    )
  })
})

describe('clean text', () => {
  test('cleaning twice changes nothing more, and nothing that PostgreSQL refuses is left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const clean = cleanText(text)
        expect(cleanText(clean)).toBe(clean)
        expect(clean).not.toContain('\0')
        expect(clean.isWellFormed()).toBe(true)
      }),
    )
  })
})

describe('hostile text', () => {
  const times = (piece: string) => piece.repeat(Math.ceil(LONGEST_TEXT / piece.length)).slice(0, LONGEST_TEXT)
  const pieces = [
    'a',
    '@',
    '@a',
    '@a.',
    '@a@',
    '@a@b.',
    '#',
    '#a',
    '#a·',
    '#1',
    'http://',
    'http://a.',
    'http://a.b/(',
    'https://a.b/?',
    'http://a:@',
    '\u0301',
    '👩‍',
    '\n',
    '<',
    '・',
    'http:',
  ]
  test.each(pieces.map((piece) => [piece]))('a full text of %j takes a moment, not minutes', async (piece) => {
    for (const text of [times(piece), `https://a.b/${times(piece)}`, `@a@${times(piece)}`, `#a${times(piece)}`]) {
      const started = performance.now()
      textLength(text)
      await compose(text, ORIGIN, nobody)
      expect(performance.now() - started).toBeLessThan(1_000)
    }
  })
})
