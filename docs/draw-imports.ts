/** Draws which folders of `src` import which, from the code, into docs/architecture.md. `--check` only compares, for CI. */
import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { cruise } from 'dependency-cruiser'

const FILE = path.join(import.meta.dirname, 'architecture.md')
const BEGIN = '<!-- imports: drawn by `npm run docs` -->'
const END = '<!-- /imports -->'

/** `ledger/tlog` and `ledger/audit` are drawn apart, since the rules are about them; files at the top by their name. */
function folderOf(file: string): string {
  const parts = file.replace(/^src\//, '').split('/')
  if (parts.length === 1) return path.basename(file, '.ts')
  return parts[0] === 'ledger' && (parts[1] === 'tlog' || parts[1] === 'audit') ? `ledger/${parts[1]}` : (parts[0] ?? file)
}

const { output } = await cruise(['src'], {
  doNotFollow: { path: 'node_modules' },
  tsPreCompilationDeps: true,
  parser: 'swc',
  enhancedResolveOptions: { extensions: ['.ts', '.js'] },
})
if (typeof output === 'string') throw new Error('dependency-cruiser gave text where an object was expected')
const edges = new Set<string>()
for (const { source, dependencies } of output.modules) {
  if (!source.startsWith('src/')) continue
  for (const { resolved } of dependencies) {
    const [from, to] = [folderOf(source), folderOf(resolved)]
    if (resolved.startsWith('src/') && from !== to) edges.add(`  ${from} --> ${to}`)
  }
}
const picture = `${BEGIN}\n\`\`\`mermaid\nflowchart TD\n${[...edges].toSorted().join('\n')}\n\`\`\`\n${END}`

const page = await readFile(FILE, 'utf8')
const drawn = page.replace(new RegExp(`${BEGIN}[\\s\\S]*${END}`), picture)
if (process.argv.includes('--check')) {
  if (drawn !== page) {
    console.error('docs/architecture.md shows imports that are not those of the code: run `npm run docs`.')
    process.exit(1)
  }
} else {
  await writeFile(FILE, drawn)
  console.log(`${edges.size} imports between folders drawn into docs/architecture.md`)
}
