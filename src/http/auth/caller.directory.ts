import { Injectable, Logger } from '@nestjs/common';
import type { JWTPayload } from 'jose';
import * as errors from 'jose/errors';
import { decodeJwt } from 'jose/jwt/decode';
import { Clock } from '../../config/clock.js';
import type { IssuerSettings } from '../../config/settings/issuer.settings.js';
import type { Settings } from '../../config/settings/settings.js';
import { SettingsSource } from '../../config/settings/settings.source.js';
import { Issuers } from '../../upstreams/issuers/issuers.js';
import { IssuerUnavailableError } from '../../upstreams/issuers/issuer.unavailable.error.js';
import { ProblemError } from '../problems/problem.error.js';
import type { KnownCaller } from './caller.js';
import { CallerKeys, isInForce, type KnownKey } from './caller.keys.js';
import { RefusedCredential, refusedToken, UNKNOWN_KEY } from './refused.credential.js';
import { callerOfClaims } from './token.claims.js';
import { verifyToken } from './token.verification.js';

/** The compact form of a signed token; anything else is not parsed as one. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** About the pause after which a failed fetch of an issuer's keys is repeated. */
const RETRY_AFTER_SECONDS = 5;

const UNKNOWN_ISSUER = new RefusedCredential(
  'the key is unknown, and as a token it names no issuer of the settings',
);

type FoundCaller = KnownCaller | RefusedCredential;

/** Finds callers by API key or by the token of an issuer. */
@Injectable()
export class CallerDirectory {
  readonly #log = new Logger('CallerDirectory');
  #known?: { readonly settings: Settings; readonly keys: CallerKeys };

  constructor(
    private readonly source: SettingsSource,
    private readonly clock: Clock,
    private readonly issuers: Issuers,
  ) {}

  /**
   * A token may need a fetch of its issuer's keys.
   * @param connection where the credential came from
   */
  find(text: string, connection: object): FoundCaller | Promise<FoundCaller> {
    const known = this.#keys().find(text, connection);
    if (known) return this.#inForce(known);
    return TOKEN.test(text) ? this.#findByToken(text) : UNKNOWN_KEY;
  }

  #inForce({ caller, key }: KnownKey): FoundCaller {
    const now = this.clock.now();
    if (isInForce(key, now)) return caller;
    const isOver = key.expires !== undefined && key.expires <= now;
    return new RefusedCredential(
      `the key of caller ${caller.name} ${isOver ? 'has expired' : 'is not valid yet'}`,
    );
  }

  async #findByToken(token: string): Promise<FoundCaller> {
    const issuer = this.#issuerOf(token);
    if (!issuer) return UNKNOWN_ISSUER;
    try {
      const caller = callerOfClaims(await this.#verify(token, issuer), issuer);
      return (
        caller ??
        new RefusedCredential(`the token of issuer ${issuer.name} names no caller in ${issuer.callerClaim}`)
      );
    } catch (error) {
      if (!(error instanceof IssuerUnavailableError)) return this.#refused(error, issuer);
      throw new ProblemError('upstream-unavailable', 'The token cannot be checked at the moment.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        outcome: 'not_executed',
        cause: error,
      });
    }
  }

  /** Logs errors that are not jose's own: those come from an unusable key of the issuer, not from the token. */
  #refused(error: unknown, { name }: IssuerSettings): RefusedCredential {
    if (error instanceof errors.JOSEError) return refusedToken(error, name);
    this.#log.warn({ issuer: name, cause: error }, 'a key of an issuer cannot be used');
    return new RefusedCredential(`the token of issuer ${name} cannot be verified`);
  }

  #verify(token: string, issuer: IssuerSettings): Promise<JWTPayload> {
    return verifyToken(token, this.issuers.keysAt(issuer.jwksUri), {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.leewaySeconds,
      // Without an expiry a stolen token would be valid forever.
      requiredClaims: ['exp'],
      currentDate: this.clock.now(),
    });
  }

  /** Reads the unverified claim only to choose the issuer whose keys verify the token. */
  #issuerOf(token: string): IssuerSettings | undefined {
    try {
      const { iss } = decodeJwt(token);
      return this.source.current.issuers.find(({ issuer }) => issuer === iss);
    } catch {
      return undefined;
    }
  }

  #keys(): CallerKeys {
    const settings = this.source.current;
    if (this.#known?.settings !== settings) {
      this.#known = { settings, keys: new CallerKeys(settings.callers) };
    }
    return this.#known.keys;
  }
}
