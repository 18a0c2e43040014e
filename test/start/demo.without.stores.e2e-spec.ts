import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANY_PORTS, GatewayProcess } from '../support/gateway.process.js';
import { until } from '../support/until.js';

/** As far as the process can see. */
const AT_A_TERMINAL = {
  NODE_OPTIONS: '--import=data:text/javascript,process.stdout.isTTY=true',
  NO_COLOR: '1',
};

describe('a demo at a terminal whose database is away', () => {
  /** No PostgreSQL: it refuses a login as a broken request, and closes the connection. */
  let server: Server;
  let away: NodeJS.ProcessEnv;
  let folder: string;
  let demo: GatewayProcess;
  const start = (env: NodeJS.ProcessEnv) => new GatewayProcess({ ...ANY_PORTS, DATA_DIR: folder, ...env });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-demo-'));
    server = createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    away = { DATABASE_URL: `postgres://u@127.0.0.1:${port}/db`, REDIS_URL: 'redis://127.0.0.1:1' };
    demo = start({ ...AT_A_TERMINAL, ...away });
    await demo.url();
  });

  afterAll(async () => {
    await demo.kill();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('names the variable and what to check, and ends its banner with what is refused', async () => {
    await until('the banner', () => demo.errors.includes('Ctrl-C ends all of it'));
    await until('its last line', () =>
      demo.errors.includes('For now writes are refused: see DATABASE_URL above.'),
    );
    expect(demo.log).toMatch(
      /DATABASE_URL: the database "db" at 127.0.0.1:\d+ is down \(unreachable\): no connection to the database: the server closed the connection before the login was complete; check the server, host and port, and that a PostgreSQL listens there; writes are refused until it is back/,
    );
    await until('the line of the start', () => demo.log.includes('Tollgate is started'));
    expect(demo.log).toContain('"redis":"127.0.0.1:1","redisStatus":"unreachable"');
  });

  it.each([
    ['with DATABASE_URL', true],
    ['without', false],
  ])('has its folder, and thereby its simulators, for itself: another one %s', async (_, isAway) => {
    const second = start(isAway ? away : {});
    expect(await second.exit()).toBe(1);
    expect(second.errors).toMatch(
      /^Tollgate does not start: the folder \S+ \(DATA_DIR\) is in use by process \d+ .*: stop that process, or set another DATA_DIR: .*\n$/,
    );
  });

  it('writes its log for a person, and ends with 0 on Ctrl-C and releases the folder', async () => {
    const headers = { authorization: 'Bearer tg_demo_full_access' };
    await fetch(`${await demo.url()}/v1/users/42/entitlements/1337`, { headers });
    demo.signal('SIGINT');
    expect(await demo.exit()).toBe(0);
    const lines = demo.log
      .trim()
      .replaceAll(/^\[[\d:]{8}\] /gm, '')
      .split('\n');
    expect(lines).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^INFO: Process: Tollgate is started \{"version":/),
        expect.stringMatching(
          /^INFO: GET \/v1\/users\/:userId\/entitlements\/:productId: 200 after \d+ ms \(demo-full-access\)$/,
        ),
        expect.stringMatching(/^INFO: Process: stopped \{"seconds":/),
      ]),
    );
    expect(demo.errors).toMatch(/\nStopped\.\n$/);
    expect(existsSync(join(folder, 'tollgate.holder.json'))).toBe(false);
  });
});
