import type { Secret } from '../../config/secrets/secret.js';
import { withoutSecretMembers } from '../../telemetry/masking/secret.members.js';
import { keyedFingerprint } from './operation.fingerprint.js';
import { jsonbText } from '../operation.rows.js';

/** Columns that contain text of callers and people in plain text. */
export interface PlainColumns {
  readonly fingerprint: string;
  readonly request: unknown;
  readonly evidence: unknown;
  readonly snapshot: unknown;
  readonly resolution_reason: string | null;
}

/** The columns to update, with their new values. */
export interface CleanedColumns {
  readonly fingerprint?: string;
  readonly request?: string;
  readonly evidence?: string;
  readonly snapshot?: string;
  readonly resolution_reason?: string;
}

/**
 * The updates for a row that an earlier version stored with secrets; undefined if it needs none. The fingerprint
 * changes together with the request, once; without a key, when no caller can send such a request any more, it stays.
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
