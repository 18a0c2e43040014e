import type { FastifyRequest } from 'fastify';
import { Secret } from '../../config/secrets/secret.js';
import { redacted, withoutSecretMembers } from '../../telemetry/masking/secret.members.js';
import { callerOf } from '../auth/caller.js';
import { ProblemError } from '../problems/problem.error.js';
import type { OperationDeclaration, RequestValues } from '../../ledger/operation.declaration.js';
import { fingerprintOf, keyedFingerprint } from '../../ledger/sealing/operation.fingerprint.js';
import type { OperationWrite } from '../../ledger/operation.types.js';

/** The part of a write that follows from the request; the rest follows from the settings. */
export type DescribedWrite = Omit<OperationWrite, 'account' | 'exclusiveKey' | 'prepared'>;

/** A validated request as a write of the ledger: caller, kind and subject, without secrets. */
export function writeOf(
  request: FastifyRequest,
  declaration: OperationDeclaration,
  fingerprintKey?: Secret,
): DescribedWrite {
  const { name, tenant } = callerOf(request);
  const { kind, subject, secretFields = [], confidential = false } = declaration;
  const path = (request.params ?? {}) as Record<string, string>;
  const body = (request.body ?? {}) as RequestValues;
  const { shown, secrets } = divided(body, secretFields);
  const stored = withoutSecretMembers(shown);
  if (!fingerprintKey) refuseSealed(shown, stored);
  const plain = plainFingerprint(request, shown, secrets, fingerprintKey);
  const fingerprints =
    stored === shown
      ? { fingerprint: plain }
      : { fingerprint: keyedFingerprint(plain, fingerprintKey), formerFingerprint: plain };
  return {
    tenant,
    caller: name,
    kind,
    idempotencyKey: request.idempotencyKey ?? null,
    ...fingerprints,
    request: {
      path,
      body:
        secrets.length === 0
          ? stored
          : { ...stored, ...Object.fromEntries(secrets.map(([field, value]) => [field, redacted(value)])) },
    },
    subject: subject(path, body),
    requestId: request.id,
    confidential,
  };
}

/** The members of a body by whether they are secrets; a body without secret fields is returned as it is. */
function divided(body: RequestValues, secretFields: readonly string[]) {
  if (secretFields.length === 0) return { shown: body, secrets: [] };
  const members = Object.entries(body);
  return {
    shown: Object.fromEntries(members.filter(([field]) => !secretFields.includes(field))),
    secrets: members.filter(([field, value]) => value !== undefined && secretFields.includes(field)),
  };
}

/** Without a key, a hash of such a field could be guessed. @throws ProblemError validation-failed */
function refuseSealed(shown: RequestValues, stored: RequestValues): void {
  const fields = Object.keys(shown).filter((field) => shown[field] !== stored[field]);
  if (fields.length === 0) return;
  throw new ProblemError(
    'validation-failed',
    'This gateway is not set up to take a secret in this request.',
    {
      outcome: 'not_executed',
      errors: fields.map((field) => ({
        pointer: `/${field}`,
        detail: 'needs ledger.fingerprintKey in the settings of the gateway',
      })),
    },
  );
}

/** @throws TypeError without a key; the settings are refused when a caller could then send secrets */
function plainFingerprint(
  request: FastifyRequest,
  body: RequestValues,
  secrets: readonly (readonly [string, unknown])[],
  key: Secret | undefined,
): string {
  const values = Object.fromEntries(
    secrets.map(([field, value]) => [field, new Secret(JSON.stringify(value))]),
  );
  if (secrets.length > 0 && !key) throw new TypeError('ledger.fingerprintKey is not set');
  return fingerprintOf({
    method: request.method,
    route: request.routeOptions.url ?? '',
    path: (request.params ?? {}) as Record<string, string>,
    query: request.query as Record<string, unknown>,
    body,
    ...(key ? { secrets: { key, values } } : {}),
  });
}
