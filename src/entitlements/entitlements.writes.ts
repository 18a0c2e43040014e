import { normalId } from '../ledger/subject.id.js';
import type { OperationDeclaration, RequestValues } from '../ledger/operation.declaration.js';
import type { OperationSubject } from '../ledger/operation.types.js';

const subject = ({ userId, productId }: RequestValues): OperationSubject => ({
  userId: String(userId),
  productId: String(productId),
});

/** A grant and a revocation of the same access exclude each other. */
const exclusiveKey = ({ userId, productId }: OperationSubject): string | null =>
  userId === undefined || productId === undefined
    ? null
    : `entitlement ${normalId(userId)} ${normalId(productId)}`;

const access =
  (granted: boolean): OperationDeclaration['responseIfExecuted'] =>
  (_id, { productId }) => ({ status: 200, body: { productId, granted, subscription: null } });

export const ENTITLEMENT_GRANT: OperationDeclaration = {
  kind: 'entitlement_grant',
  upstream: 'spid',
  subject,
  exclusiveKey,
  snapshot: 'deciding',
  responseIfExecuted: access(true),
};

export const ENTITLEMENT_REVOKE: OperationDeclaration = {
  ...ENTITLEMENT_GRANT,
  kind: 'entitlement_revoke',
  responseIfExecuted: access(false),
};

export const ENTITLEMENT_WRITES = [ENTITLEMENT_GRANT, ENTITLEMENT_REVOKE] as const;
