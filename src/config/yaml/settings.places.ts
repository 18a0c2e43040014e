import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';
import type { SecretReference } from '../secrets/secret.reference.js';
import { CHOSEN_NAME } from '../chosen.names.js';
import { isShownKey, stepsOf } from '../errors/setting.path.js';

/** Where a setting is in the text of the file, and in whose entry. */
export interface SettingPlace {
  readonly line: number;
  readonly column: number;
  /** For example `tenant north`, for the first of the entries around it that has a valid name. */
  readonly owner?: string;
  /** What the `{ file: … }` or `{ env: … }` at this place leads to, as written. */
  readonly reference?: SecretReference;
}

const OWNERS: Readonly<Record<string, string>> = { tenants: 'tenant', callers: 'caller', issuers: 'issuer' };

/**
 * Finds the places of settings by their paths. What is missing is where the mapping around it begins.
 * @param text the settings file; need not be valid
 */
export function placesIn(text: string): (path: string) => SettingPlace | undefined {
  const lines = new LineCounter();
  const document = parseDocument(text, { prettyErrors: false, lineCounter: lines, logLevel: 'error' });
  const resolved = (node: unknown) => (isAlias(node) ? node.resolve(document) : node);
  return (path) => {
    const written = /^line (\d+), column (\d+)$/.exec(path);
    if (written) return { line: Number(written[1]), column: Number(written[2]) };
    if (document.errors.length > 0) return undefined;
    return walked(resolved(document.contents), stepsOf(path), { lines, resolved });
  };
}

interface Walk {
  readonly lines: LineCounter;
  readonly resolved: (node: unknown) => unknown;
}

function walked(
  root: unknown,
  steps: readonly (string | number | undefined)[],
  { lines, resolved }: Walk,
): SettingPlace | undefined {
  let node = root;
  let begin: unknown = root;
  for (const step of steps) {
    const child = childOf(node, step);
    if (!child) break;
    begin = child.begin;
    node = resolved(child.value);
  }
  const offset = (begin as Node | null | undefined)?.range?.[0];
  if (offset === undefined) return undefined;
  const { line, col } = lines.linePos(offset);
  const [list = '', index] = steps;
  const entry =
    typeof index === 'number' ? resolved(childOf(resolved(childOf(root, list)?.value), index)?.value) : null;
  const owner = ownerOf(String(list), entry);
  const reference = referenceOf(node);
  return { line, column: col, ...(owner && { owner }), ...(reference && { reference }) };
}

interface Child {
  /** The key in a mapping, the entry in a list. */
  readonly begin: unknown;
  readonly value: unknown;
}

function childOf(node: unknown, step: string | number | undefined): Child | undefined {
  if (isSeq(node)) {
    const item = typeof step === 'number' ? node.items[step] : undefined;
    return item ? { begin: item, value: item } : undefined;
  }
  if (!isMap(node)) return undefined;
  const pair = node.items.find(({ key }) => {
    const name = isScalar(key) ? String(key.value) : '';
    return step === undefined ? !isShownKey(name) : name === String(step);
  });
  return pair && { begin: pair.key, value: pair.value };
}

/** For an entry of `tenants`, `callers` or `issuers` with a valid name: for example `tenant north`. */
export function ownerOf(list: string, entry: unknown): string | undefined {
  const kind = OWNERS[list];
  const name: unknown = isMap(entry) ? entry.get('name') : undefined;
  return kind !== undefined && typeof name === 'string' && CHOSEN_NAME.test(name)
    ? `${kind} ${name}`
    : undefined;
}

function referenceOf(node: unknown): SecretReference | undefined {
  if (!isMap(node)) return undefined;
  const [file, env] = [node.get('file'), node.get('env')];
  if (typeof file === 'string') return { file };
  return typeof env === 'string' ? { env } : undefined;
}
