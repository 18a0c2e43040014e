import { plainToInstance } from 'class-transformer';
import { validateSync, type ValidationError } from 'class-validator';
import { type FaultList, WHOLE_FILE } from '../configuration.report.js';
import { SettingsDocument } from './settings.document.js';

/**
 * Checks the shape of what stands in the file. The document comes back even with faults, so that the checks that
 * follow can report theirs as well; they must ask `faults.isSound` before they touch a part.
 */
export function validateDocument(plain: unknown, faults: FaultList): SettingsDocument {
  if (typeof plain !== 'object' || plain === null || Array.isArray(plain)) {
    faults.add(WHOLE_FILE, 'must be a mapping with tenants and callers');
    return new SettingsDocument();
  }
  const document = plainToInstance(SettingsDocument, plain);
  const errors = validateSync(document, {
    whitelist: true,
    forbidNonWhitelisted: true,
    stopAtFirstError: true,
    validationError: { target: false, value: false },
  });
  for (const error of errors) addFaults(error, '', faults);
  return document;
}

function addFaults(error: ValidationError, parent: string, faults: FaultList): void {
  const path = join(parent, error.property);
  const [constraint, message] = Object.entries(error.constraints ?? {})[0] ?? [];
  if (constraint === 'whitelistValidation') faults.add(path, 'is not a known setting');
  else if (constraint === 'nestedValidation') faults.add(path, 'must be a mapping');
  else if (message !== undefined) faults.add(path, message);
  for (const child of error.children ?? []) addFaults(child, path, faults);
}

/** A name that no setting could have is not shown: it may be a value that slipped into the place of a key. */
function join(parent: string, property: string): string {
  if (/^\d+$/.test(property)) return `${parent}[${property}]`;
  const name = /^[A-Za-z][\w-]{0,39}$/.test(property) ? property : '(odd key)';
  return parent === '' ? name : `${parent}.${name}`;
}
