/** The groups of routes in the document, in its order. Adding a feature with a name of its own is one row here. */
export const API_TAGS = {
  Entitlements: 'What a user may use: products granted or bought, and subscriptions.',
  Vouchers: 'Voucher groups, their vouchers, and handing them out.',
  Migrations: 'Migrating a customer from another tool.',
  Tokens: 'Tokens imported to SPiD.',
  Operations: 'Every write and its outcome; deciding outcomes that the gateway cannot determine.',
  Gateway: 'Health and metrics, for its operators.',
} as const;

export type ApiTag = keyof typeof API_TAGS;
