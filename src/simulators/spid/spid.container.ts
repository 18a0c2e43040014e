import { createHmac } from 'node:crypto';
import type { SimulatedResponse } from '../simulator.js';
import type { CallResult } from './spid.call.js';
import { fallback, type Route } from './spid.catalogue.js';
import { anonymous, type Client } from './spid.client.registry.js';
import { type ApiException, RATE_LIMIT_TEXT } from './spid.errors.js';
import { phpJson, phpMap } from './spid.json.js';
import type { Budget } from './spid.limits.js';
import type { SpidQuirks } from './spid.quirks.js';

/** What a container contains about its call. */
export interface Envelope {
  /** undefined for an unknown path. */
  readonly route: Route | undefined;
  /** `debug.params.where`. */
  readonly where: Readonly<Record<string, string>>;
  readonly budget: Budget;
  readonly quirks: SpidQuirks['values'];
}

/** The container of a success, signed for a client with signed responses (SPiD A5, A7). */
export function successBody(envelope: Envelope, result: CallResult, client: Client): object {
  const { data, type, meta } = result;
  const head = { ...containerHead(envelope, type, 200), meta, error: null };
  const { signature, signedResponses } = envelope.quirks;
  const isSigned = client.signed || (signedResponses === 'every-client' && client !== anonymous);
  return isSigned ? { ...head, ...signed(data, client, signature) } : { ...head, data };
}

/** The container of a failure. Not signed; whether the vendor does is unknown (SPiD G16). */
export function failureBody(envelope: Envelope, { status, description, numbers }: ApiException): object {
  const asObject = envelope.quirks.errorDescription === 'object';
  const error = {
    code: status,
    type: 'ApiException',
    description: asObject ? { error: description } : description,
    ...numbers,
  };
  if (envelope.quirks.errorEnvelope === 'bare') return { error };
  return { ...containerHead(envelope, 'error', status), meta: null, error, data: null };
}

function containerHead({ route, where, budget }: Envelope, type: string, code: number): object {
  const { name, url, controller } = route ?? fallback;
  return {
    name: 'SPP Container',
    version: '0.2',
    api: 2,
    object: /^Api\/2\/(\w+)/.exec(controller)?.[1],
    type,
    code,
    request: budget,
    debug: {
      route: { name, url, controller },
      params: { options: [], where: phpMap(Object.entries(where)) },
    },
  };
}

/** HMAC-SHA256 over the encoded data, both base64url without padding (SPiD A7). */
function signed(data: unknown, client: Client, mode: SpidQuirks['values']['signature']): object {
  if (mode === 'missing') return { data };
  const encoded = Buffer.from(phpJson(data)).toString('base64url');
  const secret = mode === 'wrong' ? `not-${client.signatureSecret}` : client.signatureSecret;
  const sig = createHmac('sha256', secret).update(encoded).digest('base64url');
  return { data: encoded, algorithm: mode === 'unknown-algorithm' ? 'HMAC-MD5' : 'HMAC-SHA256', sig };
}

/** The response format, selected by the suffix (SPiD A8). */
export interface Format {
  /** Function name of a `.jsonp` response. */
  readonly callback: string | undefined;
}

/** A function name, possibly with dots and indexes; anything else could execute in the requesting page. */
const callbackName = /^[A-Za-z_$][\w$.[\]]{0,127}$/;

export function formatOf(suffix: string | undefined, callback: string | undefined): Format {
  if (suffix !== '.jsonp') return { callback: undefined };
  return { callback: callback && callbackName.test(callback) ? callback : 'callback' };
}

export function render({ callback }: Format, status: number, body: object): SimulatedResponse {
  const json = phpJson(body);
  const head = { status, ...(status === 420 && { reason: RATE_LIMIT_TEXT }) };
  return callback === undefined
    ? { ...head, contentType: 'application/json', body: json }
    : { ...head, contentType: 'application/javascript', body: `${callback}(${json});` };
}
