/** `npm run vivim -- <command>`: the command line, under the Node that runs the instance. bin/vivim.js finds that Node first. */
import { run } from './program.ts'

// `vivim … | head`: whoever reads has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

process.exitCode = await run(process.argv.slice(2))
