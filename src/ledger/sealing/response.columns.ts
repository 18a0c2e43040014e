import { secretFilter } from '../../telemetry/masking/secret.filter.js';
import { withoutSecretMembers } from '../../telemetry/masking/secret.members.js';
import type { LedgerCipher } from './ledger.cipher.js';
import type { ResponseColumns, OperationRow } from '../operation.rows.js';
import type { StoredResponse } from '../operation.types.js';

/**
 * The columns of a response. A confidential body, or one with a member named like a secret, is stored only as
 * ciphertext.
 */
export function responseColumns(
  { id, confidential }: { readonly id: string; readonly confidential: boolean },
  { status, body, location }: StoredResponse,
  cipher: LedgerCipher,
): ResponseColumns {
  const columns = { answer_status: status, answer_location: location ?? null };
  const text = body === undefined ? null : secretFilter.json('ledger', body);
  const isSecret = confidential || withoutSecretMembers(body) !== body;
  if (text === null || !isSecret) return { ...columns, answer_body: text };
  const sealed = cipher.seal(id, text);
  return { ...columns, answer_ciphertext: sealed.ciphertext, answer_key_id: sealed.keyId };
}

/** The stored response; null if none is known. @throws CiphertextUnreadableError */
export function storedResponseOf(row: OperationRow, cipher: LedgerCipher): StoredResponse | null {
  if (row.answer_status === null) return null;
  const text =
    row.answer_ciphertext === null || row.answer_key_id === null
      ? row.answer_body
      : cipher.open(row.id, { keyId: row.answer_key_id, ciphertext: row.answer_ciphertext });
  return {
    status: row.answer_status,
    body: text === null ? undefined : (JSON.parse(text) as unknown),
    ...(row.answer_location === null ? {} : { location: row.answer_location }),
  };
}
