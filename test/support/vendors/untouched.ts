import type { SimulatorControl } from './simulator.control.js';

/**
 * Proves that `work` sent nothing to SPiD, not even for a token: a fault that waits for any call is still there
 * afterwards.
 */
export async function expectUntouched(spid: SimulatorControl, work: () => Promise<void>): Promise<void> {
  const before = await spid.effects();
  await spid.fault('*', 'status-503');
  await work();
  const probe = await fetch(`${spid.url}/oauth/token`, { method: 'POST' });
  expect(probe.status).toBe(503);
  expect(await spid.effects()).toEqual(before);
}
