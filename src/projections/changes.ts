/** What a batch changed in the read tables, told to in-process listeners (streaming) after the batch's transaction committed. */
export type Change =
  | {
      readonly kind: 'status'
      readonly statusId: string
      readonly accountId: string
      /** Accounts of this instance whose home timeline got it. */
      readonly homes: readonly string[]
      readonly visibility: string
      readonly local: boolean
      readonly tags: readonly string[]
      readonly isBoost: boolean
    }
  | {
      readonly kind: 'status.update'
      readonly statusId: string
      readonly accountId: string
      readonly homes: readonly string[]
      readonly visibility: string
      readonly local: boolean
      readonly tags: readonly string[]
    }
  | {
      readonly kind: 'delete'
      readonly statusId: string
      readonly accountId: string
      /** Accounts of this instance that had it at home, or were mentioned. */
      readonly homes: readonly string[]
      readonly visibility: string
      readonly local: boolean
      readonly tags: readonly string[]
      readonly isBoost: boolean
    }
  | { readonly kind: 'notification'; readonly notificationId: string; readonly accountId: string }
  | { readonly kind: 'grant.revoked'; readonly grantId: string }
  | { readonly kind: 'instance' }
  /** A conversation, or what was said in it, is new, changed or gone. */
  | { readonly kind: 'conversation'; readonly conversationId: string; readonly accountId: string; readonly gone: boolean }
  | { readonly kind: 'memory'; readonly memoryId: string; readonly accountId: string; readonly gone: boolean }
  | { readonly kind: 'import'; readonly importId: string; readonly accountId: string }
