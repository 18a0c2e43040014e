import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embeddedLedgerKeys } from '../../src/embedded/embedded.keys.js';
import { SCOPES } from '../../src/config/scopes.js';
import { embeddedSettings } from '../../src/embedded/embedded.settings.js';

describe('the demo settings', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tollgate-demo-'));
  const settings = embeddedSettings(
    { spidUrl: 'http://127.0.0.1:1', import2Url: 'http://127.0.0.1:2' },
    embeddedLedgerKeys(dataDir),
  );

  afterAll(() => {
    rmSync(dataDir, { recursive: true });
  });

  it('keep the keys of the ledger from start to start, for this user only', () => {
    const { answerKeys, fingerprintKey } = embeddedLedgerKeys(dataDir);
    expect(answerKeys[0]?.key.reveal()).toBe(settings.ledger.answerKeys[0]?.key.reveal());
    expect(fingerprintKey?.reveal()).toBe(settings.ledger.fingerprintKey?.reveal());
    expect(fingerprintKey?.reveal()).not.toBe(answerKeys[0]?.key.reveal());
    expect(readdirSync(dataDir)).toEqual(['ledger.answer.key', 'ledger.fingerprint.key']);
    for (const name of readdirSync(dataDir)) {
      expect(statSync(join(dataDir, name)).mode & 0o777).toBe(0o600);
    }
  });

  it('lead to the simulators', () => {
    const demo = settings.tenants.get('demo');
    expect([demo?.spid?.baseUrl, demo?.import2?.baseUrl]).toEqual([
      'http://127.0.0.1:1',
      'http://127.0.0.1:2/api/v2.1',
    ]);
  });

  it('let one caller do everything and the other read only', () => {
    const [full, readOnly] = settings.callers;
    expect(full?.scopes.size).toBe(SCOPES.length);
    expect([...(readOnly?.scopes ?? [])].every((scope) => scope.endsWith(':read'))).toBe(true);
  });
});
