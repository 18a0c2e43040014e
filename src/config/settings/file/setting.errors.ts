import type { ValidationError } from 'class-validator';
import { closestWord } from '../../closest.word.js';
import type { ConfigurationIssue } from '../../errors/configuration.error.js';
import { type FieldSchema, fieldsOf, formOf, type SettingsClass } from '../../fields/field.schema.js';
import { whiteSpaceHint } from '../../errors/white.space.js';
import { joinPath } from '../../errors/setting.path.js';
import { SettingsDocument } from '../settings.js';
import { misplacedReason } from './unknown.settings.js';

/** Merges mappings in YAML 1.1; an ordinary key in YAML 1.2. */
const MERGE_KEY = '<<';
const MERGED =
  'merges (<<), which YAML 1.2 cannot; write these settings out, or repeat a whole mapping with & and *';

/** A mapping or a list of mappings of the file, with the class of the mappings. */
interface Holder {
  readonly path: string;
  readonly type: SettingsClass;
  readonly value: unknown;
}

/** What is wrong with a document and where, element by element. A reason shows numbers and known words of a value, and nothing else. */
export function issuesOf(
  document: SettingsDocument,
  errors: readonly ValidationError[],
): ConfigurationIssue[] {
  return issuesWithin({ path: '', type: SettingsDocument, value: document }, errors);
}

function issuesWithin(holder: Holder, errors: readonly ValidationError[]): ConfigurationIssue[] {
  const dedented = dedentedIn(holder, errors);
  const misspelt = misspeltIn(holder, errors);
  return errors.flatMap((error) => {
    if (dedented.lines.has(error.property)) return [];
    if (misspelt.has(error.property) && memberOf(holder.value, error.property) === undefined) return [];
    const path = joinPath(holder.path, error.property);
    if (dedented.owners.has(error.property)) {
      return [{ path, reason: 'is empty; indent the lines that belong to it further than it' }];
    }
    return issuesAt(holder, error, path);
  });
}

function issuesAt(holder: Holder, error: ValidationError, path: string): ConfigurationIssue[] {
  const value = memberOf(holder.value, error.property);
  const field = Array.isArray(holder.value) ? undefined : fieldsOf(holder.type).get(error.property);
  const [constraint, message] = Object.entries(error.constraints ?? {})[0] ?? [];
  const { property } = error;
  const own =
    message === undefined ? [] : ownIssues({ constraint, message, path, property, value, field, holder });
  const inner = { path, value, type: field?.type?.() ?? holder.type };
  return [...own, ...issuesWithin(inner, error.children ?? [])];
}

interface Complaint {
  readonly constraint: string | undefined;
  readonly message: string;
  readonly path: string;
  readonly property: string;
  readonly value: unknown;
  readonly field: FieldSchema | undefined;
  readonly holder: Holder;
}

function ownIssues(complaint: Complaint): ConfigurationIssue[] {
  const { constraint, message, path, property, value, field, holder } = complaint;
  if (constraint === 'whitelistValidation') {
    const name = path.slice(path.lastIndexOf('.') + 1);
    return [{ path, reason: property === MERGE_KEY ? MERGED : misplacedReason(name, holder.type) }];
  }
  const elements = field?.list && Array.isArray(value) ? elementIssues(value, field, path) : [];
  if (elements.length > 0) return elements;
  const type = field?.type?.() ?? holder.type;
  const nested = constraint === 'isObject' || constraint === 'nestedValidation';
  const shape = nested && message !== 'is missing' ? ` such as ${formOf(type)?.example}` : '';
  const listed = constraint === 'isArray' && message !== 'is missing' ? formOfList(value, field) : '';
  return [
    { path, reason: `${constraint === 'nestedValidation' ? 'must be a mapping' : message}${shape}${listed}` },
  ];
}

/** How a list is written. Shows of the value what is among the words that the setting can have, and nothing else. */
function formOfList(value: unknown, { type, schema = {} }: FieldSchema = {}): string {
  if (type) return `, such as [${formOf(type())?.example}]`;
  const { enum: words = [] } = schema as { readonly enum?: readonly string[] };
  const written = typeof value === 'string' ? value.split(/[,\s]+/) : [];
  const known = written.filter((word) => words.includes(word));
  if (known.length > 0) return `, such as [${known.join(', ')}]`;
  return typeof value === 'string' ? '; put the value in [ ]' : ', such as [first, second]';
}

/** Each entry that is wrong by itself, or in the list twice. */
function elementIssues(list: readonly unknown[], field: FieldSchema, path: string): ConfigurationIssue[] {
  return list.flatMap((element, index) => {
    const reason =
      reasonOfElement(element, field) ??
      (isRepeated(list, index, field) ? 'is in the list twice' : undefined);
    return reason === undefined ? [] : [{ path: joinPath(path, index), reason }];
  });
}

function isRepeated(list: readonly unknown[], index: number, { type }: FieldSchema): boolean {
  return type === undefined && list.indexOf(list[index]) < index;
}

function reasonOfElement(element: unknown, { type, schema = {}, rule }: FieldSchema): string | undefined {
  if (type) {
    const isMapping = typeof element === 'object' && element !== null && !Array.isArray(element);
    return isMapping ? undefined : `must be a mapping such as ${formOf(type())?.example}`;
  }
  const { enum: words, pattern } = schema as { readonly enum?: readonly string[]; readonly pattern?: string };
  if (words) return words.includes(element as string) ? undefined : reasonOfWord(element, words);
  if (typeof element !== 'string') return 'must be a string; put it in quotes';
  return new RegExp(pattern ?? '').test(element) ? undefined : `must be ${rule}${whiteSpaceHint(element)}`;
}

function reasonOfWord(element: unknown, words: readonly string[]): string {
  // A few words are all shown: HS256 is not a misspelt RS256.
  const isMany = words.length > 5;
  const meant = isMany && typeof element === 'string' ? closestWord(element, words) : undefined;
  return meant === undefined
    ? `must be one of: ${words.join(', ')}${whiteSpaceHint(element)}`
    : `is not known; did you mean ${meant}?`;
}

/**
 * Mappings that are empty because the lines that belong to them are not indented further: in place of an error for each line
 * there is one for the mapping.
 */
function dedentedIn({ type, value }: Holder, errors: readonly ValidationError[]) {
  const owners = new Set<string>();
  const lines = new Set<string>();
  if (Array.isArray(value)) return { owners, lines };
  const unknown = unknownIn(errors);
  for (const { property } of errors) {
    const nested = memberOf(value, property) === null ? fieldsOf(type).get(property)?.type : undefined;
    const own = nested ? unknown.filter((name) => fieldsOf(nested()).has(name)) : [];
    if (own.length > 0) owners.add(property);
    for (const name of own) lines.add(name);
  }
  return { owners, lines };
}

/** Settings that are there under a misspelt name: the error at that name is enough. */
function misspeltIn({ type, value }: Holder, errors: readonly ValidationError[]): ReadonlySet<string> {
  if (Array.isArray(value)) return new Set();
  const meant = unknownIn(errors).map((name) => closestWord(name, fieldsOf(type).keys()));
  return new Set(meant.filter((name) => name !== undefined));
}

function unknownIn(errors: readonly ValidationError[]): string[] {
  return errors.flatMap(({ property, constraints }) =>
    constraints && 'whitelistValidation' in constraints ? [property] : [],
  );
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined;
}
