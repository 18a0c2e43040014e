import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { ANY_JSON, ApiProperty } from '../../api.decorators.js';
import { ValidateBy, ValidateIf } from '../../../config/fields/class.validator.js';
import { EnumField, IdField, NoUrlSecret, TextField } from '../../fields/fields.js';
import type { Decision } from '../../../ledger/operation.types.js';
import { DECISIONS } from './operation-resolution.dto.js';

/** Enough for a ticket number or an excerpt of the vendor's console, but not for exports: rows are kept long. */
const EVIDENCE_BYTES_MAX = 4_096;

/** Maximum length of a migration id; the same as in the paths of migrations. */
const MIGRATION_ID_LENGTH_MAX = 128;

export class ResolveOperationDto {
  @EnumField({
    description:
      '`executed`: the upstream executed it; a repeat of the key returns the response of a success, as far ' +
      'as it is known. `not_executed`: the upstream did not; the same key may run again.',
    name: 'OperationDecision',
    values: DECISIONS,
  })
  readonly decision: Decision;

  @TextField({
    isOnlyStored: true,
    description: 'How you know; stored with your name. No voucher codes, no secrets.',
    minLength: 3,
    maxLength: 500,
    example: 'Voucher list of the user shows none from this group.',
  })
  readonly reason: string;

  @IdField({
    description:
      'The migration that it started, for `executed` on a `migration_create`. Without it, the next unknown ' +
      'creation for the same username may have to wait for a person as well.',
    maxLength: MIGRATION_ID_LENGTH_MAX,
    optional: true,
    example: '789123',
  })
  readonly migrationId?: string;

  @EvidenceField()
  readonly evidence?: string | Readonly<Record<string, unknown>>;
}

function EvidenceField(): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      description:
        `What you found: a string or an object, at most ${EVIDENCE_BYTES_MAX} bytes as JSON. No voucher codes, no ` +
        'secrets.',
      ...ANY_JSON,
      required: false,
      example: { vouchersOfUser: 0, ticket: 'OPS-1812' },
    }),
    // Untransformed: the library drops members with names of methods, for example `toString`.
    Transform(({ obj, key }) => (obj as Record<string, unknown>)[key]),
    ValidateBy(
      { name: 'isEvidence', validator: { validate: isEvidence } },
      { message: `must be a string or an object, at most ${EVIDENCE_BYTES_MAX} bytes as JSON` },
    ),
    NoUrlSecret(),
    ValidateIf((_, value) => value !== undefined),
  );
}

function isEvidence(value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  if (!isObject && (typeof value !== 'string' || value === '')) return false;
  return Buffer.byteLength(JSON.stringify(value)) <= EVIDENCE_BYTES_MAX;
}
