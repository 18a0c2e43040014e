/** The groups of routes in the document, in its order. Adding a feature with a name of its own is one row here. */
export const API_TAGS = {
  Entitlements: 'What a user may use: products granted or bought, and subscriptions.',
  Vouchers: 'Voucher groups, their vouchers, and handing them out.',
  Migrations: 'Moving a customer from another tool.',
  Tokens: 'Tokens imported to SPiD.',
  Operations: 'Every write and what became of it; deciding what nobody else can know.',
  'Operations of the gateway': 'Health and metrics, for those who run it.',
} as const;

export type ApiTag = keyof typeof API_TAGS;
