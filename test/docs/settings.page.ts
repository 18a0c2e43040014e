import {
  type FieldSchema,
  fieldsOf,
  formOf,
  type SettingsClass,
} from '../../src/config/fields/field.schema.js';
import { type Scope, SCOPES, upstreamOf } from '../../src/config/scopes.js';
import { LEDGER_NEEDS } from '../../src/config/settings/ledger.settings.js';
import { defaultOf, isRequired } from '../../src/config/settings/file/settings.schema.js';
import { SettingsDocument } from '../../src/config/settings/settings.js';

/** Scopes that open no route of their own. */
const BESIDE_ROUTES: Partial<Record<Scope, string>> = {
  'ops:read-all-tenants':
    'beside `ops:read`: metrics and health of all tenants, and why a settings file was refused',
};

interface OpenApi {
  readonly paths: Record<
    string,
    Record<string, { readonly security?: readonly { readonly key?: readonly string[] }[] }>
  >;
}

/** One row for each scope: its routes, and what a tenant and the ledger need for it. */
export function scopesTable(document: OpenApi): string {
  const routes = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).flatMap(([method, { security = [] }]) =>
      security.flatMap(({ key = [] }) =>
        key.map((scope) => ({ scope, route: `\`${method.toUpperCase()} ${path.replace(/^\/v1/, '')}\`` })),
      ),
    ),
  );
  const rows = SCOPES.map((scope) => {
    const own = routes.filter((each) => each.scope === scope).map(({ route }) => route);
    const needs = (LEDGER_NEEDS[scope] ?? []).map(({ part }) => `\`ledger.${part}\``);
    const upstream = upstreamOf(scope);
    const cells = [`\`${scope}\``, [...own, BESIDE_ROUTES[scope]].filter(Boolean).join(', ')];
    return [...cells, [upstream && `\`${upstream}\``, ...needs].filter(Boolean).join(', ')];
  });
  return [
    '| Scope | Opens | Needs |',
    '| --- | --- | --- |',
    ...rows.map((cells) => `| ${cells.join(' | ')} |`),
  ].join('\n');
}

/** A section for each kind of mapping, with every place where it can be, and a line for each of its settings. */
export function settingsSections(): string {
  const places = new Map<SettingsClass, string[]>();
  collect(SettingsDocument, '', places);
  return [...places].map(([type, paths]) => sectionOf(type, paths)).join('\n\n');
}

function collect(type: SettingsClass, path: string, places: Map<SettingsClass, string[]>): void {
  const known = places.get(type);
  if (known) known.push(path);
  else places.set(type, [path]);
  for (const [name, { type: nested, list }] of fieldsOf(type)) {
    const here = `${path}${path && '.'}${name}${list ? '[]' : ''}`;
    if (nested) collect(nested(), here, places);
  }
}

function sectionOf(type: SettingsClass, paths: readonly string[]): string {
  const title = paths[0] === '' ? 'The file' : paths.map((path) => `\`${path}\``).join(', ');
  const lines = [...fieldsOf(type)].map(([name, field]) => {
    const { about = '' } = field;
    return `- **\`${name}\`** (${[typeOf(field), presenceOf(type, name, field)].join('; ')}): ${about}`;
  });
  return [`### ${title}`, `For example \`${formOf(type)?.example}\``, lines.join('\n')].join('\n\n');
}

function typeOf({ list, type, schema = {}, unit, rule }: FieldSchema): string {
  const {
    enum: words,
    minimum,
    maximum,
  } = schema as { enum?: readonly string[]; minimum?: number; maximum?: number };
  const word = words === SCOPES ? '[scopes](#scopes)' : (words ?? []).map((each) => `\`${each}\``).join(', ');
  if (list && type) return `list of ${list.min} to ${list.max} mappings`;
  if (list) return words ? `list of some of ${word}` : `list of ${list.min} to ${list.max}, each ${rule}`;
  if (type) return 'mapping';
  if (words) return `one of ${word}`;
  if (schema['type'] === 'integer') return `whole number from ${minimum} to ${maximum}, ${unit}`;
  return schema['type'] === 'boolean' ? '`true` or `false`' : `${rule}`;
}

function presenceOf(type: SettingsClass, name: string, { type: nested }: FieldSchema): string {
  const value = defaultOf(type, name);
  if (isRequired(type, name)) return 'required';
  const ofNested = nested && JSON.stringify(value) === JSON.stringify(new (nested())());
  if (value === undefined || ofNested || Array.isArray(value)) return 'optional';
  if (nested) return `default ${shown(value as object)}`;
  return `default \`${JSON.stringify(value).replaceAll(/^"|"$/g, '')}\``;
}

function shown(value: object): string {
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `\`{ ${members.map(([name, member]) => `${name}: ${String(member)}`).join(', ')} }\``;
}
