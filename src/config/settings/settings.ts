import type { Scope } from '../scopes.js';
import type { Secret } from '../secret.js';
import type { TokenAlgorithm } from './token.algorithms.js';

/** The settings file once it is read and checked: frozen, secrets resolved, ready to use. */
export interface Settings {
  /** By tenant name. */
  readonly tenants: ReadonlyMap<string, TenantSettings>;
  readonly callers: readonly CallerSettings[];
  /** Who signs tokens for callers that have no entry of their own. */
  readonly issuers: readonly IssuerSettings[];
  readonly ledger: LedgerSettings;
  /** Addresses and ranges (CIDR) of the proxies whose `X-Forwarded-For` is believed; empty: it is ignored. */
  readonly trustedProxies: readonly string[];
}

/** What the ledger encrypts and forgets by. */
export interface LedgerSettings {
  /** The first encrypts, every one decrypts; empty where no caller may do what has to be stored encrypted. */
  readonly answerKeys: readonly AnswerKey[];
  /** Hashes the secret parts of a request, so that a repeat is recognised without storing them. */
  readonly fingerprintKey?: Secret;
  readonly retention: LedgerRetention;
  /** How long an operation may run before its process counts as dead and its outcome as unknown. */
  readonly leaseMs: number;
}

export interface AnswerKey {
  /** Stands beside each answer that it encrypted. */
  readonly id: string;
  /** 32 bytes in base64. */
  readonly key: Secret;
}

export interface LedgerRetention {
  /** How long rows are kept, for the audit. */
  readonly operationDays: number;
  /** How long an Idempotency-Key is honoured. */
  readonly keyDays: number;
}

/** A brand with its own client at SPiD and its own token at Import2. */
export interface TenantSettings {
  readonly name: string;
  readonly spid?: SpidSettings;
  readonly import2?: Import2Settings;
  /** Left out: `SETTINGS_DEFAULTS.evidence`. */
  readonly evidence?: EvidenceSettings;
}

/** What is read from a vendor so that an unknown outcome can be told later. */
export interface EvidenceSettings {
  readonly snapshots: SnapshotPolicy;
}

export const SNAPSHOT_POLICIES = ['off', 'on', 'all'] as const;

/**
 * `on`: what a write is about is read before it, one vendor call, except for handouts. `all`: for handouts too. `off`:
 * no call is spent, and a person decides about every unknown outcome.
 */
export type SnapshotPolicy = (typeof SNAPSHOT_POLICIES)[number];

export interface UpstreamTimeouts {
  /** One try, from asking for a connection to the last byte of the answer. */
  readonly attemptMs: number;
  /** The whole call with its repeats. */
  readonly totalMs: number;
}

export interface SpidSettings {
  /** Origin of the SPiD environment, without `/api/2`, for example `https://login.schibsted.com`. */
  readonly baseUrl: string;
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** Key of signed answers; differs from the client secret (SPiD A7). */
  readonly signatureSecret?: Secret;
  /** `required`: an answer without a valid signature is refused. `accepted`: verified when there is one. */
  readonly signedAnswers: 'required' | 'accepted';
  /** IANA zone in which SPiD's zoneless times are read (SPiD A8), for example `Europe/Oslo`. */
  readonly timeZone: string;
  readonly timeouts: UpstreamTimeouts;
  /** Sockets kept open at most. */
  readonly connections: number;
  /** Certificates of a private authority, as PEM, trusted in place of the public ones. */
  readonly ca?: string;
}

export interface Import2Settings {
  /** With its version segment, for example `https://www.import2.com/api/v2.1` or `.../api/sandbox`. */
  readonly baseUrl: string;
  readonly apiToken: Secret;
  readonly timeouts: UpstreamTimeouts;
  /** Sockets kept open at most. */
  readonly connections: number;
  /** Certificates of a private authority, as PEM, trusted in place of the public ones. */
  readonly ca?: string;
  /** Absent where Import2 announces nothing to us: polling is then the only way to learn of a step. */
  readonly webhook?: WebhookSettings;
}

/** How what Import2 announces is proved to be Import2's (Import2 E4). */
export interface WebhookSettings {
  /** Absent only where `acceptUnsigned` holds. */
  readonly secret?: Secret;
  /** Valid as well, so that no announcement is lost while Import2's staff exchange one for the other. */
  readonly previousSecret?: Secret;
  /** True only without a secret: anyone who knows the address can then announce anything. */
  readonly acceptUnsigned: boolean;
  /** How old an announcement may be by its own timestamp. */
  readonly maxAgeSeconds: number;
  /** How far Import2's clock may be ahead of ours. */
  readonly clockSkewSeconds: number;
}

/** An internal service that calls Tollgate. */
export interface CallerSettings {
  readonly name: string;
  /** Names of the tenants it may act for; with more than one it names one in `Tollgate-Tenant`. */
  readonly tenants: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
  readonly keys: readonly CallerKey[];
  readonly limit: CallerLimit;
  readonly resources: CallerResources;
}

/**
 * To which things a caller is restricted: each entry exact, or a beginning followed by `*`. A kind that is left out is
 * not restricted.
 */
export interface CallerResources {
  readonly products?: readonly string[];
  readonly voucherGroups?: readonly string[];
  readonly tokenNames?: readonly string[];
}

/** Somebody whose tokens (JWT) stand for callers. */
export interface IssuerSettings {
  /** Stands before the name of each of its callers. */
  readonly name: string;
  /** Exactly the claim `iss`. */
  readonly issuer: string;
  /** Has to be in the claim `aud`. */
  readonly audience: string;
  readonly jwksUri: string;
  readonly algorithms: readonly TokenAlgorithm[];
  /** By how much the clocks of issuer and gateway may differ. */
  readonly leewaySeconds: number;
  readonly claims: {
    readonly scopes: string;
    readonly caller: string;
    /** Left out: each caller may act for all tenants of the issuer. */
    readonly tenant?: string;
  };
  /** The most that a token can open, whatever its claims say. */
  readonly tenants: readonly string[];
  readonly scopes: ReadonlySet<Scope>;
  readonly limit: CallerLimit;
  readonly resources: CallerResources;
}

export interface CallerKey {
  /** SHA-256 of the key's UTF-8 text, 32 bytes; the key itself is stored nowhere. */
  readonly sha256: Buffer;
  /** Refused before this moment. */
  readonly notBefore?: Date;
  /** Refused from this moment on. */
  readonly expires?: Date;
}

export interface CallerLimit {
  readonly requests: number;
  readonly perSeconds: number;
}
