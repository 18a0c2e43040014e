import { OPERATION_CATALOGUE, type RequestValues } from './operation.kinds.js';
import type { Operation, StoredAnswer } from './operation.types.js';

/** What the caller would have got, had the answer come; undefined where only the upstream could have told. */
export function answerIfExecuted({ id, kind, subject, request }: Operation): StoredAnswer | undefined {
  const body = (request['body'] ?? {}) as RequestValues;
  return OPERATION_CATALOGUE[kind].answerIfExecuted?.(id, subject, body);
}
