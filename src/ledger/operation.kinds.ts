import type { RedactedList } from '../telemetry/secret.members.js';
import type { OperationKind } from './operation.kind.js';
import type { OperationSubject } from './operation.types.js';

/** Values of a validated request by name: path parameters and the members of the body. */
export type RequestValues = Readonly<Record<string, unknown>>;

/** What the ledger has to know of one kind of write. */
export interface OperationDescription {
  /** What it is about, for the filters of the list. */
  readonly subject: (path: RequestValues, body: RequestValues) => OperationSubject;
  /** It takes no body: one that is sent all the same is neither stored nor part of what makes two requests the same. */
  readonly hasNoBody?: true;
  /** Members of the body that are a customer's secrets: never stored, only a keyed hash enters the fingerprint. */
  readonly secretFields?: readonly string[];
  /** The answer holds voucher codes or an address with a token in it: stored encrypted. */
  readonly confidential?: true;
  /** The migration that an answer speaks of, by its path. */
  readonly migrationAt?: (location: string) => string | undefined;
  /**
   * What is read before the write. `deciding`: evidence can decide by it, so without it nothing is sent. `informing`:
   * it helps a person, so the write goes on without. `costly`: the same, for the hot path; only where the settings ask
   * for it. Left out: nothing can be read.
   */
  readonly snapshot?: 'deciding' | 'informing' | 'costly';
  /** What the caller would have got, when somebody decides that an unknown operation was executed. */
  readonly answerIfExecuted?: (id: string, subject: OperationSubject, body: RequestValues) => KnownAnswer;
}

export interface KnownAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly location?: string;
}

const ok = (body: unknown): KnownAnswer => ({ status: 200, body });
const created = (body: unknown): KnownAnswer => ({ status: 201, body });

const ofEntitlement = ({ userId, productId }: RequestValues): OperationSubject => ({
  userId: String(userId),
  productId: String(productId),
});

const ofGroup = ({ id }: RequestValues): OperationSubject => ({ voucherGroupId: String(id) });

const ofMigration = ({ id }: RequestValues): OperationSubject => ({ migrationId: String(id) });

const MIGRATION_PATH = /^\/v1\/migrations\/([^/]+)$/;

const access =
  (granted: boolean) =>
  (_id: string, { productId }: OperationSubject) =>
    ok({ productId, granted, subscription: null });

const payment =
  (decision: string) =>
  (_id: string, { migrationId }: OperationSubject) =>
    ok({ migrationId, payment: decision });

/** One row per kind. Kinds without `answerIfExecuted` have answers that only the upstream could have told. */
export const OPERATION_CATALOGUE: Readonly<Record<OperationKind, OperationDescription>> = {
  entitlement_grant: {
    subject: ofEntitlement,
    hasNoBody: true,
    snapshot: 'deciding',
    answerIfExecuted: access(true),
  },
  entitlement_revoke: {
    subject: ofEntitlement,
    hasNoBody: true,
    snapshot: 'deciding',
    answerIfExecuted: access(false),
  },
  voucher_handout: {
    snapshot: 'costly',
    subject: (_path, { userId, voucherGroupId }) => ({
      userId: String(userId),
      voucherGroupId: String(voucherGroupId),
    }),
    answerIfExecuted: (id, { userId, voucherGroupId }) => ({
      ...created({ id, userId, voucherGroupId, handedOut: true, handedOutAt: null }),
      location: `/v1/voucher-handouts/${id}`,
    }),
  },
  voucher_group_create: { subject: () => ({}) },
  voucher_group_update: { subject: ofGroup, snapshot: 'deciding' },
  vouchers_generate: {
    subject: ofGroup,
    snapshot: 'informing',
    answerIfExecuted: (_id, { voucherGroupId }, { amount }) => created({ voucherGroupId, generated: amount }),
  },
  voucher_codes_draw: { subject: ofGroup, snapshot: 'informing', confidential: true },
  migration_create: {
    snapshot: 'deciding',
    subject: (_path, { destinationUsername }) =>
      typeof destinationUsername === 'string' ? { destinationUsername } : {},
    secretFields: ['destinationToken'],
    confidential: true,
    migrationAt: (location) => MIGRATION_PATH.exec(location)?.[1],
  },
  migration_payment_accept: {
    subject: ofMigration,
    hasNoBody: true,
    answerIfExecuted: payment('accepted'),
  },
  migration_payment_reject: {
    subject: ofMigration,
    hasNoBody: true,
    answerIfExecuted: payment('rejected'),
  },
  token_import: {
    subject: () => ({}),
    secretFields: ['tokens'],
    answerIfExecuted: (_id, _subject, { tokenName, tokens }) =>
      ok({ tokenName, imported: (tokens as RedactedList | undefined)?.count ?? null }),
  },
};
