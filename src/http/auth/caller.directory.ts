import { Injectable, Logger } from '@nestjs/common';
import { decodeJwt, errors, type JWTPayload } from 'jose';
import { Clock } from '../../config/clock.js';
import type { IssuerSettings, Settings } from '../../config/settings.js';
import { SettingsSource } from '../../config/settings.source.js';
import { Issuers } from '../../upstreams/issuers/issuers.js';
import { IssuerUnavailableError } from '../../upstreams/issuers/issuer.unavailable.error.js';
import { ProblemError } from '../problems/problem.error.js';
import type { KnownCaller } from './caller.js';
import { CallerKeys, isInForce } from './caller.keys.js';
import { callerOfClaims } from './token.claims.js';
import { verifyToken } from './token.verification.js';

/** The compact form of a signed token; whatever else has two dots is not looked into. */
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;

/** An issuer that was asked in vain is asked again after about this long. */
const RETRY_AFTER_SECONDS = 5;

/** Knows callers by what they send: a key of their own, or a token of an issuer. */
@Injectable()
export class CallerDirectory {
  readonly #log = new Logger('CallerDirectory');
  #known?: { readonly settings: Settings; readonly keys: CallerKeys };

  constructor(
    private readonly source: SettingsSource,
    private readonly clock: Clock,
    private readonly issuers: Issuers,
  ) {}

  /** Undefined for a text that opens nothing, or not any more, or not yet. Keys answer at once, tokens may take a fetch. */
  find(text: string): KnownCaller | undefined | Promise<KnownCaller | undefined> {
    const known = this.#keys().find(text);
    if (known) return isInForce(known.key, this.clock.now()) ? known.caller : undefined;
    return TOKEN.test(text) ? this.#findByToken(text) : undefined;
  }

  async #findByToken(token: string): Promise<KnownCaller | undefined> {
    const issuer = this.#issuerOf(token);
    if (!issuer) return undefined;
    try {
      return callerOfClaims(await this.#verify(token, issuer), issuer);
    } catch (error) {
      if (!(error instanceof IssuerUnavailableError)) return this.#refused(error, issuer);
      throw new ProblemError('upstream-unavailable', 'The token cannot be checked at the moment.', {
        retryAfterSeconds: RETRY_AFTER_SECONDS,
        outcome: 'not_executed',
        cause: error,
      });
    }
  }

  /** A token that does not hold says so itself; anything else comes from a key that is no use. */
  #refused(error: unknown, { name }: IssuerSettings): undefined {
    if (error instanceof errors.JOSEError) return undefined;
    this.#log.warn({ issuer: name, err: error }, 'a key of an issuer cannot be used');
    return undefined;
  }

  #verify(token: string, issuer: IssuerSettings): Promise<JWTPayload> {
    return verifyToken(token, this.issuers.keysAt(issuer.jwksUri), {
      issuer: issuer.issuer,
      audience: issuer.audience,
      algorithms: [...issuer.algorithms],
      clockTolerance: issuer.leewaySeconds,
      // Without an end a stolen token would be good for ever.
      requiredClaims: ['exp'],
      currentDate: this.clock.now(),
    });
  }

  /** Only chooses whose keys to try; nothing in an unverified token is believed. */
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
