import { randomUUID } from 'node:crypto';
import { bearerOf } from '../support/bench.settings.js';
import { type RequestParts, requestText } from '../support/http.socket.js';
import { SUBJECTS, VENDOR_TOKEN } from '../support/vendor.constants.js';
import type { ContenderName } from './contenders.js';
import { ZipfUsers } from './zipf.js';

export const CALLER = { name: 'reader', weight: 1 } as const;
/** The first request of an hour is served, all others are refused. */
export const LIMITED = { name: 'limited', weight: 1, limit: { requests: 1, perSeconds: 3_600 } } as const;

/** What every contender is sent, in turn. */
export interface Workload {
  readonly name: string;
  readonly title: string;
  readonly contenders: readonly ContenderName[];
  /** Connections, each with one request at a time. */
  readonly clients: number;
  /** Requests are sent at this rate, whether those before have ended or not; left out: as fast as responses come. */
  readonly perSecond?: number;
  /** The status of a response, and others that may occur beside it. */
  readonly statuses: readonly number[];
  /** The requests of one round, as bytes of HTTP. */
  requests(contender: ContenderName): () => string;
  /** Whether the response does what was asked for. */
  isRight(body: unknown): boolean;
  /** Writes need the ledger, and a rate of hits the fence, both on PostgreSQL. */
  readonly needsDatabase?: boolean;
}

const authorization = bearerOf(CALLER.name);
const asked = { authorization };
const check = `/v1/users/${SUBJECTS.user}/entitlements/${SUBJECTS.product}`;

const always = (parts: RequestParts) => () => {
  const text = requestText(parts);
  return () => text;
};

/** Mapped to our names, or the vendor's body passed on. */
function isAccess(body: unknown): boolean {
  const { productId, granted, data } = body as {
    productId?: string;
    granted?: boolean;
    data?: { productId?: string; result?: boolean };
  };
  return (data?.productId ?? productId) === SUBJECTS.product && (data?.result ?? granted) === true;
}

const CHECK: Workload = {
  name: 'check',
  title: 'entitlement check, not cached, one vendor call',
  contenders: ['tollgate', 'tollgate-redis', 'naive', 'http-proxy', 'bare', 'nginx', 'krakend'],
  clients: 32,
  statuses: [200],
  requests: always({ path: check, headers: asked }),
  isRight: isAccess,
};

const USERS = 10_000;
const FRESH_SHARE = 0.05;
const MAX_AGE_SECONDS = 30;
/** Users of each contender come round again long after their entries have expired. */
const positions = new Map<ContenderName, ZipfUsers>();

function zipfChecks(contender: ContenderName): () => string {
  const users = new ZipfUsers(USERS, FRESH_SHARE, positions.get(contender)?.position);
  positions.set(contender, users);
  // Rivals with a cache have it below a path of its own.
  const prefix = contender === 'nginx' || contender === 'krakend' ? '/cached' : '';
  const headers = { ...asked, 'cache-control': `max-age=${MAX_AGE_SECONDS}` };
  return () => {
    const path = `${prefix}/v1/users/${100_000 + users.next()}/entitlements/${SUBJECTS.product}`;
    return requestText({ path, headers });
  };
}

const CACHED: Workload = {
  name: 'cached',
  title: `check with max-age=${MAX_AGE_SECONDS}, ${USERS} users by Zipf's law, 95 % asked for before`,
  contenders: ['tollgate', 'naive', 'nginx', 'krakend'],
  clients: 32,
  statuses: [200],
  requests: zipfChecks,
  isRight: isAccess,
  needsDatabase: true,
};

const handout = (clients: number): Workload => ({
  name: `handout-${clients}`,
  title: 'voucher handout, ledger on PostgreSQL (rivals: no ledger)',
  contenders: clients === 32 ? ['tollgate', 'naive', 'bare'] : ['tollgate', 'bare'],
  clients,
  statuses: [201],
  requests: () => {
    const run = randomUUID();
    let count = 0;
    return () => {
      count += 1;
      return requestText({
        method: 'POST',
        path: '/v1/voucher-handouts',
        headers: { ...asked, 'idempotency-key': `${run}-${count}` },
        body: { userId: SUBJECTS.user, voucherGroupId: SUBJECTS.voucherGroup },
      });
    };
  },
  isRight: (body) => (body as { handedOut?: boolean }).handedOut === true,
  needsDatabase: true,
});

let granted = 0;

const GRANT: Workload = {
  name: 'grant',
  title: 'grant with its snapshot: two vendor calls, ledger on PostgreSQL (rivals: one call, no ledger)',
  contenders: ['tollgate', 'naive'],
  clients: 32,
  statuses: [200],
  requests: () => () => {
    // Grants of one subject at one time would wait for each other.
    granted += 1;
    const path = `/v1/users/${SUBJECTS.userWithout}${granted}/entitlements/${SUBJECTS.product}`;
    return requestText({ method: 'PUT', path, headers: asked });
  },
  isRight: isAccess,
  needsDatabase: true,
};

const LIST: Workload = {
  name: 'list',
  title: `list of ${SUBJECTS.listedProducts} products`,
  contenders: ['tollgate', 'naive', 'bare'],
  clients: 32,
  statuses: [200],
  requests: always({ path: `/v1/users/${SUBJECTS.user}/entitlements`, headers: asked }),
  isRight: (body) => (body as { items?: unknown[] }).items?.length === SUBJECTS.listedProducts,
};

/** A client may fail 120 times a minute: so many clients as load needs, behind a load balancer (RFC 2544's addresses). */
const ADDRESSES = 65_536;

const REFUSED_401: Workload = {
  name: 'refused-401',
  title: 'refused: no valid key',
  contenders: ['tollgate', 'naive', 'http-proxy'],
  clients: 32,
  statuses: [401],
  requests: () => {
    let count = 0;
    return () => {
      count = (count + 1) % ADDRESSES;
      const headers = {
        authorization: bearerOf('unknown'),
        'x-forwarded-for': `198.18.${count >> 8}.${count & 255}`,
      };
      return requestText({ path: check, headers });
    };
  },
  isRight: () => true,
};

const REFUSED_429: Workload = {
  name: 'refused-429',
  title: 'refused: over the limit of the caller',
  contenders: ['tollgate', 'naive'],
  clients: 32,
  statuses: [429, 200],
  requests: always({ path: check, headers: { authorization: bearerOf(LIMITED.name) } }),
  isRight: () => true,
};

/** How much later than from the vendor itself a response comes, at a rate that leaves every contender time to spare. */
const LATENCY: Workload = {
  ...CHECK,
  name: 'latency',
  title: 'check at 500 a second, against a direct call of the vendor',
  contenders: ['direct', 'tollgate', 'bare', 'nginx'],
  perSecond: 500,
  requests: (contender) => {
    const direct = {
      path: `/api/2/user/${SUBJECTS.user}/product/${SUBJECTS.product}`,
      headers: { authorization: `Bearer ${VENDOR_TOKEN}` },
    };
    return always(contender === 'direct' ? direct : { path: check, headers: asked })();
  },
};

export const WORKLOADS: readonly Workload[] = [
  CHECK,
  CACHED,
  // One client alone sends too little to warm a gateway up.
  ...[128, 32, 1].map(handout),
  GRANT,
  LIST,
  REFUSED_401,
  REFUSED_429,
  LATENCY,
];
