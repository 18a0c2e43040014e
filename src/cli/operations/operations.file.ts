import { readFile } from 'node:fs/promises';
import { isOperationId } from '../../ledger/operation.id.js';
import { CommandError, printable, type Terminal } from '../terminal.js';

/** As many as a person can review before one decision; the default page of the list has 50 as well. */
export const OPERATIONS_MAX = 50;

/** 50 operations, each with a long request and 200 evidence entries, are smaller. */
const CHARACTERS_MAX = 16 * 1024 * 1024;

/** The members of an operation in the file that are used. */
export interface ListedOperation {
  readonly id: string;
  readonly kind: string;
  /** Absent when it was not unknown when it was listed. */
  readonly unknownSince?: string;
}

/**
 * Reads the output of `operations list --json` or `show --json`: one operation per line, or a JSON array.
 * @param name of a file, or `-` for standard input
 * @throws CommandError for a file that cannot be read or parsed, is empty or too large, or has several kinds
 */
export async function readOperationsFile(
  name: string,
  terminal: Terminal,
): Promise<readonly ListedOperation[]> {
  const text = await textOf(name, terminal);
  const file = name === '-' ? 'standard input' : printable(name);
  const operations = entriesOf(text, file).map(({ entry, place }) => operationOf(entry, `${file}, ${place}`));
  const [first] = operations;
  if (!first) throw new CommandError(`${file} contains no operations.`);
  if (operations.length > OPERATIONS_MAX) {
    throw new CommandError(
      `${file} contains ${operations.length} operations; one decision applies to 1 to ${OPERATIONS_MAX}.`,
    );
  }
  const kinds = [...new Set(operations.map(({ kind }) => kind))];
  if (kinds.length > 1) {
    throw new CommandError(
      `${file} contains operations of ${kinds.length} kinds (${kinds.map(printable).join(', ')}); one decision applies ` +
        'to one kind: list with --kind.',
    );
  }
  const repeated = operations.find(({ id }, index) => operations.findIndex((each) => each.id === id) < index);
  if (repeated) throw new CommandError(`${file} contains operation ${repeated.id} twice.`);
  return operations;
}

async function textOf(name: string, { input }: Terminal): Promise<string> {
  const text = name === '-' ? await inputOf(input) : await fileOf(name);
  if (text.length > CHARACTERS_MAX) {
    throw new CommandError(`${printable(name)} has more than ${CHARACTERS_MAX} characters.`);
  }
  // A byte order mark, as some editors and shells write it.
  return text.replace(/^\uFEFF/, '');
}

async function fileOf(name: string): Promise<string> {
  try {
    return await readFile(name, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError(`${printable(name)} cannot be read (${code ?? 'unknown error'}).`);
  }
}

async function inputOf(input: Terminal['input']): Promise<string> {
  if (!input) throw new CommandError('No standard input is available.');
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of input) {
    const buffer = Buffer.from(chunk);
    bytes += buffer.length;
    if (bytes > 4 * CHARACTERS_MAX) break;
    chunks.push(buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}

interface Entry {
  readonly entry: unknown;
  /** For messages: `line 3` or `entry 3`. */
  readonly place: string;
}

function entriesOf(text: string, file: string): readonly Entry[] {
  if (text.trimStart().startsWith('[')) {
    const array = parsed(text, file);
    return Array.isArray(array) ? array.map((entry, at) => ({ entry, place: `entry ${at + 1}` })) : [];
  }
  return text.split('\n').flatMap((line, at) => {
    const place = `line ${at + 1}`;
    return line.trim() === '' ? [] : [{ entry: parsed(line, `${file}, ${place},`), place }];
  });
}

function parsed(text: string, what: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new CommandError(`${what} is not JSON. ${EXPECTED}`);
  }
}

function operationOf(entry: unknown, where: string): ListedOperation {
  const { id, kind, state, finishedAt } = (entry ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof id === 'string' && isOperationId(id) && typeof kind === 'string') {
    const isUnknown = state === 'unknown' && typeof finishedAt === 'string';
    return { id, kind, ...(isUnknown ? { unknownSince: finishedAt } : {}) };
  }
  throw new CommandError(`${where}: is not an operation. ${EXPECTED}`);
}

const EXPECTED =
  'The file must be what `tollgate operations list --json` prints, or a JSON array of operations.';
