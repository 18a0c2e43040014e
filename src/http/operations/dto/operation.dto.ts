import { ApiProperty } from '../../api.decorators.js';
import {
  EnumField,
  IdField,
  ObjectField,
  ObjectsField,
  TimeField,
  UpstreamCountField,
  UpstreamTextField,
} from '../../fields/fields.js';
import type { Outcome } from '../../../ledger/operation.state.js';
import { OPERATION_KINDS, type OperationKind } from '../../../ledger/operation.kind.js';
import type { Snapshot } from '../../../ledger/operation.snapshot.js';
import type { Awaits, Decision, Operation } from '../../../ledger/operation.types.js';
import { OperationAnswerDto } from './operation-answer.dto.js';
import { OperationEvidenceDto } from './operation-evidence.dto.js';
import { DECISIONS, OperationResolutionDto } from './operation-resolution.dto.js';
import { OperationSnapshotDto } from './operation-snapshot.dto.js';
import { AWAITS, SHOWN_STATES, type ShownState, shownState } from '../shown.state.js';

const OUTCOMES = ['not_executed', 'executed', 'unknown'] as const satisfies readonly Outcome[];

/** What depends on who reads it, and when. */
interface ShownBeside {
  readonly showsProcess?: boolean;
  readonly nextProbeAt?: Date | undefined;
}

/** One write: caller, request, times and outcome. Never its key, its secrets or the body of its response. */
export class OperationDto {
  @IdField({
    description: 'Id of the operation; sorts by creation time.',
    example: '019cb8f2-1c2b-7d4e-9f00-5a6b7c8d9e0f',
  })
  readonly id: string;

  @UpstreamTextField({ description: 'The tenant that it was requested for.', example: 'north' })
  readonly tenant: string;

  @EnumField({
    description: 'Kind of the write.',
    name: 'OperationKind',
    values: OPERATION_KINDS,
    example: 'voucher_handout',
  })
  readonly kind: OperationKind;

  @EnumField({
    description:
      '`running`: no outcome yet. `succeeded`, `failed`: final. `unknown`: it was sent and its outcome is ' +
      'not known; it waits for evidence or for a person. `released`: it was not executed, because it was not ' +
      'sent or the upstream refused it temporarily; the same key may run again.',
    name: 'OperationState',
    values: SHOWN_STATES,
    example: 'succeeded',
  })
  readonly state: ShownState;

  @EnumField({
    description: 'Outcome of the operation; null while it is running.',
    name: 'OperationOutcome',
    values: OUTCOMES,
    nullable: true,
    example: 'executed',
  })
  readonly outcome: Outcome | null;

  @UpstreamTextField({ description: 'The caller who sent the request.', example: 'checkout' })
  readonly caller: string;

  @UpstreamTextField({
    description: 'Id of the request of the latest attempt.',
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
    description: 'The user of the destination tool it is about.',
    nullable: true,
    example: 'anna@acme.example',
  })
  readonly destinationUsername: string | null;

  @ApiProperty({
    description: 'Path parameters and body of the request, without secrets.',
    type: 'object',
    additionalProperties: true,
    example: { path: {}, body: { userId: '938029', voucherGroupId: '324673248' } },
  })
  readonly request: Readonly<Record<string, unknown>>;

  @UpstreamCountField({
    description:
      'Number of attempts; a further attempt starts only after the previous one was provably not executed.',
    example: 1,
  })
  readonly attempts: number;

  @ObjectsField({
    description: 'What is known about its outcome, oldest first.',
    type: () => OperationEvidenceDto,
  })
  readonly evidence: readonly OperationEvidenceDto[];

  @ObjectField({
    description: 'Snapshot of its subject, read before the call; null if none was read.',
    type: () => OperationSnapshotDto,
    nullable: true,
  })
  readonly snapshot: OperationSnapshotDto | null;

  @EnumField({
    description:
      'What an unknown outcome waits for: `evidence` while probes of the upstream may still prove it, ' +
      '`person` if only a person can decide; null in every other state.',
    name: 'OperationAwaits',
    values: AWAITS,
    nullable: true,
    example: null,
  })
  readonly awaits: Awaits | null;

  @EnumField({
    description:
      'The outcome that the evidence suggests without proving it; null if it suggests none. A person ' +
      'decides.',
    name: 'OperationDecision',
    values: DECISIONS,
    nullable: true,
    example: null,
  })
  readonly recommendation: Decision | null;

  @ObjectField({
    description:
      'How its outcome was decided without a response of the upstream; null if the upstream responded.',
    type: () => OperationResolutionDto,
    nullable: true,
  })
  readonly resolution: OperationResolutionDto | null;

  @TimeField({
    description:
      'When a late response of the upstream contradicted the decision `not_executed`; null if none did.',
    nullable: true,
  })
  readonly contradictedAt: string | null;

  @TimeField({ description: 'When the first attempt started.' })
  readonly createdAt: string;

  @TimeField({ description: 'When the latest attempt started; it was sent immediately afterwards.' })
  readonly sentAt: string;

  @TimeField({
    description: 'When it reached its current state; null while it is running.',
    nullable: true,
  })
  readonly finishedAt: string | null;

  @ObjectField({
    description: 'The response stored for its key; null if there is none.',
    type: () => OperationAnswerDto,
    nullable: true,
  })
  readonly answer: OperationAnswerDto | null;

  @UpstreamTextField({
    description:
      'Host and process id of the gateway that made the latest attempt; null without `operations:resolve`. Not part ' +
      'of the `ETag`.',
    nullable: true,
    example: 'tollgate-7d9f8-x2x4v/7',
  })
  readonly gateway: string | null;

  @TimeField({
    description:
      'When a gateway probes the upstream next for the outcome, or has begun to; null if none is planned, and in ' +
      'lists. Not part of the `ETag`.',
    nullable: true,
  })
  readonly nextProbeAt: string | null;

  static from(operation: Operation, shown: ShownBeside = {}): OperationDto {
    const { id, tenant, kind, state, outcome, caller, requestId, subject, request, attempts } = operation;
    return {
      id,
      tenant,
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
      snapshot: operation.snapshot ? OperationSnapshotDto.from(operation.snapshot as Snapshot) : null,
      awaits: operation.awaits,
      recommendation: operation.recommendation,
      resolution: operation.resolution && OperationResolutionDto.from(operation.resolution),
      contradictedAt: operation.contradictedAt?.toISOString() ?? null,
      createdAt: operation.createdAt.toISOString(),
      sentAt: operation.sentAt.toISOString(),
      finishedAt: operation.finishedAt?.toISOString() ?? null,
      answer: operation.responseStatus === null ? null : { status: operation.responseStatus },
      gateway: shown.showsProcess === true ? operation.process : null,
      nextProbeAt: shown.nextProbeAt?.toISOString() ?? null,
    };
  }
}
