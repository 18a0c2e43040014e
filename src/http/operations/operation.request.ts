import type { FastifyRequest } from 'fastify';
import { Secret } from '../../config/secret.js';
import { callerOf } from '../auth/caller.js';
import type { OperationKind } from './idempotent.decorator.js';
import { OPERATION_CATALOGUE, type RequestValues } from './operation.catalogue.js';
import { fingerprintOf } from './operation.fingerprint.js';
import type { OperationWrite } from './operation.types.js';

/** The ledger's view of a validated request: who, what, about what; without its secrets. */
export function writeOf(
  request: FastifyRequest,
  kind: OperationKind,
  fingerprintKey?: Secret,
): OperationWrite {
  const { name, tenant } = callerOf(request);
  const { subject, secretFields = [], confidential = false } = OPERATION_CATALOGUE[kind];
  const path = (request.params ?? {}) as Record<string, string>;
  const body = (request.body ?? {}) as RequestValues;
  const secrets = secretFields.filter((field) => body[field] !== undefined);
  // The settings are refused when a caller could send secrets while there is no key for them.
  if (secrets.length > 0 && !fingerprintKey) throw new Error('ledger.fingerprintKey is not set');
  const shown = Object.fromEntries(Object.entries(body).filter(([field]) => !secrets.includes(field)));
  const values = Object.fromEntries(secrets.map((field) => [field, new Secret(JSON.stringify(body[field]))]));
  return {
    tenant,
    account: null,
    exclusiveKey: null,
    prepared: false,
    caller: name,
    kind,
    idempotencyKey: request.idempotencyKey ?? null,
    fingerprint: fingerprintOf({
      method: request.method,
      route: request.routeOptions.url ?? '',
      path,
      query: request.query as Record<string, unknown>,
      body: shown,
      ...(fingerprintKey ? { secrets: { key: fingerprintKey, values } } : {}),
    }),
    request: {
      path,
      body: { ...shown, ...Object.fromEntries(secrets.map((field) => [field, redacted(body[field])])) },
    },
    subject: subject(path, body),
    requestId: request.id,
    confidential,
  };
}

function redacted(value: unknown): unknown {
  return Array.isArray(value) ? { count: value.length } : '[redacted]';
}
