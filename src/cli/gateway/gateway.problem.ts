import { CommandError, printable } from '../terminal.js';

/** The flag for each field that a problem of the gateway points to. */
const FLAGS: Readonly<Record<string, string>> = {
  '/headers/Authorization': '--key-file',
  '/headers/If-Match': '--if-match',
  '/headers/Tollgate-Tenant': '--tenant',
  '/query/awaits': '--awaits',
  '/query/cursor': '--cursor',
  '/query/destinationUsername': '--destination-username',
  '/query/from': '--from',
  '/query/idPrefix': 'the id',
  '/query/kind': '--kind',
  '/query/limit': '--limit',
  '/query/recommendation': '--recommendation',
  '/query/state': '--state',
  '/query/to': '--to',
  '/query/userId': '--user',
  '/query/voucherGroupId': '--voucher-group',
  '/decision': '--decision',
  '/evidence': '--evidence',
  '/migrationId': '--migration-id',
  '/reason': '--reason',
};

/** Replace details that mention headers: on the command line these are flags. */
const DETAILS: Readonly<Record<string, string>> = {
  unauthenticated: 'The gateway does not accept this key. Pass a valid one with --key-file or GATEWAY_KEY.',
  'operation-not-found': 'No such operation is visible to this key.',
  'operation-changed': 'It has changed since it was read; nothing was decided. Run show and decide again.',
};

/** Type of every problem of the gateway. */
const TYPE = /(?:^|\/)docs\/problems\/[a-z0-9-]+$/;

/** Whether an error response is one of a gateway, and not of another server or of a proxy before it. */
export function isProblem({ type, title, status, detail }: Readonly<Record<string, unknown>>): boolean {
  const texts = [title, detail].every((text) => typeof text === 'string');
  return typeof type === 'string' && TYPE.test(type) && texts && typeof status === 'number';
}

/** An error response of the gateway (RFC 9457), formatted for a terminal. */
export class GatewayProblem extends CommandError {
  readonly slug: string;
  readonly detail: string;
  readonly retryAfterSeconds: number | undefined;

  constructor(problem: Readonly<Record<string, unknown>>) {
    super(textOf(problem));
    this.slug = slugOf(problem);
    this.detail = printable(detailOf(problem));
    const { retryAfterSeconds } = problem;
    this.retryAfterSeconds = typeof retryAfterSeconds === 'number' ? retryAfterSeconds : undefined;
  }
}

function textOf(problem: Readonly<Record<string, unknown>>): string {
  const { status, title, errors, retryAfterSeconds, instance } = problem;
  const fields = (Array.isArray(errors) ? errors : []) as readonly Record<string, unknown>[];
  const retry = typeof retryAfterSeconds === 'number' ? [`  Retry in ${retryAfterSeconds} s.`] : [];
  return [
    `${String(title)} (${String(status)} ${slugOf(problem)}): ${detailOf(problem)}`,
    ...fields.map((field) => `  ${flagOf(String(field?.['pointer']))} ${inFlags(String(field?.['detail']))}`),
    ...retry,
    ...(typeof instance === 'string' ? [`  ${instance}`] : []),
  ]
    .map(printable)
    .join('\n');
}

function slugOf({ type }: Readonly<Record<string, unknown>>): string {
  return String(type).split('/').at(-1) ?? '';
}

function detailOf(problem: Readonly<Record<string, unknown>>): string {
  return DETAILS[slugOf(problem)] ?? inFlags(String(problem['detail']));
}

/** Headers that a detail mentions. */
const HEADERS: Readonly<Record<string, string>> = {
  'Authorization: Bearer': '--key-file',
  'Tollgate-Tenant': '--tenant',
  'If-Match header': 'value of --if-match',
  'If-Match': '--if-match',
};

function inFlags(detail: string): string {
  return Object.entries(HEADERS).reduce((text, [header, flag]) => text.replaceAll(header, flag), detail);
}

/** A field that no flag sets is named without the syntax of a pointer. */
function flagOf(pointer: string): string {
  return FLAGS[pointer] ?? pointer.slice(pointer.lastIndexOf('/') + 1);
}
