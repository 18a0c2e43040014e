import { startImport2Simulator } from '../../src/simulators/import2/import2.simulator.js';
import { startSimulators } from '../../src/simulators/simulators.js';
import { freePort } from '../support/network/free.port.js';

const HOST = '127.0.0.1';

describe('both simulators together', () => {
  it('run side by side and stop on close', async () => {
    const simulators = await startSimulators({ spidPort: 0, import2Port: 0, host: HOST });
    const ledgers = [`${simulators.spid.url}/__ledger`, `${simulators.import2.url}/__ledger`];
    for (const ledger of ledgers) expect(await (await fetch(ledger)).json()).toEqual({ effects: [] });
    await simulators.close();
    for (const ledger of ledgers) await expect(fetch(ledger)).rejects.toThrow();
  });

  it('leave no server running when one of them fails to start', async () => {
    const occupied = await startImport2Simulator({ port: 0 });
    const spidPort = await freePort();
    const import2Port = Number(new URL(occupied.url).port);
    await expect(startSimulators({ spidPort, import2Port, host: HOST })).rejects.toThrow('EADDRINUSE');
    await expect(fetch(`http://${HOST}:${spidPort}/__ledger`)).rejects.toThrow();
    await occupied.close();
  });
});
