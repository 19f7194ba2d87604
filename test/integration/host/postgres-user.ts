/** A process of its own that uses the embedded server, prints its URL and stays until it is killed. */
import { startPostgres } from '../../../src/host/postgres.ts'

const [, , dir = '', settings = '{}'] = process.argv
const { url } = await startPostgres(dir, JSON.parse(settings))
process.stdout.write(`${url}\n`)
setInterval(() => {}, 60_000)
