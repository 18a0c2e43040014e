import { normalId } from '../ledger/subject.id.js';
import type { OperationDeclaration, RequestValues } from '../ledger/operation.declaration.js';
import type { OperationSubject } from '../ledger/operation.types.js';

const ofGroup = ({ id }: RequestValues): OperationSubject => ({ voucherGroupId: String(id) });

export const VOUCHER_HANDOUT: OperationDeclaration = {
  kind: 'voucher_handout',
  upstream: 'spid',
  snapshot: 'costly',
  subject: (_path, { userId, voucherGroupId }) => ({
    userId: String(userId),
    voucherGroupId: String(voucherGroupId),
  }),
  responseIfExecuted: (id, { userId, voucherGroupId }) => ({
    status: 201,
    body: { id, userId, voucherGroupId, handedOut: true, handedOutAt: null },
    location: `/v1/voucher-handouts/${id}`,
  }),
};

export const VOUCHER_GROUP_CREATE: OperationDeclaration = {
  kind: 'voucher_group_create',
  upstream: 'spid',
  subject: () => ({}),
};

export const VOUCHER_GROUP_UPDATE: OperationDeclaration = {
  kind: 'voucher_group_update',
  upstream: 'spid',
  subject: ofGroup,
  exclusiveKey: ({ voucherGroupId }) =>
    voucherGroupId === undefined ? null : `voucher group ${normalId(voucherGroupId)}`,
  snapshot: 'deciding',
};

export const VOUCHERS_GENERATE: OperationDeclaration = {
  kind: 'vouchers_generate',
  upstream: 'spid',
  subject: ofGroup,
  snapshot: 'informing',
  responseIfExecuted: (_id, { voucherGroupId }, { amount }) => ({
    status: 201,
    body: { voucherGroupId, generated: amount },
  }),
};

export const VOUCHER_CODES_DRAW: OperationDeclaration = {
  kind: 'voucher_codes_draw',
  upstream: 'spid',
  subject: ofGroup,
  snapshot: 'informing',
  confidential: true,
};

export const VOUCHER_WRITES = [
  VOUCHER_HANDOUT,
  VOUCHER_GROUP_CREATE,
  VOUCHER_GROUP_UPDATE,
  VOUCHERS_GENERATE,
  VOUCHER_CODES_DRAW,
] as const;
