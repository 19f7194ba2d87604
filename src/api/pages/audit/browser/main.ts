/** The page: its forms, what runs when one is sent, and where the result goes. */
import { type AccountResult, checkAccount, checkEntry, checkRange, type Progress, type RangeResult } from './checks.ts'
import { definitions, describeEntry, element, vouchers } from './draw.ts'
import { Log } from './log.ts'
import { parseVerifierKey, type VerifierKey } from './note.ts'
import { namedKey, verifyReceipt } from './receipt.ts'

/** Where the key of this log is remembered: should it ever be another, somebody must say why. */
const REMEMBERED = 'vivim audit key'

const log = new Log()

function byId<T extends HTMLElement>(id: string, kind: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof kind)) throw new Error(`The page has no ${id}.`)
  return found
}

const field = (form: HTMLFormElement, name: string): string => {
  const value = new FormData(form).get(name)
  return typeof value === 'string' ? value.trim() : ''
}

/** The key that everything is checked by: as written, and remembered. @throws {Error} */
async function trustedKey(): Promise<VerifierKey> {
  const key = await parseVerifierKey(byId('vkey', HTMLInputElement).value)
  if (localStorage.getItem(REMEMBERED) === null) localStorage.setItem(REMEMBERED, key.text)
  return key
}

type Check = (form: HTMLFormElement, progress: Progress) => Promise<readonly HTMLElement[]>

const CHECKS: Readonly<Record<string, Check>> = {
  entry: async (form) => describeEntry(await checkEntry(log, await trustedKey(), field(form, 'entry'))),
  account: async (form, progress) => describeAccount(await checkAccount(log, await trustedKey(), field(form, 'account'), progress)),
  range: async (form, progress) => {
    const [from, to] = [Number(field(form, 'from')), Number(field(form, 'to'))]
    return describeRange(await checkRange(log, await trustedKey(), from, to + 1, progress))
  },
  receipt: async (form) => {
    const file = new FormData(form).get('receipt')
    if (!(file instanceof File) || file.size === 0) throw new Error('Choose a receipt: a file that ends in .tlog-proof.')
    const text = await file.text()
    const named = await parseVerifierKey(namedKey(text))
    const own = await trustedKey()
    const notes =
      named.name === own.name
        ? []
        : [element('p', { class: 'problem' }, `This receipt is of another log, ${named.name}: it was checked by the key it names itself.`)]
    return [...notes, ...describeEntry(await verifyReceipt(text, named.name === own.name ? own : named))]
  },
}

function describeRange({ checkpoint, from, to, open, blinded }: RangeResult): HTMLElement[] {
  const count = to - from
  return [
    element(
      'p',
      {},
      `${count.toLocaleString('en')} ${count === 1 ? 'entry was' : 'entries were'} read, hashed, and make the root that ${checkpoint.origin} signed.`,
    ),
    vouchers(checkpoint),
    definitions({
      Entries: `${from} to ${to - 1} of ${checkpoint.size}`,
      Public: String(open),
      Private: `${blinded}: seen as 33 opaque bytes each`,
    }),
  ]
}

function describeAccount({ checkpoint, actor, keys, first, last }: AccountResult): HTMLElement[] {
  const commits = keys.reduce((sum, key) => sum + key.commits, 0)
  return [
    element(
      'p',
      {},
      `${commits.toLocaleString('en')} public ${commits === 1 ? 'commit is' : 'commits are'} signed by keys of this account, follow each other without a gap, and stand in the tree that ${checkpoint.origin} signed.`,
    ),
    vouchers(checkpoint),
    definitions({
      Author: actor,
      Entries: `between ${first} and ${last} of ${checkpoint.size}`,
      ...Object.fromEntries(keys.map(({ key, commits }, i) => [`Key ${i + 1}`, `${key}: ${commits}`])),
    }),
  ]
}

/** Runs one check: says that it runs, how far it is, and what came of it. */
async function run(form: HTMLFormElement, check: Check): Promise<void> {
  const result = byId('result', HTMLElement)
  const bar = element('progress', { 'aria-label': 'How much is checked' }) as HTMLProgressElement
  result.replaceChildren(element('p', {}, 'Checking…'), bar)
  const progress: Progress = (done, total) => Object.assign(bar, { max: Math.max(total, 1), value: done })
  const button = form.querySelector('button')
  button?.setAttribute('aria-disabled', 'true')
  try {
    const found = await check(form, progress)
    result.replaceChildren(element('h2', { class: 'verdict good' }, '✔ It is as the log says'), ...found)
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    result.replaceChildren(element('h2', { class: 'verdict bad' }, '✘ This does not verify'), element('p', { class: 'problem' }, words))
  } finally {
    button?.removeAttribute('aria-disabled')
    result.focus()
  }
}

for (const [name, check] of Object.entries(CHECKS)) {
  const form = byId(`check-${name}`, HTMLFormElement)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    if (form.querySelector('button')?.getAttribute('aria-disabled') !== 'true') void run(form, check)
  })
}

const remembered = localStorage.getItem(REMEMBERED)
const vkey = byId('vkey', HTMLInputElement)
if (remembered !== null && remembered !== vkey.value) {
  byId('key-changed', HTMLElement).hidden = false
  vkey.value = remembered
}

const asked = new URLSearchParams(location.search).get('entry')
if (asked !== null) {
  const form = byId('check-entry', HTMLFormElement)
  byId('entry', HTMLInputElement).value = asked
  form.requestSubmit()
}
document.documentElement.dataset['scripts'] = 'on'
