import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Child } from '../../test/chaos/processes/child.js';
import { freePort } from '../../test/support/network/free.port.js';
import { until } from '../../test/support/until.js';
import { onCore, SERVER_CORE } from '../support/cores.js';
import { compileRivals } from './compile.js';
import { builtKrakend } from './krakend.build.js';
import { krakendConfig } from './krakend.js';
import { nginxConfig } from './nginx.js';
import { programOf } from './program.js';
import { inVariables, type RivalEnvironment } from './rival.environment.js';

export const RIVALS = ['naive', 'http-proxy', 'bare', 'nginx', 'krakend'] as const;

export type RivalName = (typeof RIVALS)[number];

/** A rival that runs. */
export interface Rival {
  readonly name: RivalName;
  readonly url: string;
  readonly pid: number;
}

export interface RivalStart {
  readonly environment: Omit<RivalEnvironment, 'port'>;
  /** For its files. */
  readonly folder: string;
  readonly progress: (text: string) => void;
}

const FILES = { naive: 'naive', 'http-proxy': 'http.proxy', bare: 'bare' } as const;

/**
 * Starts a rival on the core of the servers. Its process ends with this one.
 * @throws Error with the reason when this machine does not have it, or it does not start
 */
export async function startRival(name: RivalName, start: RivalStart): Promise<Rival> {
  const folder = join(start.folder, name);
  mkdirSync(folder);
  const rival = { ...start.environment, port: await freePort() };
  const [first = '', ...args] = [
    ...onCore(SERVER_CORE),
    ...(await commandOf(name, rival, { ...start, folder })),
  ];
  // KrakenD reports its use to its makers unless that is switched off.
  const env = { PATH: process.env['PATH'], USAGE_DISABLE: '1', ...inVariables(rival) };
  const child = new Child(first, args, { env, log: join(folder, 'log') });
  const url = `http://127.0.0.1:${rival.port}`;
  await until(`${name} responds`, async () => {
    if (!child.isAlive) throw new Error(`it does not start: ${child.lastWords}`);
    return fetch(url).then(
      () => true,
      () => false,
    );
  });
  return { name, url, pid: child.pid ?? 0 };
}

async function commandOf(
  name: RivalName,
  rival: RivalEnvironment,
  { folder, progress }: RivalStart,
): Promise<string[]> {
  switch (name) {
    case 'nginx': {
      const program = programOf(['nginx'], ['/usr/sbin', '/usr/local/sbin']);
      if (program === undefined) throw new Error('it is not installed; the package is "nginx-light"');
      const path = join(folder, 'nginx.conf');
      writeFileSync(path, nginxConfig(rival, folder));
      return [program, '-p', folder, '-c', path];
    }
    case 'krakend': {
      const program = programOf(['krakend', 'krakend-ce']) ?? (await builtKrakend(progress));
      const path = join(folder, 'krakend.json');
      writeFileSync(path, JSON.stringify(krakendConfig(rival), null, 2));
      return [program, 'run', '-c', path];
    }
    case 'naive':
    case 'http-proxy':
    case 'bare': {
      const paths = compileRivals(['rival.environment', FILES[name]]);
      return [process.execPath, paths[FILES[name]]];
    }
    default:
      return name satisfies never;
  }
}
