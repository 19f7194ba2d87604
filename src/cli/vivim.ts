/** `npm run vivim -- <command>`: the command line, under the Node that runs the instance. bin/vivim.js finds that Node first. */
import { run } from './program.ts'

process.exitCode = await run(process.argv.slice(2))
