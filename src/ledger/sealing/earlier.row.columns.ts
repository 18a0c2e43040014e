import type { Secret } from '../../config/secret.js';
import { withoutSecretMembers } from '../../telemetry/secret.members.js';
import { keyedFingerprint } from './operation.fingerprint.js';
import { jsonbText } from '../operation.rows.js';

/** What a row holds in plain text of what callers and people wrote. */
export interface PlainColumns {
  readonly fingerprint: string;
  readonly request: unknown;
  readonly evidence: unknown;
  readonly snapshot: unknown;
  readonly resolution_reason: string | null;
}

/** The columns that have to change, as they are written. */
export interface CleanedColumns {
  readonly fingerprint?: string;
  readonly request?: string;
  readonly evidence?: string;
  readonly snapshot?: string;
  readonly resolution_reason?: string;
}

/**
 * What has to change in a row that was written before its secrets were kept out; undefined for a row that is as rows
 * are written now. The fingerprint changes with the request, once: without a key (no caller can send such a request
 * any more) it stays.
 */
export function cleanedColumns(row: PlainColumns, key: Secret | undefined): CleanedColumns | undefined {
  const request = changed(row.request);
  const evidence = changed(row.evidence);
  const snapshot = changed(row.snapshot);
  const reason = changed(row.resolution_reason);
  const columns: CleanedColumns = {
    ...(request === undefined ? {} : { request: jsonbText(request) }),
    ...(request !== undefined && key ? { fingerprint: keyedFingerprint(row.fingerprint, key) } : {}),
    ...(evidence === undefined ? {} : { evidence: jsonbText(evidence) }),
    ...(snapshot === undefined ? {} : { snapshot: jsonbText(snapshot) }),
    ...(typeof reason === 'string' ? { resolution_reason: reason } : {}),
  };
  return Object.keys(columns).length === 0 ? undefined : columns;
}

function changed(value: unknown): unknown {
  const cleaned = withoutSecretMembers(value);
  return cleaned === value ? undefined : cleaned;
}
