/** The token of the quick vendor, which rivals inject as it is. */
export const VENDOR_TOKEN = 'a'.repeat(40);

export const SUBJECTS = {
  user: '42',
  /** Ids that begin so belong to users without the product. */
  userWithout: '77',
  product: '1337',
  voucherGroup: '324673248',
  listedProducts: 100,
} as const;
