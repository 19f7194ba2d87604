/**
 * The scripts of the audit page, and only of it: the TypeScript beside this file without its types, each module under a path that names the content of
 * all of them. Nothing is bundled, so what a reader of the source sees is what the browser runs.
 */
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'

type Script = { readonly path: string; readonly text: string }

const FOLDER = new URL('browser/', import.meta.url)

const modules = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.ts'))
  .toSorted()
  .map((file) => ({ name: file.replace(/\.ts$/, '.js'), text: readable(readFileSync(new URL(file, FOLDER), 'utf8')) }))

/** Types become blanks, and imports name what is served. */
function readable(source: string): string {
  return withoutTypes(source).replace(/(from '\.\/[a-z-]+)\.ts'/g, "$1.js'")
}

/** Node runs this very project by the same means, but warns whoever calls it: not the concern of people who start an instance. */
function withoutTypes(source: string): string {
  const emitWarning = process.emitWarning.bind(process)
  process.emitWarning = () => {}
  try {
    return stripTypeScriptTypes(source)
  } finally {
    process.emitWarning = emitWarning
  }
}

const digest = createHash('sha256')
  .update(modules.map(({ name, text }) => `${name}\n${text}`).join('\0'))
  .digest('base64url')
  .slice(0, 12)

export const SCRIPTS: readonly Script[] = modules.map(({ name, text }) => ({ path: `/assets/audit-${digest}/${name}`, text }))
export const MAIN_SCRIPT = `/assets/audit-${digest}/main.js`
