import { readFileSync } from 'node:fs'
import path from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inUsualSpelling, PUBLIC, TooLarge } from '../../../src/federation/wire/aliases.ts'
import { idOf, idsOf, iri, type Json, type JsonObject, natural, text, time } from '../../../src/federation/wire/json.ts'
import { readActivity } from '../../../src/federation/wire/read-activity.ts'
import { readActor } from '../../../src/federation/wire/read-actor.ts'
import { readDocument } from '../../../src/federation/wire/read-document.ts'
import { readNote, visibilityOf } from '../../../src/federation/wire/read-note.ts'
import { plain, sanitize } from '../../../src/federation/wire/sanitize.ts'
import { FIXTURES, fixtureNames, recordedActors, recordedPosts } from './fixtures.ts'

describe('the usual spelling', () => {
  it('prefixed, absolute and keyword names are the bare ones', () => {
    const spelled = inUsualSpelling({
      '@id': 'https://a.example/1',
      '@type': 'https://www.w3.org/ns/activitystreams#Note',
      'as:content': { '@value': 'x', '@language': 'en' },
      'as:sensitive': false,
      'http://joinmastodon.org/ns#featured': { id: 'https://a.example/f' },
      'sec:publicKeyMultibase': { type: 'sec:multibase', '@value': 'z6Mk' },
      'https://w3id.org/security#controller': { '@id': 'https://a.example/1' },
      'toot:focalPoint': { '@list': [0, 1] },
      to: 'as:Public',
      'as:cc': ['Public', 'https://b.example/x'],
      'unknown:thing': 1,
    })
    expect(spelled).toEqual({
      id: 'https://a.example/1',
      type: 'Note',
      content: 'x',
      sensitive: false,
      featured: { id: 'https://a.example/f' },
      publicKeyMultibase: 'z6Mk',
      controller: { id: 'https://a.example/1' },
      focalPoint: [0, 1],
      to: PUBLIC,
      cc: [PUBLIC, 'https://b.example/x'],
      'unknown:thing': 1,
    })
  })

  it('a plain name wins over another spelling of it, whichever comes first', () => {
    expect(inUsualSpelling({ 'as:actor': 'evil', actor: 'good' })).toEqual({ actor: 'good' })
    expect(inUsualSpelling({ actor: 'good', 'as:actor': 'evil' })).toEqual({ actor: 'good' })
  })

  it('prototypes cannot be reached', () => {
    const spelled = inUsualSpelling(
      JSON.parse('{"__proto__": {"admin": true}, "constructor": 1, "as:__proto__": {"admin": true}}') as Json,
    ) as JsonObject & { admin?: boolean }
    expect(spelled.admin).toBeUndefined()
    expect(({} as { admin?: boolean }).admin).toBeUndefined()
  })

  it('applied twice it changes nothing more', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
        const once = inUsualSpelling(value as Json)
        expect(inUsualSpelling(once)).toEqual(once)
      }),
    )
  })

  it('what is too deep, too long or too much is refused', () => {
    let deep: Json = 1
    for (let i = 0; i < 40; i++) deep = { deep }
    expect(() => inUsualSpelling(deep)).toThrow(TooLarge)
    expect(() => inUsualSpelling(Array<number>(5_000).fill(1))).toThrow(TooLarge)
    expect(() => inUsualSpelling(Array.from({ length: 100 }, () => Array<number>(1_000).fill(1)))).toThrow(TooLarge)
  })
})

describe('values', () => {
  it('an id is an absolute web address without credentials', () => {
    for (const good of ['https://a.example/x', 'http://127.0.0.1:3000/users/a#b', 'HTTPS://A.example/?q']) expect(iri(good)).toBe(good)
    for (const bad of [
      '',
      'x',
      '/x',
      'ftp://a/x',
      'javascript:1',
      'https://u:p@a.example/',
      'https://',
      `https://a.example/${'x'.repeat(3_000)}`,
      1,
      null,
      {},
      undefined,
    ])
      expect(iri(bad as Json)).toBeNull()
  })

  it('ids are found in links, objects and lists', () => {
    expect(idOf([{ type: 'Link', href: 'https://a.example/1' }])).toBe('https://a.example/1')
    expect(idsOf(['https://a.example/1', { id: 'https://a.example/2' }, null, 3, 'https://a.example/1'])).toEqual([
      'https://a.example/1',
      'https://a.example/2',
    ])
  })

  it('text is cut between characters and always storable', () => {
    expect(text('a😀b', 2)).toBe('a')
    expect(text('a\u0000\uD800b', 10)).toBe('a\uFFFDb')
  })

  it('the language is that of the text, or of the only one there is', () => {
    expect(natural({ content: 'oi', contentMap: { en: 'hi', pt: 'oi' } }, 'content', 10)).toEqual({ text: 'oi', language: 'pt' })
    expect(natural({ contentMap: { en: 'hi' } }, 'content', 10)).toEqual({ text: 'hi', language: 'en' })
    expect(natural({ content: 'x', contentMap: { 'not a tag!': 'x' } }, 'content', 10)).toEqual({ text: 'x', language: null })
    expect(natural({ content: 5 }, 'content', 10)).toBeNull()
  })

  it('times may have nanoseconds; what is no time is none', () => {
    expect(time('2026-11-22T16:38:44.706524538Z')).toBe(Date.parse('2026-11-22T16:38:44.706Z'))
    for (const bad of ['yesterday', '2026', 1, null, '2026-13-99T99:99:99Z']) expect(time(bad)).toBeNull()
  })
})

describe('documents', () => {
  const understood = async (bytes: Uint8Array | string) => await readDocument(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)

  it.each(recordedPosts())('%s is understood as plain JSON', async (_name, { body = '' }) => {
    const reading = await readDocument(Buffer.from(body), { needed: ['actor'], trusted: () => Promise.reject(new Error('JSON-LD was needed')) })
    expect(reading.ok && readActivity(reading.document).ok).toBe(true)
  })

  it.each(recordedActors().map((document) => [document['id'], document] as const))('actor %s can be read, keys included', (_id, document) => {
    const reading = readActor(inUsualSpelling(document) as JsonObject)
    if (!reading.ok) throw new Error(reading.reason)
    expect(reading.actor.keys.some(({ kind }) => kind === 'rsa')).toBe(true)
    expect(reading.actor.domain).toBe(new URL(_id as string).host)
  })

  it('JSON-LD gives what plain reading cannot: terms of the sender’s own', async () => {
    const renamed = {
      '@context': [{ as: 'https://www.w3.org/ns/activitystreams#', Folgen: 'as:Follow', wer: { '@id': 'as:actor', '@type': '@id' } }],
      '@id': 'https://a.example/1',
      '@type': 'Folgen',
      wer: 'https://a.example/me',
    }
    const reading = await readDocument(Buffer.from(JSON.stringify(renamed)), { needed: ['actor'] })
    expect(reading.ok && reading.document).toMatchObject({ id: 'https://a.example/1', type: 'Follow', actor: 'https://a.example/me' })
  })

  it('no context is ever fetched', async () => {
    const reading = await understood(JSON.stringify({ '@context': 'https://evil.example/context.jsonld', '@type': 'x:Follow' }))
    expect(reading.ok).toBe(false)
  })

  it.each(['pass', 'fail'].flatMap((folder) => fixtureNames('activitystreams', folder).map((name) => [folder, name] as const)))(
    'W3C %s/%s is read or refused, never thrown at',
    async (folder, name) => {
      const reading = await understood(readFileSync(path.join(FIXTURES, 'activitystreams', folder, name)))
      if (!reading.ok) return expect(reading.reason).not.toBe('')
      const [activity, actor, note] = [
        readActivity(reading.document),
        readActor(reading.document),
        readNote({ attributedTo: 'http://example.org/somebody', ...reading.document }),
      ]
      expect(activity.ok).toBe(name === 'core-ex19-jsonld.json')
      expect(actor.ok).toBe(false)
      expect(note.ok).toBe(
        ['core-ex4-jsonld.json', 'simple0012.json', 'number-as-content.json'].includes(name)
          ? false
          : reading.document['type'] === 'Note' || reading.document['type'] === 'Image',
      )
    },
  )

  it('what is no document is refused with the reason', async () => {
    for (const [bytes, reason] of [
      ['{', 'the body is not JSON'],
      [Buffer.from([0x22, 0xff, 0x22]), 'the body is not UTF-8'],
      ['[]', /no id/],
      ['null', /no id/],
      ['{"id":"https://a.example/1"}', /no type/],
    ] as const) {
      expect(await understood(bytes)).toMatchObject({
        ok: false,
        tooLarge: false,
        reason: reason instanceof RegExp ? expect.stringMatching(reason) : reason,
      })
    }
  })

  it('reading never throws, whatever the JSON is', () => {
    const keys = fc.constantFrom(
      'id',
      'type',
      'actor',
      'object',
      'content',
      'contentMap',
      'tag',
      'attachment',
      'icon',
      'url',
      'to',
      'publicKey',
      'preferredUsername',
      'inbox',
      'summary',
      'endpoints',
      'name',
    )
    const values = fc.oneof(
      fc.constantFrom<Json>(
        'Note',
        'Person',
        'Create',
        'Flag',
        'Undo',
        'https://a.example/1',
        { type: 'Mention', href: 5 },
        { type: 'Hashtag', name: '#x' },
        { type: 'Image', url: [{}] },
      ),
      fc.jsonValue({ maxDepth: 3 }),
    )
    fc.assert(
      fc.property(fc.dictionary(keys, values), (document) => {
        const spelled = inUsualSpelling(document as Json) as JsonObject
        readActivity(spelled)
        readActor({ id: 'https://a.example/1', type: 'Person', preferredUsername: 'a', inbox: 'https://a.example/i', ...spelled })
        readNote({ id: 'https://a.example/1', type: 'Note', attributedTo: 'https://a.example/2', ...spelled })
      }),
      { numRuns: 3_000 },
    )
  })
})

describe('posts', () => {
  const note = (rest: JsonObject) => {
    const reading = readNote({ id: 'https://a.example/n', type: 'Note', attributedTo: 'https://a.example/u', ...rest })
    if (!reading.ok) throw new Error(reading.reason)
    return reading.note
  }

  it('visibility is where the public is addressed', () => {
    const followers = 'https://a.example/u/followers'
    expect(visibilityOf({ to: [PUBLIC], cc: [followers] }, followers)).toBe('public')
    expect(visibilityOf({ to: [followers], cc: [PUBLIC] }, followers)).toBe('unlisted')
    expect(visibilityOf({ to: [followers], cc: [] }, followers)).toBe('private')
    expect(visibilityOf({ to: ['https://b.example/followers'], cc: [] }, followers)).toBe('direct')
    expect(visibilityOf({ to: [], cc: [] }, null)).toBe('direct')
  })

  it('hashtags are compared by name; numbers are none', () => {
    expect(
      note({
        tag: [
          { type: 'Hashtag', name: '#VIVIM', href: 'https://a.example?t=vivim' },
          { type: 'Hashtag', name: 'vivim' },
          { type: 'Hashtag', name: '#123' },
          { type: 'Hashtag', name: '#<b>' },
        ],
      }).tags,
    ).toEqual(['vivim'])
  })

  it('attachments keep kind, size, focus and description', () => {
    const { media } = note({
      attachment: [
        {
          type: 'Document',
          mediaType: 'image/png',
          url: 'https://a.example/1.png',
          name: 'a <b>cat</b>',
          width: 10,
          height: 20,
          focalPoint: [0, -1],
          blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
        },
        { type: 'Video', url: { type: 'Link', href: 'https://a.example/2.mp4', mediaType: 'video/mp4' } },
        { type: 'Document', mediaType: 'image/gif', url: 'javascript:1' },
        { type: 'PropertyValue', name: 'x' },
      ],
    })
    expect(media).toMatchObject([
      {
        type: 'image',
        mime: 'image/png',
        description: 'a cat',
        blurhash: 'LEHV6nWB2yk8pyo0adR*.7kCMdnj',
        meta: { original: { width: 10, height: 20 }, focus: { x: 0, y: -1 } },
      },
      { type: 'video', mime: 'video/mp4', url: 'https://a.example/2.mp4', description: null },
    ])
  })

  it('text that is not HTML is shown as it was typed', () => {
    expect(note({ mediaType: 'text/plain', content: 'a <b>\n&' }).content).toBe('<p>a &lt;b&gt;<br />&amp;</p>')
  })

  it('longer kinds are shown as a title with a link', () => {
    const { content } = note({ type: 'Article', name: 'A <i>title</i> & more', url: 'https://a.example/read?a=1&b=2', content: '<p>very long</p>' })
    expect(content).toBe(
      '<p>A title &amp; more</p><p><a href="https://a.example/read?a=1&amp;b=2" rel="nofollow noopener noreferrer" target="_blank">https://a.example/read?a=1&amp;b=2</a></p>',
    )
  })
})

describe('markup', () => {
  it.each([
    ['<script>alert(1)</script>ok', 'ok'],
    ['<a href="javascript:alert(1)">x</a>', '<a rel="nofollow noopener noreferrer" target="_blank">x</a>'],
    [
      '<a href="https://a.example" rel="me tag opener">x</a>',
      '<a href="https://a.example" rel="me tag nofollow noopener noreferrer" target="_blank">x</a>',
    ],
    ['<span class="h-card evil invisible">x</span>', '<span class="h-card invisible">x</span>'],
    ['<p style="x" onload="y">a<br/>b</p>', '<p>a<br />b</p>'],
    ['<svg><script>1</script></svg><iframe src="x"></iframe><math>m</math>', 'm'],
    ['<ul><li value="2">a</li></ul><h2>t</h2>', '<ul><li value="2">a</li></ul><strong>t</strong>'],
    ['1 < 2 & "x"', '1 &lt; 2 &amp; "x"'],
  ])('%s', (dirty, clean) => expect(sanitize(dirty)).toBe(clean))

  it('what is clean stays as it is', () => {
    fc.assert(fc.property(fc.string(), (value) => sanitize(sanitize(value)) === sanitize(value)))
  })

  it('a link leads elsewhere or nowhere: what is relative to the reader’s page has no address', () => {
    const addresses = [
      '/auth/sign_out',
      'x',
      '?a',
      '#a',
      '//evil.example',
      '\\\\evil.example',
      '/\\evil.example',
      'https:/auth',
      'https:auth',
      'HTTP:\\\\x',
    ]
    const hidden = [
      'java\tscript:alert(1)',
      ' javascript:alert(1)',
      'data:text/html,x',
      'vbscript:x',
      'JaVaScRiPt:x',
      '&#106;avascript:x',
      '\u0001javascript:x',
    ]
    for (const href of [...addresses, ...hidden])
      expect([href, sanitize(`<a href="${href}">x</a>`)]).toEqual([href, '<a rel="nofollow noopener noreferrer" target="_blank">x</a>'])
    for (const href of ['https://a.example', 'http://a.example/x', 'gemini://a.example', 'magnet:?x', 'xmpp:a@b.example'])
      expect(sanitize(`<a href="${href}">x</a>`)).toContain(`href="${href}"`)
  })

  it('nothing comes out but the tags and attributes of the list, quoted and closed, however it is broken', () => {
    const tags = 'p br span a del s pre blockquote code b strong u i em ul ol li ruby rt rp'.split(' ').join('|')
    const attribute = /(?: (?:href|rel|class|target|translate|start|reversed|value)(?:="[^"<>]*")?)/.source
    const clean = new RegExp(`^(?:<(?:${tags})${attribute}*(?: /)?>|</(?:${tags})>|[^<>])*$`)
    const part = fc.constantFrom(
      '<',
      '>',
      '</',
      '/>',
      '"',
      "'",
      '`',
      '=',
      ' ',
      '\n',
      '\0',
      '<!--',
      '--!>',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '<!',
      '&lt;',
      '&#60;',
      '&amp;lt;',
      '&',
      '\u2028',
      'svg',
      'math',
      'mtext',
      'mglyph',
      'style',
      'title',
      'textarea',
      'noscript',
      'template',
      'select',
      'option',
      'table',
      'plaintext',
      'xmp',
      'iframe',
      '<svg><style><img src=x onerror=1>',
      '<math><mi><table><mglyph><style><!--</style>',
      '<a href="',
      '<a href=https://x onclick=1',
      '<p class="',
      ' onload=1 ',
      'a',
      'p',
      '<noscript><p title="</noscript><img src=x onerror=1>">',
      '<form id=x><input name=attributes>',
      '<a href="https://x" href="javascript:1">',
      '<span class="h-a\u00a0evil">',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(part, fc.string({ maxLength: 4 })), { maxLength: 14 }), (parts) => {
        const dirty = parts.join('')
        expect([dirty, sanitize(dirty)]).toEqual([dirty, expect.stringMatching(clean)])
      }),
      { numRuns: 5_000 },
    )
  })

  it('no hundred thousand characters cost more than a moment', () => {
    for (const piece of ['<svg>', '<b><i>', '<a>', '</p>', '<', '<p', '&', '<!--', '<a href=x>', '<li>', '<x y=', '<![CDATA[']) {
      const start = performance.now()
      sanitize(piece.repeat(100_000 / piece.length))
      expect([piece, performance.now() - start < 250]).toEqual([piece, true])
    }
    expect(sanitize('<b>x</b>'.repeat(5_000)).length).toBeLessThan(20_000)
  })

  it('plain text has no markup and no entities', () => {
    expect(plain('<p>a &amp; <b>b</b> &lt;3</p>')).toBe('a & b <3')
    expect(plain('&lt;script&gt;')).toBe('<script>')
  })
})
