/** `vivim mcp`: an assistant on this machine (Claude Desktop, Claude Code, Cursor) talks to a vault over stdin and stdout. */
import type { Command } from 'commander'
import type { Reached } from './reach.ts'

type WithInstance = <T>(use: (instance: Reached) => Promise<T>) => Promise<T>

export function addMcp(program: Command, withInstance: WithInstance): void {
  program
    .command('mcp')
    .description('Serve a vault to an assistant of this machine, as an MCP server on stdin and stdout')
    .requiredOption('--account <name>', 'whose vault it is')
    .addHelpText(
      'after',
      '\nFor example:\n  claude mcp add vivim -- vivim mcp --account ada\nIt works beside a running instance, and opens it when it does not run. Every call is noted, and its owner sees it.',
    )
    .action(async ({ account }: { account: string }) => withInstance((instance) => instance.mcp(account, process.stdin, process.stdout)))
}
