import type { OperationDeclaration, RequestValues } from '../ledger/operation.declaration.js';
import type { OperationSubject } from '../ledger/operation.types.js';
import type { RedactedList } from '../telemetry/masking/secret.members.js';

const ofMigration = ({ id }: RequestValues): OperationSubject => ({ migrationId: String(id) });

const payment =
  (decision: 'accepted' | 'rejected'): OperationDeclaration['responseIfExecuted'] =>
  (_id, { migrationId }) => ({ status: 200, body: { migrationId, payment: decision } });

export const MIGRATION_CREATE: OperationDeclaration = {
  kind: 'migration_create',
  upstream: 'import2',
  snapshot: 'deciding',
  subject: (_path, { destinationUsername }) =>
    typeof destinationUsername === 'string' ? { destinationUsername } : {},
  secretFields: ['destinationToken'],
  confidential: true,
};

export const MIGRATION_PAYMENT_ACCEPT: OperationDeclaration = {
  kind: 'migration_payment_accept',
  upstream: 'import2',
  subject: ofMigration,
  responseIfExecuted: payment('accepted'),
};

export const MIGRATION_PAYMENT_REJECT: OperationDeclaration = {
  kind: 'migration_payment_reject',
  upstream: 'import2',
  subject: ofMigration,
  responseIfExecuted: payment('rejected'),
};

export const TOKEN_IMPORT: OperationDeclaration = {
  kind: 'token_import',
  upstream: 'spid',
  subject: () => ({}),
  secretFields: ['tokens'],
  responseIfExecuted: (_id, _subject, { tokenName, tokens }) => ({
    status: 200,
    body: { tokenName, imported: (tokens as RedactedList | undefined)?.count ?? null },
  }),
};

export const MIGRATION_WRITES = [
  MIGRATION_CREATE,
  MIGRATION_PAYMENT_ACCEPT,
  MIGRATION_PAYMENT_REJECT,
  TOKEN_IMPORT,
] as const;
