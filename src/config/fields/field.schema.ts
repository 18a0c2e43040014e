/** A part of a JSON Schema (draft 07, which editors understand best). */
export type JsonSchema = Readonly<Record<string, unknown>>;

export type SettingsClass = new () => object;

/** What is written down of a setting beside its validation: for its JSON Schema, its documentation and messages. */
export interface FieldSchema {
  /** Of the value; of each entry where `list` is set; of neither where `type` is set. */
  readonly schema?: JsonSchema;
  /** Of a mapping, or of each mapping in a list. */
  readonly type?: () => SettingsClass;
  readonly list?: { readonly min: number; readonly max: number };
  readonly optional?: boolean;
  /** For example `milliseconds`. */
  readonly unit?: string;
  readonly about?: string;
  /** What a string has to be, for example `an IANA time zone`. */
  readonly rule?: string;
}

/** What is written down of a mapping as a whole. */
export interface FormSchema {
  /** A short mapping of this class, as an operator would write it. */
  readonly example: string;
  /** What JSON Schema can express of how its settings depend on each other. */
  readonly rules?: JsonSchema;
}

const fields = new WeakMap<object, Map<string, FieldSchema>>();
const forms = new WeakMap<object, FormSchema>();

/** Adds to what is written down of a setting. */
export function DocumentedField(part: FieldSchema): PropertyDecorator {
  return ({ constructor }, name) => {
    const ofClass = fields.get(constructor) ?? new Map<string, FieldSchema>();
    fields.set(constructor, ofClass.set(String(name), { ...ofClass.get(String(name)), ...part }));
  };
}

/** What a setting does and why its default is what it is, in sentences for operators. */
export function About(about: string): PropertyDecorator {
  return DocumentedField({ about });
}

export function Form(form: FormSchema): ClassDecorator {
  return (type) => {
    forms.set(type, form);
  };
}

/** A rule that this setting is there. Strict validators refuse `required` without the property beside it. */
export function required(name: string, schema: JsonSchema = {}): JsonSchema {
  return { required: [name], properties: { [name]: schema } };
}

/** The settings of a class by name, in the order of their declaration. */
export function fieldsOf(type: SettingsClass): ReadonlyMap<string, FieldSchema> {
  return fields.get(type) ?? new Map<string, FieldSchema>();
}

export function formOf(type: SettingsClass): FormSchema | undefined {
  return forms.get(type);
}
