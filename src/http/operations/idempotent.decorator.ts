import { applyDecorators, SetMetadata } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import { ApiProblems } from '../problems/api-problems.decorator.js';

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

export interface IdempotentOptions {
  readonly kind: OperationKind;
  /** `required`: 400 without an `Idempotency-Key`. `optional`: honoured when it is there. */
  readonly key: 'required' | 'optional';
}

export const IDEMPOTENT = Symbol('tollgate:idempotent');

/** Marks a write. Also documents the `Idempotency-Key` header and what can go wrong with it. */
export function Idempotent(options: IdempotentOptions): MethodDecorator {
  return applyDecorators(
    SetMetadata(IDEMPOTENT, options),
    ApiHeader({
      name: 'Idempotency-Key',
      required: options.key === 'required',
      description: 'Names this write: 1 to 255 visible ASCII characters, bare or in double quotes.',
      schema: { type: 'string', minLength: 1, maxLength: 257, example: 'order-8812-voucher' },
    }),
    ApiProblems(
      'idempotency-key-missing',
      'idempotency-key-reused',
      'operation-in-progress',
      'answer-lost',
      'ledger-unavailable',
      'outcome-unknown',
    ),
  );
}
