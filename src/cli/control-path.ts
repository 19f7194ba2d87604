/** Where the control socket of a data directory is. */
import { connect } from 'node:net'
import path from 'node:path'
import { CommandError } from './command.ts'

/** What fits sun_path, with its final 0, on Linux and on macOS. */
const LONGEST = 103

/** Absolute, or relative to the working directory when that is what fits; null when neither does. */
export function socketPath(dataDir: string): string | null {
  const absolute = path.join(dataDir, 'control.sock')
  return [absolute, path.relative(process.cwd(), absolute)].find((name) => Buffer.byteLength(name) <= LONGEST) ?? null
}

/** True when somebody listens there. @throws {CommandError} when that is not for us to know */
export function canConnect(socket: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const connection = connect(socket, () => {
      connection.destroy()
      resolve(true)
    })
    connection.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EACCES') return resolve(false)
      reject(new CommandError('FAILED', `${socket} may not be opened: run this as the user that runs the instance.`, error))
    })
  })
}
