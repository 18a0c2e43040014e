import type { Handler } from '../spid.call.js';
import type { EndpointName } from '../spid.catalogue.js';
import { createGroup, getGroup, listGroups, updateGroup } from './spid.groups.js';
import { importTokens, listTokenNames } from './spid.injectable.js';
import { listEndpoints } from './spid.descriptors.js';
import { getStatus, getVersion } from './spid.platform.js';
import { getAccess, grantAccess, listContents, revokeAccess } from './spid.products.js';
import { getProduct, getSubscription, listSubscriptions } from './spid.subscriptions.js';
import { drawVouchers, generateVouchers, getVoucher, handOutToUser } from './spid.vouchers.js';

/** The handler of each endpoint in the catalogue. */
export const handlers: Readonly<Record<EndpointName, Handler>> = {
  product_get: getAccess,
  product_grant: grantAccess,
  product_revoke: revokeAccess,
  products_list: listContents,
  subscriptions_list: listSubscriptions,
  subscription_get: getSubscription,
  voucher_handout: handOutToUser,
  vouchers_handout: drawVouchers,
  vouchers_generate: generateVouchers,
  voucher_group_get: getGroup,
  voucher_group_update: updateGroup,
  voucher_group_create: createGroup,
  voucher_groups_list: listGroups,
  voucher_get: getVoucher,
  injectable_import: importTokens,
  injectable_names: listTokenNames,
  status: getStatus,
  version: getVersion,
  endpoints: listEndpoints,
  product: getProduct,
};
