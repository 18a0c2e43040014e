import { until } from '../ledger/support/until.js';
import type { CallAnswer } from './gateway.js';

/** Import2 takes ten requests a second and refuses the others before they do anything: asks until it takes this one. */
export async function patiently(ask: () => Promise<CallAnswer>): Promise<CallAnswer> {
  let answer = await ask();
  await until('the vendor lets it through', async () => {
    if (isRefused(answer)) answer = await ask();
    return !isRefused(answer);
  });
  return answer;
}

/** 429: the turn of a probe was taken by one that the vendor refused. */
function isRefused({ status }: CallAnswer): boolean {
  return status === 503 || status === 429;
}
