import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { readEnvironment } from '../../src/config/environment/environment.js';
import { startGateway } from '../support/gateway.js';
import { RawConnection } from '../support/network/raw.http.js';

const textOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

interface Compose {
  readonly services: Record<string, { environment?: Record<string, string>; stop_grace_period?: string }>;
}

describe('what is deployed', () => {
  const { services } = parse(textOf('docker-compose.yml'), { merge: true }) as Compose;

  it.each(['gateway-1', 'gateway-2'])('gives %s an environment that nothing is warned of', (name) => {
    expect(readEnvironment({ ...services[name]?.environment }).warnings).toEqual([]);
  });

  it.each(['gateway-1', 'gateway-2'])('kills %s later than it ends by itself', (name) => {
    const [, seconds] = /^(\d+)s$/.exec(services[name]?.stop_grace_period ?? '') ?? [];
    const { shutdownGraceMs } = readEnvironment({ ...services[name]?.environment });
    expect(Number(seconds) * 1_000).toBeGreaterThanOrEqual(shutdownGraceMs + 2_000);
  });

  it('runs the image as a user that is named by number', () => {
    expect(textOf('Dockerfile').match(/^USER .*$/gm)).toEqual(['USER 1000:1000']);
  });

  it('documents every variable that is read', () => {
    const read = new Set<string>();
    const recording = (env: NodeJS.ProcessEnv) =>
      new Proxy(env, {
        get: (_, name) => {
          read.add(String(name));
          return env[String(name)];
        },
      });
    readEnvironment(recording({}));
    readEnvironment(recording({ TOLLGATE_CONFIG: 'x', SINGLE_PROCESS: 'true' }));
    const documents = textOf('README.md') + textOf('docs/deploy.md');
    expect([...read].filter((name) => !documents.includes(`\`${name}\``))).toEqual([]);
    expect(read.size).toBeGreaterThan(12);
  });
});

describe('an idle connection', () => {
  it('is kept for the time that is set', async () => {
    const gateway = await startGateway({ env: { KEEP_ALIVE_TIMEOUT_MS: '1000' } });
    try {
      const connection = new RawConnection(gateway.url);
      connection.write('GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n');
      // Ends only when the gateway closes; Node allows a second more than it announces.
      expect(await connection.closed).toContain('Keep-Alive: timeout=1\r\n');
    } finally {
      await gateway.close();
    }
  });
});
