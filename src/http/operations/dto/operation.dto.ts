import { ApiProperty } from '@nestjs/swagger';
import {
  EnumField,
  IdField,
  ObjectField,
  ObjectsField,
  TimeField,
  UpstreamCountField,
  UpstreamTextField,
} from '../../fields/fields.js';
import type { Outcome } from '../../problems/problem.error.js';
import { OPERATION_KINDS, type OperationKind } from '../idempotent.decorator.js';
import type { Snapshot } from '../operation.snapshot.js';
import type { Awaits, Decision, Operation } from '../operation.types.js';
import { OperationAnswerDto } from './operation-answer.dto.js';
import { OperationEvidenceDto } from './operation-evidence.dto.js';
import { DECISIONS, OperationResolutionDto } from './operation-resolution.dto.js';
import { OperationSnapshotDto } from './operation-snapshot.dto.js';
import { AWAITS, SHOWN_STATES, type ShownState, shownState } from './operation-states.js';

const OUTCOMES = ['not_executed', 'executed', 'unknown'] as const satisfies readonly Outcome[];

/** One write: who asked for what, when, and what became of it. Never its key, its secrets or the body of its answer. */
export class OperationDto {
  @IdField({
    description: 'Id of the operation; sorts by the time at which it was begun.',
    example: '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f',
  })
  readonly id: string;

  @EnumField({
    description: 'What was asked for.',
    name: 'OperationKind',
    values: OPERATION_KINDS,
    example: 'voucher_handout',
  })
  readonly kind: OperationKind;

  @EnumField({
    description:
      '`running`: not answered yet. `succeeded`, `failed`: final. `unknown`: it was sent and its outcome is not ' +
      'known; it waits for evidence or a person. `released`: it was never executed, because it was not ' +
      'sent or the upstream refused it for now; the same key may run again.',
    name: 'OperationState',
    values: SHOWN_STATES,
    example: 'succeeded',
  })
  readonly state: ShownState;

  @EnumField({
    description: 'What became of it; null while it runs.',
    name: 'OperationOutcome',
    values: OUTCOMES,
    nullable: true,
    example: 'executed',
  })
  readonly outcome: Outcome | null;

  @UpstreamTextField({ description: 'The caller who asked.', example: 'checkout' })
  readonly caller: string;

  @UpstreamTextField({
    description: 'Id of the request that began it last.',
    nullable: true,
    example: '7f1f7e5c-3d1b-4a53-9d8e-0f6d5a5b9b1e',
  })
  readonly requestId: string | null;

  @UpstreamTextField({ description: 'The user it is about.', nullable: true, example: '938029' })
  readonly userId: string | null;

  @UpstreamTextField({ description: 'The product it is about.', nullable: true, example: '1337' })
  readonly productId: string | null;

  @UpstreamTextField({ description: 'The voucher group it is about.', nullable: true, example: '324673248' })
  readonly voucherGroupId: string | null;

  @UpstreamTextField({ description: 'The migration it is about.', nullable: true, example: '789123' })
  readonly migrationId: string | null;

  @UpstreamTextField({
    description: 'The user of the destination it is about.',
    nullable: true,
    example: 'anna@acme.example',
  })
  readonly destinationUsername: string | null;

  @ApiProperty({
    description: 'What was asked, as path parameters and body; secrets are left out.',
    type: 'object',
    additionalProperties: true,
    example: { path: {}, body: { userId: '938029', voucherGroupId: '324673248' } },
  })
  readonly request: Readonly<Record<string, unknown>>;

  @UpstreamCountField({
    description: 'How often it was begun; again only after it was certainly not executed.',
    example: 1,
  })
  readonly attempts: number;

  @ObjectsField({
    description: 'What was seen of its outcome, oldest first.',
    type: () => OperationEvidenceDto,
  })
  readonly evidence: readonly OperationEvidenceDto[];

  @ObjectField({
    description: 'What it is about, as it was read before the call; null when nothing was read.',
    type: () => OperationSnapshotDto,
    nullable: true,
  })
  readonly snapshot: OperationSnapshotDto | null;

  @EnumField({
    description:
      'What an unknown outcome waits for: `evidence` while probes of the upstream may still prove it, `person` when ' +
      'only a person can decide; null in every other state.',
    name: 'OperationAwaits',
    values: AWAITS,
    nullable: true,
    example: null,
  })
  readonly awaits: Awaits | null;

  @EnumField({
    description:
      'What the evidence of an unknown outcome speaks for, without proving it; null while it speaks for nothing. ' +
      'A person decides.',
    name: 'OperationDecision',
    values: DECISIONS,
    nullable: true,
    example: null,
  })
  readonly recommendation: Decision | null;

  @ObjectField({
    description: 'How it got its outcome without an answer of the upstream; null when the upstream answered.',
    type: () => OperationResolutionDto,
    nullable: true,
  })
  readonly resolution: OperationResolutionDto | null;

  @TimeField({
    description: 'When an answer came that contradicts the decision `not_executed`; null when none did.',
    nullable: true,
  })
  readonly contradictedAt: string | null;

  @TimeField({ description: 'When it was begun first.' })
  readonly createdAt: string;

  @TimeField({ description: 'When it was begun last, and sent within a moment.' })
  readonly sentAt: string;

  @TimeField({
    description: 'When it got its state, for an unknown one since when it is unknown; null while it runs.',
    nullable: true,
  })
  readonly finishedAt: string | null;

  @ObjectField({
    description: 'The answer kept for its key; null when there is none.',
    type: () => OperationAnswerDto,
    nullable: true,
  })
  readonly answer: OperationAnswerDto | null;

  static from(operation: Operation): OperationDto {
    const { id, kind, state, outcome, caller, requestId, subject, request, attempts } = operation;
    return {
      id,
      kind,
      state: shownState(state),
      outcome,
      caller,
      requestId,
      userId: subject.userId ?? null,
      productId: subject.productId ?? null,
      voucherGroupId: subject.voucherGroupId ?? null,
      migrationId: subject.migrationId ?? null,
      destinationUsername: subject.destinationUsername ?? null,
      request,
      attempts,
      evidence: operation.evidence.map((each) => OperationEvidenceDto.from(each)),
      snapshot: snapshotOf(operation),
      awaits: operation.awaits,
      recommendation: operation.recommendation,
      resolution: operation.resolution && OperationResolutionDto.from(operation.resolution),
      contradictedAt: operation.contradictedAt?.toISOString() ?? null,
      createdAt: operation.createdAt.toISOString(),
      sentAt: operation.sentAt.toISOString(),
      finishedAt: operation.finishedAt?.toISOString() ?? null,
      answer: operation.answerStatus === null ? null : { status: operation.answerStatus },
    };
  }
}

function snapshotOf({ snapshot }: Operation): OperationSnapshotDto | null {
  return snapshot === null ? null : OperationSnapshotDto.from(snapshot as Snapshot);
}
