import { english } from './english.ts'
export const spanish = english
