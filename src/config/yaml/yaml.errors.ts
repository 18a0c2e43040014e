import type { Document, LineCounter, YAMLError } from 'yaml';
import type { ConfigurationIssue } from '../errors/configuration.error.js';
import { repeatedKeys } from './repeated.keys.js';

const REASONS: Partial<Record<YAMLError['code'], string>> = {
  BAD_ALIAS: 'has a * or & without a name; put a value that begins with one in quotes',
  BAD_DQ_ESCAPE: 'has a \\ in double quotes that begins no escape; write \\\\, or use single quotes',
  BAD_SCALAR_START: 'begins a value with a character that YAML reserves; put the value in quotes',
  BLOCK_AS_IMPLICIT_KEY:
    "has ': ' inside a value, or is followed by a line that is indented further than it; " +
    'put the value in quotes, or indent the line as its neighbours are',
  MISSING_CHAR: "lacks a quote, bracket, comma or '- ' where one is expected; see the lines above it too",
  MULTILINE_IMPLICIT_KEY: "lacks ': ' (a colon and a space) after a key",
  MULTIPLE_DOCS: 'begins a second document; one file is one document',
  TAB_AS_INDENT: 'is indented with a tab; YAML is indented with spaces only',
  TAG_RESOLVE_FAILED: 'has a tag (!), which no setting uses; put a value that begins with ! in quotes',
  UNEXPECTED_TOKEN:
    'does not continue what is above it; check the indentation of this line and those above it',
};

const BAD_INDENT =
  'is not indented as its neighbours are: the keys of one mapping, and the entries of one list, begin in one column';
const OPEN_FLOW =
  'is within { or [ that was not closed; close it on the same line, or indent this line further';

/**
 * What is wrong with the text as YAML. A mistake of syntax makes the parser misread what follows, so only the first one is
 * reported; repeated keys are reported all. The parser's own messages quote the file, so none of them is used.
 */
export function yamlIssues(document: Document, text: string, lines: LineCounter): ConfigurationIssue[] {
  const errors = [...document.errors, ...document.warnings];
  const first = errors.find(({ code }) => code !== 'DUPLICATE_KEY');
  if (first) return [{ path: placeOf(first, text, lines), reason: reasonOf(first) }];
  if (errors.length === 0) return [];
  const repeated = repeatedKeys(document.contents, lines);
  return errors.map((error) => {
    const key = repeated.get(error.pos[0]);
    const reason = key
      ? `repeats ${key.setting}, which is at line ${key.firstLine} already; remove one of the two`
      : 'repeats a key of the same mapping';
    return { path: placeOf(error, text, lines), reason };
  });
}

/** A line with a wrong indent is reported where its text begins. */
function placeOf({ pos }: YAMLError, text: string, lines: LineCounter): string {
  const spaces = /^ */.exec(text.slice(pos[0], pos[0] + 256))?.[0].length ?? 0;
  const { line, col } = lines.linePos(pos[0] + spaces);
  return `line ${line}, column ${col}`;
}

function reasonOf({ code, message }: YAMLError): string {
  if (code === 'BAD_INDENT') return message.startsWith('Flow') ? OPEN_FLOW : BAD_INDENT;
  if (code === 'MISSING_CHAR' && message.startsWith('Sequence item')) return BAD_INDENT;
  return REASONS[code] ?? `is not valid YAML (${code})`;
}
