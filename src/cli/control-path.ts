/** Where the control socket of a data directory is. */
import { connect } from 'node:net'
import path from 'node:path'

/** What fits sun_path, with its final 0, on Linux and on macOS. */
const LONGEST = 103

/** Absolute, or relative to the working directory when that is what fits; null when neither does. */
export function socketPath(dataDir: string): string | null {
  const absolute = path.join(dataDir, 'control.sock')
  return [absolute, path.relative(process.cwd(), absolute)].find((name) => Buffer.byteLength(name) <= LONGEST) ?? null
}

/** True when somebody listens there. */
export function canConnect(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket)
    connection.once('connect', () => resolve(true)).once('error', () => resolve(false))
    connection.once('connect', () => connection.destroy())
  })
}
