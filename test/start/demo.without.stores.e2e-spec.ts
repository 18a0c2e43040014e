import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ANY_PORTS, GatewayProcess } from '../support/gateway.process.js';
import { until } from '../support/until.js';

/** Nothing listens there. */
const AWAY = { DATABASE_URL: 'postgres://u@127.0.0.1:1/db' };

describe('a demo whose database is away', () => {
  let folder: string;
  let demo: GatewayProcess;
  const start = (env: NodeJS.ProcessEnv) => new GatewayProcess({ ...ANY_PORTS, DATA_DIR: folder, ...env });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tollgate-demo-'));
    demo = start(AWAY);
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
      /DATABASE_URL: the database \\"db\\" at 127.0.0.1:1 is down \(unreachable\): .*check the server, host and port; writes are refused until it is back/,
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

  it('releases the folder at its end', async () => {
    demo.signal('SIGTERM');
    expect(await demo.exit()).toBe(0);
    expect(existsSync(join(folder, 'tollgate.holder.json'))).toBe(false);
  });
});
