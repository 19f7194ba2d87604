import { hash } from 'node:crypto'

/** SHA-256 (hex) of a text. */
export const textHash = (text: string): string => hash('sha256', text)
