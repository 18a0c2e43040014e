import { SPID_CLIENT } from '../../test/chaos/processes/simulator.process.js';
import { startRival } from '../rivals/rivals.js';
import { bearerOf } from '../support/bench.settings.js';
import type { BenchWorld } from '../support/bench.world.js';
import type { Call } from '../support/load.js';

/**
 * A read through a bare `node:http` server, a process of its own with the same vendor. It gets none of the writes: what is slow
 * there as well is the machine, which load, gateway, vendor and databases share.
 */
export async function bareRead({ folder, simulators }: BenchWorld, caller: string): Promise<Call> {
  const environment = {
    vendorUrl: simulators.urls.spid,
    vendorToken: await newToken(simulators.urls.spid),
    callerKey: bearerOf(caller),
    limitedKey: '',
  };
  const { url } = await startRival('bare', { environment, folder, progress: () => undefined });
  return { url: `${url}/v1/users/938029/entitlements/1337`, caller };
}

async function newToken(vendorUrl: string): Promise<string> {
  const form = {
    grant_type: 'client_credentials',
    client_id: SPID_CLIENT.id,
    client_secret: SPID_CLIENT.secret,
  };
  const response = await fetch(`${vendorUrl}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}
