import { plainToInstance } from 'class-transformer';
import { Validator } from '../../fields/class.validator.js';
import { type ConfigurationReport, WHOLE_FILE } from '../../errors/configuration.report.js';
import type { ReferenceSources } from '../../secrets/secret.reference.js';
import { joinPath } from '../../errors/setting.path.js';
import { parserOf } from '../../fields/parsed.fields.js';
import { issuesOf } from './setting.errors.js';
import { lostIn } from './lost.settings.js';
import { SettingsDocument } from '../settings.js';

/**
 * The first phase of parsing: checks each value by itself, by the decorators of its class, and resolves references. With
 * errors in the report the document is incomplete and must not be used. The document is frozen.
 */
export function parseDocument(
  plain: unknown,
  sources: ReferenceSources,
  report: ConfigurationReport,
): SettingsDocument {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    report.error(WHOLE_FILE, 'must be a mapping with tenants and callers');
    return new SettingsDocument();
  }
  const document = plainToInstance(SettingsDocument, plain);
  const errors = new Validator().validateSync(document, {
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  for (const { path, reason } of [...lostIn(plain), ...issuesOf(document, errors)])
    report.error(path, reason);
  parseFields(document, '', { sources, report });
  return document;
}

interface Parsing {
  readonly sources: ReferenceSources;
  readonly report: ConfigurationReport;
}

/** From the leaves up. What is left out is left out of the object too, so that equal settings have equal keys. */
function parseFields(holder: object, parent: string, parsing: Parsing): void {
  for (const [name, written] of Object.entries(holder)) {
    const path = joinPath(parent, name);
    if (isContainer(written) && !parsing.report.hasErrorAt(path)) parseFields(written, path, parsing);
    if (written === undefined) Reflect.deleteProperty(holder, name);
    else parseField(holder, name, { path, ...parsing });
  }
  Object.freeze(holder);
}

function parseField(holder: object, name: string, { path, sources, report }: Parsing & { path: string }) {
  const parse = parserOf(holder, name);
  if (!parse || report.hasErrorWithin(path)) return;
  const parsed = parse(Reflect.get(holder, name), { path, sources });
  if (parsed.reason !== undefined) return report.error(path, parsed.reason);
  if (parsed.warning !== undefined) report.warn(path, parsed.warning);
  Reflect.set(holder, name, parsed.value);
}

/** A list, or an object of one of our classes. */
function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  return Array.isArray(value) || Object.getPrototypeOf(value) !== Object.prototype;
}
