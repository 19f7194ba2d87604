/**
 * What of a layer goes into its share: the most valuable per token first. Pure, and the same for the same items in any order.
 */

/** `value`: 0 or more, comparable within one call. `tokens`: what taking it costs, beside what its group costs once. `id` breaks ties. */
export type Packable = { readonly id: string; readonly value: number; readonly tokens: number; readonly group?: Group | undefined }
/** Items under one header, paid for by the first that is taken. */
export type Group = { readonly id: string; readonly tokens: number }

export type Packed<T> = { readonly taken: readonly T[]; readonly dropped: readonly T[]; readonly tokens: number }

/** Taking anything at all costs attention: without this the shortest would always win. */
const OVERHEAD = 14

/**
 * `taken` costs at most `budget` together; both are in the order in which they were considered. O(n log n).
 *
 * @param open  groups that are paid for already
 */
export function pack<T extends Packable>(items: readonly T[], budget: number, open: Iterable<string> = []): Packed<T> {
  const [taken, dropped]: [T[], T[]] = [[], []]
  const paid = new Set(open)
  let left = budget
  for (const item of [...items].sort(byWorth)) {
    const { group } = item
    const cost = item.tokens + (group === undefined || paid.has(group.id) ? 0 : group.tokens)
    if (cost > left) dropped.push(item)
    else {
      left -= cost
      taken.push(item)
      if (group !== undefined) paid.add(group.id)
    }
  }
  return { taken, dropped, tokens: budget - left }
}

const worth = ({ value, tokens }: Packable): number => value / (tokens + OVERHEAD)

const byWorth = (a: Packable, b: Packable): number => worth(b) - worth(a) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)
