import { LineCounter, parseDocument, type YAMLError } from 'yaml';
import { type ConfigurationReport, WHOLE_FILE } from '../configuration.report.js';
import { readPlainYaml } from './plain.yaml.js';

/** 10,000 callers with three keys each are about 5 MB. */
export const SETTINGS_BYTES_MAX = 8 * 1024 * 1024;

/** From here on the quicker parser is worth compiling its pattern, which takes 30 ms. */
const LARGE_LENGTH = 16 * 1024;

/** Aliases may share a block or two; without a limit ten lines of them unfold to gigabytes. */
const ALIASES_MAX = 100;

/**
 * Reads YAML into plain objects; what is wrong is added to `report` and `undefined` returned. The parser's own messages
 * quote the file, so an error carries only its code and place.
 */
export function readYaml(bytes: Uint8Array, report: ConfigurationReport): unknown {
  const text = textOf(bytes, report);
  if (text === undefined) return undefined;
  const plain = text.length < LARGE_LENGTH ? undefined : readPlainYaml(text);
  return plain ?? readAnyYaml(text, report);
}

function readAnyYaml(text: string, report: ConfigurationReport): unknown {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, {
    prettyErrors: false,
    lineCounter,
    logLevel: 'error',
    uniqueKeys: true,
  });
  const complaints = [...document.errors, ...document.warnings];
  for (const complaint of complaints) report.error(placeOf(complaint, lineCounter), reasonOf(complaint));
  if (complaints.length > 0) return undefined;
  try {
    const value = document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown;
    refuseCircle(value);
    return value;
  } catch {
    report.error(
      WHOLE_FILE,
      `uses an alias before or within its own anchor, or unfolds more than ${ALIASES_MAX} aliases`,
    );
    return undefined;
  }
}

/** Throws at an object that contains itself: walking through it would not end. */
function refuseCircle(value: unknown): void {
  JSON.stringify(value);
}

function textOf(bytes: Uint8Array, report: ConfigurationReport): string | undefined {
  if (bytes.length > SETTINGS_BYTES_MAX) {
    report.error(WHOLE_FILE, `is larger than ${SETTINGS_BYTES_MAX} bytes`);
    return undefined;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    report.error(WHOLE_FILE, 'is not UTF-8 text');
    return undefined;
  }
}

function placeOf(complaint: YAMLError, lineCounter: LineCounter): string {
  const { line, col } = lineCounter.linePos(complaint.pos[0]);
  return `line ${line}, column ${col}`;
}

function reasonOf({ code }: YAMLError): string {
  if (code === 'DUPLICATE_KEY') return 'repeats a key of the same mapping';
  if (code === 'MULTIPLE_DOCS') return 'begins a second document; one file is one document';
  return `is not valid YAML (${code})`;
}
