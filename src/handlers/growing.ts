/**
 * A map that is never changed and grows cheaply: layers of entries, each at least twice as large as the next, the newest entry of a key last.
 * An entry is copied once per doubling, so that a state with thousands of them may be folded one by one. Pure.
 */
export type Growing<V> = readonly ReadonlyMap<string, V>[]

/** The newest value of a key. O(log n). */
export function valueOf<V>(map: Growing<V>, key: string): V | undefined {
  return map.findLast((layer) => layer.has(key))?.get(key)
}

/** The map with one more entry, or a newer one. O(log n), on average over a growing map. */
export function withEntry<V>(map: Growing<V>, key: string, value: V): Growing<V> {
  const layers = [...map]
  let newest: ReadonlyMap<string, V> = new Map([[key, value]])
  for (let last = layers.at(-1); last !== undefined && last.size < 2 * newest.size; last = layers.at(-1)) {
    layers.pop()
    newest = new Map([...last, ...newest])
  }
  return [...layers, newest]
}
