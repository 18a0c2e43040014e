import type { UpstreamName } from '../config/upstream.names.js';
import type { OperationKind } from './operation.kind.js';
import type { OperationSubject, StoredResponse } from './operation.types.js';

/** Values of a validated request by name: its path parameters, or the members of its body. */
export type RequestValues = Readonly<Record<string, unknown>>;

/** What the ledger needs to know about one kind of write; declared by the feature that owns it. */
export interface OperationDeclaration {
  readonly kind: OperationKind;
  /** The vendor that executes it. */
  readonly upstream: UpstreamName;
  /** Its subject, for the filters of the list. */
  readonly subject: (path: RequestValues, body: RequestValues) => OperationSubject;
  /**
   * Key under which a vendor account may have one unfinished operation; the same for every spelling of the ids, see
   * `normalId`. Omitted or null: any number may be unfinished.
   */
  readonly exclusiveKey?: (subject: OperationSubject) => string | null;
  /** Body members that are a customer's secrets: never stored; only a keyed hash enters the fingerprint. */
  readonly secretFields?: readonly string[];
  /** The response contains voucher codes or a URL with a token: it is stored encrypted. */
  readonly confidential?: true;
  /**
   * The snapshot that is read before the write; omitted: none can be read.
   * - `deciding`: evidence can decide by it, so without it nothing is sent
   * - `informing`: helps a person; the write proceeds without it
   * - `costly`: like `informing`, on the hot path; read only if the settings ask for it
   */
  readonly snapshot?: 'deciding' | 'informing' | 'costly';
  /**
   * The response that the caller would have received, once an unknown operation is decided as executed. Omitted: only
   * the upstream knew it.
   */
  readonly responseIfExecuted?: (
    id: string,
    subject: OperationSubject,
    body: RequestValues,
  ) => StoredResponse;
}
