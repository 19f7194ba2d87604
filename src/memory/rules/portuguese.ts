import { english } from './english.ts'
export const portuguese = english
