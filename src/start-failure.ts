/** Why an instance did not start, as a sentence for its operator. Pure. */

/** Where it was to listen. */
type Listening = { readonly host: string; readonly port: number }

/** @param error  whatever opening the instance threw */
export function startFailure(error: unknown, { host, port }: Listening): string {
  const { code, syscall, path } = systemError(error)
  if (syscall === 'listen') {
    const address = `${host} port ${port}`
    if (code === 'EADDRINUSE') return `Another program listens on ${address}: stop it, or choose another port with PORT.`
    if (code === 'EACCES') return `This user may not listen on ${address}: choose a port above 1023 with PORT, and put a proxy before it.`
    if (code === 'EADDRNOTAVAIL') return `This machine does not have the address ${host}: choose one that it has with HOST.`
  }
  const reason = path === null ? undefined : REASONS[code]
  if (reason !== undefined)
    return `${path} cannot be written: ${reason}. It belongs to the data directory (VIVIM_DATA) or to the secret (VIVIM_SECRET_FILE).`
  return messageOf(error)
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota is used up',
  ENOTDIR: 'something on its path is not a directory',
  EEXIST: 'something of that name is in its place',
}

function systemError(error: unknown): { readonly code: string; readonly syscall: string; readonly path: string | null } {
  const { code = '', syscall = '', path = null } = error instanceof Error ? (error as NodeJS.ErrnoException) : {}
  return { code, syscall, path }
}

/** Some errors hold others and say nothing themselves. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return error.errors.map(messageOf).join('; ')
  if (!(error instanceof Error)) return String(error)
  return error.message === '' ? systemError(error).code || error.name : error.message
}
