import { LedgerSettings } from '../../../src/config/settings/ledger.settings.js';

/** For tests of parts that have nothing to do with the ledger. */
export const NO_LEDGER: LedgerSettings = new LedgerSettings();
