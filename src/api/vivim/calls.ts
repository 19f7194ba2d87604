/** Every call of the vault: what the OpenAPI document says of it. Each file of routes lists its own. */
import type { AnyCall } from './call.ts'

export const CALLS: readonly AnyCall[] = []
