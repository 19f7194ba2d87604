import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { plainContent, richContent, summary } from '../../../src/api/pages/content.ts'
import { escape, html, trusted } from '../../../src/api/pages/html.ts'

const EMOJI = [{ shortcode: 'sea', url: 'https://a.example/sea.gif', staticUrl: 'https://a.example/sea.png' }]

describe('html', () => {
  test('escapes whatever is put in, in text and in attributes', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...Array.from('<>&"\'ab=/ \0é\u2028')) }), (hostile) => {
        const { text } = html`<p title="${hostile}">${hostile}</p>`
        const inner = text.slice('<p title="'.length, -'</p>'.length)
        expect(inner.split('">')).toHaveLength(2)
        expect(inner.replace('">', '')).not.toMatch(/[<>"']/)
      }),
    )
  })

  test('takes markup, lists and nothing', () => {
    expect(html`${html`<b>`}${trusted('<i>')}${[1, 'a<', null, [html`<u>`]]}${null}${undefined}${false}`.text).toBe('<b><i>1a&lt;<u>')
  })
})

describe('content of posts', () => {
  test.each([
    ['<script>alert(1)</script>hi', 'hi'],
    ['<img src=x onerror=alert(1)>', ''],
    ['<a href="javascript:alert(1)">x</a>', '<a rel="nofollow noopener noreferrer ugc">x</a>'],
    [
      '<a href="https://a.example" onclick="x()" class="mention evil">x</a>',
      '<a href="https://a.example" class="mention" rel="nofollow noopener noreferrer ugc">x</a>',
    ],
    ['<h1>Big</h1>', '<strong>Big</strong>'],
    ['<p style="position:fixed">x</p>', '<p>x</p>'],
    ['<iframe src="https://a.example"></iframe><form><input></form>', ''],
    ['<svg><script>alert(1)</script></svg>', ''],
  ])('%s becomes %s', (content, expected) => {
    expect(richContent(content, []).text).toBe(expected)
  })

  test('custom emoji are drawn in text, never inside a tag', () => {
    const drawn = '<img class="emoji" src="https://a.example/sea.png" alt=":sea:" title=":sea:" loading="lazy">'
    expect(richContent('<p>:sea: <a href="https://a.example/:sea:">x</a> :other:</p>', EMOJI).text).toBe(
      `<p>${drawn} <a href="https://a.example/:sea:" rel="nofollow noopener noreferrer ugc">x</a> :other:</p>`,
    )
    expect(plainContent('<b> :sea:', EMOJI).text).toBe(`&lt;b&gt; ${drawn}`)
  })

  test('an emoji’s address cannot leave its attribute, nor run', () => {
    const hostile = (staticUrl: string) => [{ shortcode: 'x', url: staticUrl, staticUrl }]
    expect(plainContent(':x:', hostile('https://a/"><script>')).text).not.toContain('<script>')
    expect(plainContent(':x:', hostile('javascript:alert(1)')).text).toBe(':x:')
  })

  test('a summary is plain words', () => {
    expect(summary('<p>Tea &amp; <b>toast</b></p><p>for &lt;two&gt;</p>', 100)).toBe('Tea & toast for <two>')
    expect(summary('<p>one two three</p>', 8)).toBe('one two…')
  })

  test('hostile markup never yields a script, a handler or a foreign element', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '"',
      "'",
      'script',
      'img',
      ' onerror=',
      'a href=',
      'javascript:',
      'x',
      '/',
      '&',
      '<!--',
      '-->',
      '<svg',
      '<p>',
      ':sea:',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 25 }), (pieces) => {
        const { text } = richContent(pieces.join(''), EMOJI)
        for (const [tag, name = ''] of text.matchAll(/<\/?([a-z0-9]*)[^>]*>/gi)) {
          expect(['p', 'a', 'img', '']).toContain(name)
          expect(tag.replace(/"[^"]*"/g, '')).not.toMatch(/ on\w+=/i)
          expect(tag).not.toMatch(/href="\s*javascript:/i)
        }
      }),
    )
  })
})

test('escape covers the five that matter', () => {
  expect(escape(`<&>"'`)).toBe('&lt;&amp;&gt;&quot;&#39;')
})
