import { applyDecorators } from '@nestjs/common';
import { type BaseUrlPath, parseBaseUrl } from '../base.url.js';
import { DateTime, IANAZone } from '../luxon.js';
import { readKeyBytes } from '../secrets/key.bytes.js';
import { knownSecrets } from '../secrets/known.secrets.js';
import type { Parsed } from '../parsed.js';
import { GUESSABLE_LENGTH, type Secret } from '../secrets/secret.js';
import { readSecret, type ReferenceSources, type SecretReference } from '../secrets/secret.reference.js';
import { ValidateBy } from './class.validator.js';
import { About, DocumentedField, type FieldSchema, Form } from './field.schema.js';
import { readCertificates } from './certificate.file.js';
import { Mapping, Optional, orMissing, StringField } from './settings.fields.js';

/** Where a field is, and what its references are resolved against. */
export interface FieldPlace {
  readonly path: string;
  readonly sources: ReferenceSources;
}

export type FieldParser = (written: unknown, place: FieldPlace) => Parsed<unknown>;

const parsers = new WeakMap<object, Map<string, FieldParser>>();

/** What was written in the file, once it is valid, is replaced by what `parse` makes of it. For fields without a default. */
export function ParsedBy(parse: (written: never, place: FieldPlace) => Parsed<unknown>): PropertyDecorator {
  return ({ constructor }, name) => {
    const ofClass = parsers.get(constructor) ?? new Map<string, FieldParser>();
    parsers.set(constructor, ofClass.set(String(name), parse as FieldParser));
  };
}

export function parserOf(holder: object, name: string): FieldParser | undefined {
  return parsers.get(holder.constructor)?.get(name);
}

const ENV_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Written as a reference, never as the secret itself; parsed into a Secret. */
export function SecretField(): PropertyDecorator {
  return applyDecorators(DocumentedField(REFERENCE), IsSecretReference(), ParsedBy(resolveCredential));
}

/** A secret of 32 bytes in base64 or hex; parsed into a Secret in base64. */
export function KeyField(): PropertyDecorator {
  return applyDecorators(DocumentedField(REFERENCE), IsSecretReference(), ParsedBy(resolveKey));
}

/** Whether plain http is allowed depends on the owner of the URL: `reasonOfPlainHttp`. */
export function BaseUrl(path: BaseUrlPath): PropertyDecorator {
  return applyDecorators(
    StringField(/^\S{1,2048}$/, 'a URL'),
    // Stricter than the first check, whose message is of the parser below.
    DocumentedField({ schema: { type: 'string', pattern: '^[Hh][Tt]{2}[Pp][Ss]?://\\S{1,2040}$' } }),
    ParsedBy((text: string) => parseBaseUrl(text, path)),
  );
}

const ZONE_RULE = 'an IANA time zone, for example Europe/Oslo';

export function TimeZone(): PropertyDecorator {
  return applyDecorators(
    StringField(/^[A-Za-z][A-Za-z0-9_+/-]{0,63}$/, ZONE_RULE),
    ParsedBy((zone: string) =>
      IANAZone.isValidZone(zone) ? { value: zone } : { reason: `must be ${ZONE_RULE}` },
    ),
  );
}

/** RFC 3339; the offset is required, because a zoneless time is a different moment on each machine. */
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

/** Parsed into a Date. */
export function Time(): PropertyDecorator {
  return applyDecorators(
    StringField(TIME, 'an RFC 3339 time with an offset, for example 2027-01-31T00:00:00Z'),
    ParsedBy((text: string) => {
      // Not Date.parse: it takes 30 February for 2 March.
      const time = DateTime.fromISO(text);
      return time.isValid ? { value: time.toJSDate() } : { reason: 'is not a date and time of the calendar' };
    }),
  );
}

/** A list without repeats; parsed into a Set in the same order. */
export function AsSet(): PropertyDecorator {
  return ParsedBy((list: readonly unknown[]) => ({ value: new Set(list) }));
}

@Form({ example: '{ file: authority.pem }' })
class CertificateFile {
  @About('Path of the file in PEM; relative to the settings file.')
  @StringField(/^[^\0]{1,4096}$/, 'the path of a file')
  readonly file: string;
}

/** `{ file: path }`, may be left out; parsed into the certificates of that file, as PEM. */
export function Certificates(): PropertyDecorator {
  return applyDecorators(
    Optional(),
    Mapping(() => CertificateFile),
    ParsedBy(({ file }: CertificateFile, { sources }) => readCertificates(file, sources)),
  );
}

/** Of `isSecretReference`. */
const REFERENCE: FieldSchema = {
  schema: {
    type: 'object',
    properties: {
      file: {
        type: 'string',
        pattern: '^[^\\0]+$',
        description: 'Path of a file; relative to the settings file.',
      },
      env: { type: 'string', pattern: ENV_NAME.source, description: 'Name of an environment variable.' },
    },
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  },
  rule: '`{ file: path }` or `{ env: NAME }`',
};

function IsSecretReference(): PropertyDecorator {
  return ValidateBy({
    name: 'secretReference',
    validator: {
      validate: isSecretReference,
      defaultMessage: (args) =>
        typeof args?.value === 'string'
          ? 'must be { file: path } or { env: NAME }; a secret is never written in the settings file'
          : orMissing('must be { file: path } or { env: NAME }')(args),
    },
  });
}

function isSecretReference(value: unknown): value is SecretReference {
  if (typeof value !== 'object' || value === null) return false;
  const entries = Object.entries(value);
  const [name, target] = entries[0] ?? [];
  if (entries.length !== 1 || typeof target !== 'string') return false;
  if (name === 'env') return ENV_NAME.test(target);
  return name === 'file' && target !== '' && !target.includes('\0');
}

function resolveSecret(reference: SecretReference, { path, sources }: FieldPlace): Parsed<Secret> {
  const parsed = readSecret(reference, sources);
  // Registered before any other use: new secrets are tried at the vendors before they are in force.
  knownSecrets.learn(path, parsed.value);
  return parsed;
}

/** Credentials are the vendors', who choose how long they are: a short one works, and is warned of. */
function resolveCredential(reference: SecretReference, place: FieldPlace): Parsed<Secret> {
  const parsed = resolveSecret(reference, place);
  if (parsed.value === undefined || parsed.value.reveal().length >= GUESSABLE_LENGTH) return parsed;
  const short = `refers to a secret of less than ${GUESSABLE_LENGTH} characters, which is masked in the log but not in responses`;
  return { ...parsed, warning: [parsed.warning, short].filter(Boolean).join('; ') };
}

function resolveKey(reference: SecretReference, place: FieldPlace): Parsed<Secret> {
  const parsed = resolveSecret(reference, place);
  if (parsed.value === undefined) return parsed;
  const key = readKeyBytes(parsed.value);
  return key
    ? { ...parsed, value: key }
    : { reason: 'must refer to 32 bytes in base64 or hex; `openssl rand -base64 32` makes them' };
}
