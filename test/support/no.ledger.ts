import { SETTINGS_DEFAULTS } from '../../src/config/settings/settings.defaults.js';
import type { LedgerSettings } from '../../src/config/settings/settings.js';

/** For tests of parts that have nothing to do with the ledger. */
export const NO_LEDGER: LedgerSettings = {
  answerKeys: [],
  retention: SETTINGS_DEFAULTS.ledgerRetention,
  leaseMs: SETTINGS_DEFAULTS.ledgerLeaseMs,
};
