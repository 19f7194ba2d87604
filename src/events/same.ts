/** Whether two payloads say the same: compared as the JSON they are stored as, so neither prototypes, key order nor absent optional members matter. Pure. */

type Members = Readonly<Record<string, unknown>>

/** @returns true when both would be stored as the same JSON value, whatever the order of members */
export function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object' || Array.isArray(a) !== Array.isArray(b)) return false
  const names = membersOf(a)
  return names.length === membersOf(b).length && names.every((name) => sameJson((a as Members)[name], (b as Members)[name]))
}

/** JSON leaves out members that are undefined. In an array every place counts. */
const membersOf = (value: object): string[] => Object.keys(value).filter((name) => Array.isArray(value) || (value as Members)[name] !== undefined)
