import { collection, element, type Call, type CallResult } from '../spid.call.js';
import { ApiException } from '../spid.errors.js';
import { ownGroup, refuseStranger } from './spid.groups.js';
import { availableIn, type SpidState } from '../spid.state.js';
import { groupFields, partialFields, voucherFields } from './spid.voucher.fields.js';

/** Bounds the memory of one call; far more than the vendor's UI requests. */
const generatedAtOnceMax = 100_000;

const generateFailed = 'Failed to generate vouchers, see error object for further details';

/** POST voucher_handout (SPiD B7). Never returns the code; a repeated call hands out another voucher. */
export function handOutToUser(state: SpidState, call: Call): CallResult {
  const userId = call.parameters.filled('userId');
  if (!userId || !call.parameters.filled('voucherGroupId')) {
    throw new ApiException(404, 'Missing required userId and/or voucherGroupId parameters');
  }
  const user = state.findUser(userId);
  if (!user) throw new ApiException(404, 'User not found');
  const noGroup = 'Voucher group not found, or handouts not enabled';
  const group = ownGroup(state, call, noGroup);
  if (!group.unique) throw new ApiException(404, noGroup);
  const [voucher] = state.handOut(group, 1, user.id);
  if (!voucher) return nothingLeft(state, noGroup);
  const ids = { userId: user.id, voucherGroupId: group.id, voucherId: voucher.id };
  state.effects.record('voucher_handout', ids);
  return element({ success: true });
}

/** The vendor's response is not known: `success: false`, one of the endpoint's 404s, or the 500 of 2014 (SPiD B7). */
function nothingLeft(state: SpidState, notFound: string): CallResult {
  switch (state.quirks.values.voucherHandoutEmpty) {
    case 'success-false':
      return element({ success: false });
    case '404':
      throw new ApiException(404, notFound);
    case '500':
      throw new ApiException(500, 'Internal Server Error');
  }
}

/** POST vouchers/handout/{} (SPiD B8). Returns the codes once; 404 with the numbers when there are too few. */
export function drawVouchers(state: SpidState, call: Call): CallResult {
  const group = ownGroup(state, call);
  const amount = readAmount(call);
  if (amount === undefined || !group.unique) throw new ApiException(404, 'Handout failed');
  const available = availableIn(group);
  if (amount > available) {
    const text = 'The requested amount exceeds the available amount. See error object for actual numbers.';
    throw new ApiException(404, text, { requested: amount, available });
  }
  const drawn = state.handOut(group, amount, null);
  const voucherIds = drawn.map(({ id }) => id);
  state.effects.record('vouchers_handout', { voucherGroupId: group.id, amount, voucherIds });
  return collection(drawn.map(partialFields));
}

/** POST vouchers/generate/{} (SPiD B9). Fails for a shared group. The default of one voucher is a guess (SPiD G10). */
export function generateVouchers(state: SpidState, call: Call): CallResult {
  const group = ownGroup(state, call);
  const amount = readAmount(call);
  if (amount === undefined || amount > generatedAtOnceMax || !group.unique) {
    throw new ApiException(404, generateFailed);
  }
  const generated = group.vouchers.length;
  if (group.limit !== null && generated + amount > group.limit) {
    throw new ApiException(404, generateFailed, { requested: amount, generated, limit: group.limit });
  }
  state.addVouchers(group, amount);
  state.effects.record('vouchers_generate', { voucherGroupId: group.id, amount });
  return element({ success: true });
}

/** GET voucher/{} (SPiD B14). By code, with the group embedded. */
export function getVoucher(state: SpidState, call: Call): CallResult {
  const voucher = state.vouchers.get(call.path['code'] ?? '');
  const group = voucher && state.groups.get(voucher.groupId);
  if (!group) throw new ApiException(404, 'Voucher not found');
  refuseStranger(call.client, group);
  return element({ ...voucherFields(voucher), group: groupFields(group) });
}

function readAmount(call: Call): number | undefined {
  const text = call.parameters.filled('amount') ?? '1';
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined;
}
