/** Passphrases of backups: out of a file, from stdin, or typed without being shown. */
import { readFile } from 'node:fs/promises'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { CommandError } from './command.ts'

/** The first line of `file`; without a file: of stdin, where a person is asked for it. @throws {CommandError} when it is empty */
export async function readPassphrase(file: string | undefined): Promise<string> {
  const passphrase = file !== undefined ? await readFile(file, 'utf8') : process.stdin.isTTY ? await ask('Passphrase: ') : await text(process.stdin)
  const [line = ''] = passphrase.split(/\r?\n/)
  if (line === '') throw new CommandError('FAILED', 'The passphrase is empty. Give a file that holds it with --passphrase-file.')
  return line
}

/** A line typed at the terminal, which does not show it. */
async function ask(question: string): Promise<string> {
  process.stderr.write(question)
  const nothing = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input: process.stdin, output: nothing, terminal: true })
  try {
    return await line.question('')
  } finally {
    line.close()
    process.stderr.write('\n')
  }
}
