/** Whether a directory can be one for data, found out before anything is made. */
import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import path from 'node:path'

/** File systems that are views of the kernel: proc and sysfs. Node's recursive `mkdir` never returns there. @see statfs(2) */
const VIEWS: ReadonlySet<number> = new Set([0x9f_a0, 0x62_65_65_72])

/** What stands in the way of data in `dir`, which is absolute and may not exist yet; null when nothing does. */
export function dataDirProblem(dir: string): string | null {
  const place = nearest(dir)
  if (!statSync(place).isDirectory()) return `${place} is not a directory`
  if (VIEWS.has(statfsSync(place).type)) return `nothing can be kept below ${place}`
  return place === dir || isWritable(place) ? null : `nothing may be created in ${place}`
}

/** The directory itself, or the closest one above it that exists. */
const nearest = (dir: string): string => (existsSync(dir) || path.dirname(dir) === dir ? dir : nearest(path.dirname(dir)))

function isWritable(dir: string): boolean {
  try {
    accessSync(dir, constants.W_OK | constants.X_OK)
    return true
  } catch {
    return false
  }
}
