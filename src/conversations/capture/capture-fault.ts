/** Why nothing was captured, named for what whoever asked can do. */
export type CaptureCode =
  /** Ask with another address: this one is no share link of a provider that we know. */
  | 'NOT_A_SHARE_LINK'
  /** Give up: it was deleted, never shared, or is not shared any more. */
  | 'NOT_SHARED'
  /** Open the link in a browser, save the page, and give it to us: the provider does not answer machines. */
  | 'SAVE_THE_PAGE'
  /** Ask again later. */
  | 'RETRY_LATER'

export class CaptureFault extends Error {
  readonly code: CaptureCode
  constructor(code: CaptureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'CaptureFault'
    this.code = code
  }
}
