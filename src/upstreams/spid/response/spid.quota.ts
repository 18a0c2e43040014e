import type { JsonObject } from '../../transport/response/json.body.js';
import type { VendorQuota } from '../../transport/budget.outcome.js';

/** From 1 s to the usual period of an hour (SPiD A6); captures show negative values. */
const RESET_SECONDS_MAX = 3_600;
const RESET_SECONDS_OTHERWISE = 60;

/** Seconds until the limit is reset, as a container has them; a default where it has no plausible value. */
export function retryAfterSeconds(reset: unknown): number {
  return isPlausibleReset(reset) ? reset : RESET_SECONDS_OTHERWISE;
}

/**
 * The counters in `request` of a container, where they bind: a limit of 0, and negative values, mean that there is no limit
 * (SPiD A6).
 */
export function quotaOf(fields: JsonObject | null): VendorQuota | undefined {
  const { limit, remaining, reset } = requestOf(fields);
  if (!isCount(limit) || limit === 0 || !isCount(remaining) || !isPlausibleReset(reset)) return undefined;
  return { remaining, resetMs: reset * 1_000 };
}

/** `reset` of a refusal. Beside a limit of 0 it is of no limit: the gateway would stop for up to an hour that nobody asked for. */
export function resetOf(fields: JsonObject | null): unknown {
  const { limit, reset } = requestOf(fields);
  return limit === 0 ? undefined : reset;
}

function requestOf(fields: JsonObject | null): JsonObject {
  const request = fields?.['request'];
  return typeof request === 'object' && request !== null ? (request as JsonObject) : {};
}

function isPlausibleReset(reset: unknown): reset is number {
  return isCount(reset) && reset >= 1 && reset <= RESET_SECONDS_MAX;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0;
}
