import {
  type FieldSchema,
  fieldsOf,
  formOf,
  type JsonSchema,
  type SettingsClass,
} from '../../fields/field.schema.js';
import { SettingsDocument } from '../settings.js';

/**
 * The JSON Schema (draft 07) of the settings file, from the same declarations that validate it. Names every setting and what
 * each may be by itself; what only the gateway can check (references, names of tenants, times) is not in it.
 */
export function settingsSchema(): JsonSchema {
  const definitions: Record<string, JsonSchema> = {};
  const root = mappingOf(SettingsDocument, definitions);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Settings of Tollgate (TOLLGATE_CONFIG)',
    ...root,
    definitions,
  };
}

/** A setting without a default that has to be in the file. */
export function isRequired(type: SettingsClass, name: string): boolean {
  return !fieldsOf(type).get(name)?.optional && defaultOf(type, name) === undefined;
}

/** What is in force for a setting that is left out: a value of JSON, or undefined for none and for mappings. */
export function defaultOf(type: SettingsClass, name: string): unknown {
  return Reflect.get(new type(), name) as unknown;
}

function mappingOf(type: SettingsClass, definitions: Record<string, JsonSchema>): JsonSchema {
  const names = [...fieldsOf(type)];
  const required = names.flatMap(([name]) => (isRequired(type, name) ? [name] : []));
  return {
    type: 'object',
    properties: Object.fromEntries(
      names.map(([name, field]) => [
        name,
        { ...settingOf(field, definitions), ...defaultIn(type, name, field) },
      ]),
    ),
    ...(required.length > 0 && { required }),
    additionalProperties: false,
    ...formOf(type)?.rules,
  };
}

function settingOf(field: FieldSchema, definitions: Record<string, JsonSchema>): JsonSchema {
  const { list, about, unit, rule } = field;
  const value = field.type ? referenceTo(field.type(), definitions) : (field.schema ?? {});
  const description = [about, unit && `Unit: ${unit}.`, rule && `Must be ${rule}.`].filter(Boolean).join(' ');
  if (list) {
    const uniqueItems = field.type === undefined && { uniqueItems: true };
    return {
      description,
      type: 'array',
      minItems: list.min,
      maxItems: list.max,
      ...uniqueItems,
      items: value,
    };
  }
  // Beside `$ref`, draft 07 ignores everything else.
  return field.type ? { description, allOf: [value] } : { description, ...value };
}

function defaultIn(type: SettingsClass, name: string, { type: nested, list }: FieldSchema): JsonSchema {
  const value = defaultOf(type, name);
  return value === undefined || nested || list ? {} : { default: value };
}

function referenceTo(type: SettingsClass, definitions: Record<string, JsonSchema>): JsonSchema {
  // Entered first: it ends a recursion.
  if (!(type.name in definitions)) {
    definitions[type.name] = {};
    definitions[type.name] = mappingOf(type, definitions);
  }
  return { $ref: `#/definitions/${type.name}` };
}
