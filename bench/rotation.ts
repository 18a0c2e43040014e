/**
 * The long version of test/config/rotation.e2e-spec.ts: the built gateway as a process of its own, on a settings file and
 * secret files, under a steady load, while every kind of secret is exchanged three times. Ends with 1 when a request
 * failed. `npm run soak:rotation -- [requests a second] [seconds]`.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Agent, request } from 'undici';
import { numberArguments, orExit } from '../test/support/number.options.js';
import { until } from '../test/support/until.js';

const ARGUMENTS = {
  'requests a second': { min: 1, max: 5_000, default: 200 },
  // Three rounds need some seconds each.
  seconds: { min: 10, max: 86_400, default: 30 },
};

const { 'requests a second': RATE, seconds: SECONDS } = orExit(() => numberArguments(ARGUMENTS));
const ROUNDS = 3;
/** Import2 allows ten a second, the gateway's own trials included. */
const IMPORT2_RATE = 5;
const CLIENT_ID = '4e8463569caf7ca019000007';
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));

const folder = mkdtempSync(join(tmpdir(), 'tollgate-rotation-'));
const agent = new Agent({ connections: 64 });
const children: ChildProcess[] = [];
const log: string[] = [];

interface Sample {
  readonly path: string;
  readonly status: number;
  readonly ms: number;
}
const samples: Sample[] = [];
const running = new Set<Promise<void>>();

/** Starts a part and waits until it is ready. */
async function start(script: string, env: NodeJS.ProcessEnv, ready: () => boolean | Promise<boolean>) {
  const child = spawn(process.execPath, [join(DIST, script)], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const keep = (chunk: Buffer): void => void log.push(...chunk.toString().split('\n'));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  await until(`${script} is ready`, async () => {
    if (child.exitCode !== null) throw new Error(`${script} ended: ${log.join('\n')}`);
    return ready();
  });
}

/** By a rename, as careful tools do. */
function replace(name: string, text: string): void {
  writeFileSync(join(folder, `${name}.new`), text, { mode: 0o600 });
  renameSync(join(folder, `${name}.new`), join(folder, name));
}

/** As Kubernetes does: the files are links through `..data`, which is pointed elsewhere. */
function mountSpidSecret(version: number, text: string): void {
  const mount = join(folder, 'spid');
  mkdirSync(join(mount, `..v${version}`), { recursive: true });
  writeFileSync(join(mount, `..v${version}`, 'client-secret'), text, { mode: 0o600 });
  if (version === 0) symlinkSync(join('..data', 'client-secret'), join(mount, 'client-secret'));
  symlinkSync(`..v${version}`, join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  if (version > 0) rmSync(join(mount, `..v${version - 1}`), { recursive: true });
}

function writeSettings(ports: { spid: number; import2: number }, keys: readonly string[]): void {
  const hashes = keys.map((key) => ({ sha256: createHash('sha256').update(key).digest('hex') }));
  const key = { file: 'ledger-key' };
  // JSON is YAML.
  const document = {
    tenants: [
      {
        name: 'demo',
        spid: {
          baseUrl: `http://127.0.0.1:${ports.spid}`,
          clientId: CLIENT_ID,
          clientSecret: { file: 'spid/client-secret' },
          timeZone: 'Europe/Oslo',
        },
        import2: {
          baseUrl: `http://127.0.0.1:${ports.import2}/api/v2.1`,
          apiToken: { file: 'import2-token' },
        },
      },
    ],
    callers: [
      {
        name: 'load',
        tenants: ['demo'],
        scopes: ['entitlements:read', 'entitlements:write', 'vouchers:read', 'migrations:read', 'ops:read'],
        keys: hashes,
        limit: { requests: 100_000, perSeconds: 1 },
      },
    ],
    ledger: { answerKeys: [{ id: 'one', key }], fingerprintKey: key },
  };
  replace('tollgate.yaml', JSON.stringify(document));
}

async function send(method: 'GET' | 'PUT' | 'POST', url: string, headers: object, body?: object) {
  const response = await request(url, {
    method,
    dispatcher: agent,
    headers: { ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  await response.body.dump();
  return response.statusCode;
}

const READS = ['/v1/users/42/entitlements/1337', '/v1/users/42/entitlements', '/v1/voucher-groups'];

/** An open loop: a request starts when its time has come, whether the ones before it have a response or not. */
async function load(isOver: () => boolean): Promise<void> {
  const started = performance.now();
  for (let sent = 0; !isOver(); sent += 1) {
    const dueMs = (sent * 1_000) / RATE - (performance.now() - started);
    if (dueMs > 0) await sleep(dueMs);
    const path = sent % Math.ceil(RATE / IMPORT2_RATE) === 0 ? '/v1/migration-tools' : READS[sent % 3];
    const write = sent % 20 === 1;
    const call = measure(write ? 'PUT' : 'GET', write ? READS[0] : path).finally(() => {
      running.delete(call);
    });
    running.add(call);
  }
  await Promise.all(running);
}

async function measure(method: 'GET' | 'PUT', path = ''): Promise<void> {
  const started = performance.now();
  const status = await send(method, `${GATEWAY}${path}`, bearer(current.key)).catch(() => 0);
  samples.push({ path: `${method} ${path}`, status, ms: performance.now() - started });
}

const PORTS = { spid: 24_001, import2: 24_002, gateway: 24_000 };
const [SPID, IMPORT2, GATEWAY] = [PORTS.spid, PORTS.import2, PORTS.gateway].map(
  (port) => `http://127.0.0.1:${port}`,
);
/** What is in use, by the gateway and by the load. */
let current = { key: 'tg_load_0', secret: 'foobar', token: 'aafbdfde226327dafc73' };

async function startAll(): Promise<void> {
  mountSpidSecret(0, current.secret);
  replace('import2-token', current.token);
  replace('ledger-key', randomBytes(32).toString('base64'));
  writeSettings(PORTS, [current.key]);
  const vendors = { SPID_SIMULATOR_PORT: String(PORTS.spid), IMPORT2_SIMULATOR_PORT: String(PORTS.import2) };
  await start('simulators/main.js', vendors, () => responses(`${IMPORT2}/__ledger`));
  const environment = {
    TOLLGATE_CONFIG: join(folder, 'tollgate.yaml'),
    SINGLE_PROCESS: 'true',
    PORT: String(PORTS.gateway),
    HOST: '127.0.0.1',
    DATA_DIR: join(folder, 'data'),
    DRAIN_DELAY_MS: '0',
  };
  await start('main.js', environment, () => responses(`${GATEWAY}/health/ready`));
}

/** As an operator does it: the vendor and the gateway learn of the new one, it is in use, the old one goes. */
async function rotate(round: number): Promise<void> {
  const next = { secret: `secret-${round}`, token: `token-${round}`, key: `tg_load_${round}` };
  await acceptAtVendors([current.secret, next.secret], [current.token, next.token]);
  mountSpidSecret(round, next.secret);
  replace('import2-token', next.token);
  writeSettings(PORTS, [current.key, next.key]);
  await until('new spid settings work', () => timesLogged('new spid settings work') === round);
  await until('new import2 settings work', () => timesLogged('new import2 settings work') === round);
  const groups = `${GATEWAY}/v1/voucher-groups`;
  await until('its key works', async () => (await send('GET', groups, bearer(next.key))) === 200);
  current = next;
  // What began before this may still use what is taken away now.
  await Promise.all(running);
  writeSettings(PORTS, [next.key]);
  await acceptAtVendors([next.secret], [next.token]);
  await send('POST', `${SPID}/__tokens/revoke`, {});
}

async function acceptAtVendors(clientSecrets: readonly string[], tokens: readonly string[]): Promise<void> {
  await send('PUT', `${SPID}/__clients`, {}, { clientId: CLIENT_ID, clientSecrets });
  await send('PUT', `${IMPORT2}/__token`, {}, { tokens });
}

async function run(): Promise<void> {
  await startAll();
  const started = performance.now();
  const elapsedMs = () => performance.now() - started;
  const loading = load(() => elapsedMs() > SECONDS * 1_000);
  for (let round = 1; round <= ROUNDS; round += 1) {
    await sleep(Math.max(0, (SECONDS * 1_000 * round) / (ROUNDS + 1) - elapsedMs()));
    await rotate(round);
    process.stdout.write(`round ${round} done at ${(elapsedMs() / 1_000).toFixed(1)} s\n`);
  }
  await loading;
  report(elapsedMs() / 1_000);
}

const bearer = (key: string) => ({ authorization: `Bearer ${key}` });
const timesLogged = (text: string) => log.filter((line) => line.includes(text)).length;
const responses = async (url: string) => (await send('GET', url, {}).catch(() => 0)) === 200;

function report(seconds: number): void {
  const sorted = samples.map(({ ms }) => ms).toSorted((a, b) => a - b);
  const percentile = (share: number) =>
    (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
  const failed = samples.filter(({ status }) => status !== 200);
  process.stdout.write(
    `${samples.length} requests in ${seconds.toFixed(1)} s (${(samples.length / seconds).toFixed(0)}/s), ` +
      `${ROUNDS} rotations each of SPiD secret, Import2 token and caller key; ${failed.length} failed; ` +
      `ms: p50 ${percentile(0.5)}, p99 ${percentile(0.99)}, max ${percentile(1)}\n`,
  );
  for (const { path, status } of failed.slice(0, 20)) process.stdout.write(`  ${status} ${path}\n`);
  if (failed.length > 0) process.exitCode = 1;
}

try {
  await run();
} finally {
  for (const child of children) child.kill('SIGTERM');
  await agent.close();
  rmSync(folder, { recursive: true, force: true });
}
