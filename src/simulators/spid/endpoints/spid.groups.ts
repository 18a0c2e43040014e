import { collection, element, type Call, type CallResult } from '../spid.call.js';
import { sameMerchant, type Client } from '../spid.client.registry.js';
import { ApiException } from '../spid.errors.js';
import type { Parameters } from '../spid.parameters.js';
import type { VoucherGroup } from '../spid.records.js';
import { availableIn, type SpidState } from '../spid.state.js';
import { groupFields, voucherFields } from './spid.voucher.fields.js';

/** Hard cap (SPiD A8). Also the default, since the vendor's is unknown (SPiD G13). */
const pageSizeMax = 1_000;

/** GET vouchers/group/{} (SPiD B10). The counts are integers; a shared group includes its voucher. */
export function getGroup(state: SpidState, call: Call): CallResult {
  const group = ownGroup(state, call);
  const counts = { generatedVouchers: group.vouchers.length, availableVouchers: availableIn(group) };
  const [shared] = group.unique ? [] : group.vouchers;
  const voucher = shared ? { voucher: voucherFields(shared) } : {};
  return element({ ...groupFields(group), ...counts, ...voucher });
}

/** POST vouchers/group (SPiD B12). The response to a bad parameter is unknown; this is the 404 of SPiD B11. */
export function createGroup(state: SpidState, call: Call): CallResult {
  const { parameters } = call;
  const title = parameters.filled('title');
  const type = parameters.filled('type') ?? '';
  const unique = readFlag(parameters.filled('unique'));
  const limit = readLimit(parameters);
  const code = parameters.filled('voucherCode');
  const codeTaken = code !== undefined && state.vouchers.has(code);
  if (!title || !/^[1-8]$/.test(type) || unique === undefined || limit === undefined || codeTaken) {
    throw new ApiException(404, 'Voucher group could not be created');
  }
  if (unique && state.quirks.values.voucherPrefix === 'missing') {
    throw new ApiException(400, 'Set generator used, but no client voucher prefix set');
  }
  const group = newGroup(state, call, { title, type, unique, limit });
  state.groups.set(group.id, group);
  if (!unique) state.addVouchers(group, 1, code);
  state.effects.record('voucher_group_create', { voucherGroupId: group.id });
  return element(groupFields(group));
}

/** POST vouchers/group/{} (SPiD B11). */
export function updateGroup(state: SpidState, call: Call): CallResult {
  const group = ownGroup(state, call);
  const { parameters } = call;
  const limit = readLimit(parameters);
  if (parameters.get('title') === '' || limit === undefined) {
    throw new ApiException(404, 'Voucher group could not be updated');
  }
  const changes = ['title', 'description', 'limit'].filter((name) => parameters.get(name) !== undefined);
  if (changes.length === 0) return element(groupFields(group));
  group.title = parameters.get('title') ?? group.title;
  if (changes.includes('description')) group.description = parameters.filled('description') ?? null;
  if (changes.includes('limit')) group.limit = limit;
  group.updatedAt = state.now();
  state.effects.record('voucher_group_update', { voucherGroupId: group.id });
  return element(groupFields(group));
}

/** GET vouchers/groups (SPiD B13). An empty list when none is found. */
export function listGroups(state: SpidState, call: Call): CallResult {
  const { query } = call;
  const offset = Number(readDigits(query.filled('offset')) ?? 0);
  const limit = Math.min(Number(readDigits(query.filled('limit')) ?? pageSizeMax), pageSizeMax);
  const found = [...state.groups.values()].filter(
    (group) =>
      sameMerchant(call.client, group.clientId) &&
      (['title', 'campaignId', 'type', 'productId'] as const).every((name) => {
        const wanted = query.filled(name);
        return wanted === undefined || group[name] === wanted;
      }),
  );
  return collection(found.slice(offset, offset + limit).map(groupFields), offset);
}

/** @throws ApiException (SPiD B10) when the group is unknown or belongs to another client */
export function ownGroup(state: SpidState, call: Call, unknown = 'Voucher group not found'): VoucherGroup {
  const group = state.groups.get(call.path['id'] ?? call.parameters.get('voucherGroupId') ?? '');
  if (!group) throw new ApiException(404, unknown);
  refuseStranger(call.client, group);
  return group;
}

export function refuseStranger(client: Client, group: VoucherGroup): void {
  if (sameMerchant(client, group.clientId)) return;
  throw new ApiException(403, 'Client does not have access to this voucher group');
}

function newGroup(
  state: SpidState,
  { client, parameters }: Call,
  read: Pick<VoucherGroup, 'title' | 'type' | 'unique' | 'limit'>,
): VoucherGroup {
  return {
    ...read,
    id: state.nextId(),
    clientId: client.id,
    campaignId: parameters.filled('campaignId') ?? null,
    productId: parameters.filled('productId') ?? null,
    description: parameters.filled('description') ?? null,
    createdAt: state.now(),
    updatedAt: state.now(),
    vouchers: [],
    handedOut: 0,
  };
}

/** The default 1, individual codes, is a guess. Old SDKs write booleans as `true` and `false` (SPiD A8). */
function readFlag(text = '1'): boolean | undefined {
  if (text === '1' || text === 'true') return true;
  return text === '0' || text === 'false' ? false : undefined;
}

/** null is no limit, also written as 0 (SPiD B10); undefined is invalid. */
function readLimit(parameters: Parameters): number | null | undefined {
  const text = parameters.filled('limit');
  if (text === undefined || text === '0' || text === 'null') return null;
  return readDigits(text) === undefined ? undefined : Number(text);
}

function readDigits(text: string | undefined): string | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? text : undefined;
}
