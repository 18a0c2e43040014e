import type { Settings } from '../../src/config/settings/settings.js';

/** For tests that ask faster than a caller may: their promises are not about limits. */
export function withRoomyLimits(settings: Settings): Settings {
  const limit = { requests: 100_000, perSeconds: 1 };
  return { ...settings, callers: settings.callers.map((caller) => ({ ...caller, limit })) };
}
