import { LineCounter, parseDocument } from 'yaml';
import { type ConfigurationReport, WHOLE_FILE } from '../errors/configuration.report.js';
import { hasLeadingZeros, oddNumbers } from './odd.numbers.js';
import { readPlainYaml } from './plain.yaml.js';
import { unusableAlias } from './unusable.aliases.js';
import { yamlIssues } from './yaml.errors.js';

/** 10,000 callers with three keys each are about 5 MB. */
export const SETTINGS_BYTES_MAX = 8 * 1024 * 1024;

/** From here on the quicker parser is worth compiling its pattern, which takes 30 ms. */
export const LARGE_LENGTH = 16 * 1024;

/** Aliases may share a block or two; without a limit ten lines of them unfold to gigabytes. */
const ALIASES_MAX = 100;

/**
 * Reads YAML into plain objects; what is wrong is added to `report` and `undefined` returned. The parser's own messages
 * quote the file, so an error carries our words and its place.
 */
export function readYaml(bytes: Uint8Array, report: ConfigurationReport): unknown {
  const text = textOf(bytes, report);
  if (text === undefined) return undefined;
  const plain = text.length < LARGE_LENGTH || hasLeadingZeros(text) ? undefined : readPlainYaml(text);
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
  const issues = yamlIssues(document, text, lineCounter);
  for (const { path, reason } of issues) report.error(path, reason);
  if (issues.length > 0) return undefined;
  try {
    const value = document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown;
    refuseCircle(value);
    for (const { path, reason } of oddNumbers(document.contents)) report.warn(path, reason);
    return value;
  } catch {
    const alias = unusableAlias(document);
    if (!alias) report.error(WHOLE_FILE, `unfolds more than ${ALIASES_MAX} aliases`);
    else {
      const { line, col } = lineCounter.linePos(alias.offset);
      report.error(`line ${line}, column ${col}`, alias.reason);
    }
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
