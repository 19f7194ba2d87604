/** Answers that are costly to find and may be a little old. */

/** `load`, called at most once per `ms`; askers at the same time share one call. A failure is not remembered. */
export function remembered<T>(ms: number, now: () => number, load: () => Promise<T>): () => Promise<T> {
  let value: Promise<T> | null = null
  let until = 0
  return () => {
    if (value !== null && now() < until) return value
    until = now() + ms
    const loading = load()
    value = loading
    loading.catch(() => {
      if (value === loading) value = null
    })
    return loading
  }
}
