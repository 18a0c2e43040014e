import { applyDecorators, HttpCode, SetMetadata } from '@nestjs/common';
import { ApiHeader } from '../api.decorators.js';
import type { OperationDeclaration } from '../../ledger/operation.declaration.js';
import { ApiDeadline } from '../deadline/deadline.header.js';
import { ApiProblems } from '../problems/api-problems.decorator.js';
import { IDEMPOTENCY_KEY_LENGTH_MAX } from './idempotency.key.js';
import { UPSTREAM_READ, UPSTREAM_WRITE } from '../problems/upstream.slugs.js';

export interface IdempotentOptions {
  readonly write: OperationDeclaration;
  /** `required`: 400 without an `Idempotency-Key`. `optional`: honoured when present. */
  readonly key: 'required' | 'optional';
  /** Of a success; without it 201 for POST, 200 for the other methods. */
  readonly status?: 200 | 202;
}

export const IDEMPOTENT = Symbol('tollgate:idempotent');

/**
 * Marks a write, which runs as an operation of the ledger. Also documents the `Idempotency-Key` header, and the problems
 * of the key, of the ledger and of the upstream.
 */
export function Idempotent({ status, ...options }: IdempotentOptions): MethodDecorator {
  // Without a deciding snapshot nothing is sent: the problem is then that of a read.
  const isReadFirst = options.write.snapshot === 'deciding';
  return applyDecorators(
    SetMetadata(IDEMPOTENT, options),
    ...(status === undefined ? [] : [HttpCode(status)]),
    ApiHeader({
      name: 'Idempotency-Key',
      required: options.key === 'required',
      description:
        'Identifies this write: 1 to 255 visible ASCII characters. Make one before the first attempt, and keep it.',
      schema: {
        type: 'string',
        minLength: 1,
        maxLength: IDEMPOTENCY_KEY_LENGTH_MAX,
        pattern: '^[!-~]+$',
        example: 'order-8812-voucher',
      },
    }),
    ApiDeadline(),
    ApiProblems(
      'idempotency-key-missing',
      'idempotency-key-reused',
      'operation-in-progress',
      'answer-lost',
      'ledger-unavailable',
      'outcome-unknown',
      ...(isReadFirst ? UPSTREAM_READ : UPSTREAM_WRITE),
    ),
  );
}
