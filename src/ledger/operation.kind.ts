/** Every kind of write; the name is used in the ledger and in the public API. */
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
