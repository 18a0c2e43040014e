import type { OperationSubject } from './operation.types.js';

/** Every kind of write. A kind names the operation in the ledger and in its API. */
export const OPERATION_KINDS = [
  'entitlement_grant',
  'entitlement_revoke',
  'voucher_handout',
  'voucher_group_create',
  'voucher_group_update',
  'vouchers_generate',
  'voucher_codes_draw',
  'migration_create',
  'migration_payment_accept',
  'migration_payment_reject',
  'token_import',
] as const;

export type OperationKind = (typeof OPERATION_KINDS)[number];

/** Values of a validated request by name: path parameters and the members of the body. */
export type RequestValues = Readonly<Record<string, unknown>>;

/** A response that is known without the upstream's. */
export interface KnownAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly location?: string;
}

/** What the ledger has to know of one kind of write; declared by the feature that owns it. */
export interface OperationDeclaration {
  readonly kind: OperationKind;
  /** What it is about, for the filters of the list. */
  readonly subject: (path: RequestValues, body: RequestValues) => OperationSubject;
  /**
   * Names the thing of which one unfinished operation may exist in a vendor account; the same for every spelling of it,
   * see `normalId`. Left out, or null: any number may exist.
   */
  readonly exclusiveKey?: (subject: OperationSubject) => string | null;
  /** It takes no body: one that is sent all the same is neither stored nor part of what makes two requests the same. */
  readonly hasNoBody?: true;
  /** Members of the body that are a customer's secrets: never stored, only a keyed hash enters the fingerprint. */
  readonly secretFields?: readonly string[];
  /** The response holds voucher codes or an address with a token in it: stored encrypted. */
  readonly confidential?: true;
  /**
   * What is read before the write. `deciding`: evidence can decide by it, so without it nothing is sent. `informing`:
   * it helps a person, so the write goes on without. `costly`: the same, for the hot path; only where the settings ask
   * for it. Left out: nothing can be read.
   */
  readonly snapshot?: 'deciding' | 'informing' | 'costly';
  /**
   * The response that the caller would have got, once an unknown operation is decided as executed. Left out: only the
   * upstream could have told.
   */
  readonly answerIfExecuted?: (id: string, subject: OperationSubject, body: RequestValues) => KnownAnswer;
}
