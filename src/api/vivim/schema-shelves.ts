/** Collections and notebooks as our own API shows and takes them. */
import { z } from 'zod'
import { LIMITS } from '../../events/limits.ts'
import { idParameter } from './parameters.ts'

const id = z.string()
const shelf = {
  name: z.string().trim().min(1).max(LIMITS.name),
  description: z.string().max(LIMITS.description).default(''),
  icon: z.string().max(40).nullable().default(null),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i, 'must be a colour as #88aaff')
    .nullable()
    .default(null),
}
const parentId = z.union([idParameter, z.null()])

export const Shelf = z
  .object({
    id,
    kind: z.enum(['collection', 'notebook']),
    name: z.string(),
    description: z.string(),
    icon: z.string().nullable(),
    color: z.string().nullable(),
    parentId: id.nullable().describe('The collection that it lies in'),
    items: z.int().min(0),
    createdAt: z.iso.datetime(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'Shelf' })

export const ItemKind = z.enum(['conversation', 'message', 'acu', 'memory'])

export const ShelfItem = z
  .object({
    kind: ItemKind,
    id,
    label: z.string().nullable().describe('What it is, in a few words; null when it is gone'),
    note: z.string(),
    place: z.number().describe('Items are in the order of this'),
    addedAt: z.iso.datetime(),
  })
  .meta({ id: 'ShelfItem' })

export const NewShelf = z
  .strictObject({ ...shelf, parentId: parentId.default(null).describe('The collection that it lies in; notebooks lie in none') })
  .meta({ id: 'NewShelf' })

export const ShelfChange = z
  .strictObject({
    name: shelf.name.optional(),
    description: z.string().max(LIMITS.description).optional(),
    icon: z.string().max(40).nullable().optional(),
    color: shelf.color.unwrap().optional(),
    parentId: parentId.optional(),
  })
  .meta({ id: 'ShelfChange' })

export const ShelfPlace = z
  .strictObject({
    note: z.string().max(LIMITS.description).optional(),
    place: z.number().min(-1e15).max(1e15).optional().describe('After everything else when absent; a number between two others puts it between them'),
  })
  .meta({ id: 'ShelfPlace' })
