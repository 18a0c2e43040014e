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

/** Nothing listens there. */
const AWAY = { DATABASE_URL: 'postgres://u@127.0.0.1:1/db' };

describe('a demo at a terminal whose database is away', () => {
  let folder: string;
  let demo: GatewayProcess;
  const start = (env: NodeJS.ProcessEnv) => new GatewayProcess({ ...ANY_PORTS, DATA_DIR: folder, ...env });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-demo-'));
    demo = start({ ...AT_A_TERMINAL, ...AWAY });
    await demo.url();
  });

  afterAll(async () => {
    await demo.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  it('names the variable and what to check, and ends its banner with what is refused', async () => {
    await until('the banner', () => demo.errors.includes('Ctrl-C ends all of it'));
    await until('its last line', () =>
      demo.errors.includes('For now writes are refused: see DATABASE_URL above.'),
    );
    expect(demo.log).toMatch(
      /DATABASE_URL: the database "db" at 127.0.0.1:1 is down \(unreachable\): .*check the server, host and port; writes are refused until it is back/,
    );
  });

  it.each([
    ['with DATABASE_URL', AWAY],
    ['without', {}],
  ])('has its folder, and thereby its simulators, for itself: another one %s', async (_, env) => {
    const second = start(env);
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
