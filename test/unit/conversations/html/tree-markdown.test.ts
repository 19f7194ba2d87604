/** Pages as Markdown: what is said stays as it is said, what would run or be fetched does not, and no page takes long. */
import { describe, expect, it } from 'vitest'
import { parseHtml, textIn } from '../../../../src/conversations/html/tree.ts'
import { toMarkdown } from '../../../../src/conversations/html/tree-markdown.ts'

const markdown = (html: string): string => toMarkdown(parseHtml(html))

describe('Markdown of a page', () => {
  it.each([
    ['headings and paragraphs', '<h2>Tea &amp; co</h2><p>One\n  line</p><p>Two</p>', '## Tea & co\n\nOne line\n\nTwo'],
    ['words that look like Markdown', '<p>2 * 3 _is_ 6 # no</p>', '2 * 3 _is_ 6 # no'],
    ['emphasis, with the space outside', '<p>a<b> b </b>c <em>d</em></p>', 'a **b** c *d*'],
    ['lines', '<p>a<br>b</p>', 'a\nb'],
    ['lists in lists', '<ul><li>a<ol start="3"><li>b<li>c</ol></li><li>d</li></ul>', '- a\n  3. b\n  4. c\n- d'],
    [
      'code with ticks in it',
      '<p><code>a`b</code></p><pre><code class="language-md">```\nx\n```\n</code></pre>',
      '``a`b``\n\n````md\n```\nx\n```\n````',
    ],
    ['code without its buttons', '<pre><div>py<button>Copy</button></div><code>  x = 1\n\n  y</code></pre>', '```\n  x = 1\n\n  y\n```'],
    ['tables', '<table><tr><th>A<th>B<tr><td>1|2<td>x<br>y</table>', '| A | B |\n| --- | --- |\n| 1\\|2 | x<br>y |'],
    ['quotations', '<blockquote><p>a</p><p>b</p></blockquote>', '> a\n>\n> b'],
    [
      'links and images',
      '<p><a href="https://x.org/(1)">x</a> <img src="https://x.org/i.png" alt="[cup]"></p>',
      '[x](https://x.org/%281%29) ![ cup ](https://x.org/i.png)',
    ],
    ['formulas', '<p><span class="katex"><math><annotation encoding="application/x-tex">x^2</annotation></math><i>x2</i></span></p>', '$x^2$'],
    ['what is preformatted by style', '<div class="whitespace-pre-wrap">a\n   b\n\nc</div>', 'a\n   b\n\nc'],
  ])('keeps %s', (_what, html, expected) => {
    expect(markdown(html)).toBe(expected)
  })

  it.each([
    ['scripts and styles', '<p>a</p><script>alert(1)</script><style>b{}</style><noscript>c</noscript><template>d</template>', 'a'],
    ['frames and forms', '<iframe src="//x">a</iframe><object data="x">b</object><button>c</button><input value="d"><p>e</p>', 'e'],
    ['links that run', '<a href="javascript:alert(1)">a</a> <a href="data:text/html,x">b</a>', 'a b'],
    ['images that run, or lie in the page', '<img src="x" onerror="alert(1)" alt="a"><img src="data:image/svg+xml,<svg onload=1>" alt="b">', 'ab'],
    ['what is hidden', '<p hidden>a</p><span class="sr-only">b</span><p>c</p>', 'c'],
  ])('leaves out %s', (_what, html, expected) => {
    expect(markdown(html).trim()).toBe(expected)
  })

  it.each([
    ['elements in elements', '<div>'.repeat(200_000)],
    ['spans around blocks', `${'<span>'.repeat(190)}${'<p>x</p>'.repeat(5_000)}`],
    ['white space', `<b>x${' '.repeat(300_000)}y</b><div class="whitespace-pre-wrap">${'\t'.repeat(300_000)}x${'\n'.repeat(300_000)}y</div>`],
    ['ticks', `<p><code>${'` '.repeat(100_000)}</code></p>`],
    ['unclosed quotes and tags', `${'<a href="'.repeat(50_000)}${'<p <p '.repeat(50_000)}`],
    ['entities', '&amp;&#x41;&nosuch;'.repeat(50_000)],
  ])('ends soon for a page of %s', (_what, html) => {
    const before = performance.now()
    expect(typeof markdown(html)).toBe('string')
    expect(performance.now() - before).toBeLessThan(5_000)
  })

  it('loses no words to depth', () => {
    expect(textIn(parseHtml(`${'<div>'.repeat(5_000)}here`))).toBe('here')
  })
})
