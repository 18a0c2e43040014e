// Loaded into a gateway's process: on SIGUSR2 an uncaught error is thrown, with a secret wherever one can
// stand: in its text, its cause, and in what HTTP libraries hang on errors.
import { readFileSync } from 'node:fs';

process.on('SIGUSR2', () => {
  const secret = String(readFileSync(process.env.CANARY_CRASH_FILE));
  const authorization = `Basic ${Buffer.from(`client:${secret}`).toString('base64')}`;
  const cause = new Error(`refused ${authorization}`);
  const carried = { config: { headers: { authorization }, data: secret }, request: { secret } };
  throw Object.assign(new Error(`crashed with ${secret}`, { cause }), carried);
});
