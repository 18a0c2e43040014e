import { accessSync, constants, mkdirSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Child } from '../../test/chaos/child.js';
import { freePort } from '../../test/support/free.port.js';
import { until } from '../../test/support/until.js';
import { onCore, SERVER_CORE } from '../support/cores.js';
import { compileRivals } from './compile.js';
import { krakendConfig } from './krakend.js';
import { nginxConfig } from './nginx.js';
import { inVariables, type RivalEnvironment } from './rival.environment.js';

export const RIVALS = ['naive', 'http-proxy', 'bare', 'nginx', 'krakend'] as const;

export type RivalName = (typeof RIVALS)[number];

/** A rival that runs. */
export interface Rival {
  readonly name: RivalName;
  readonly url: string;
  readonly pid: number;
}

/** A rival that this machine does not have, and how to get it. */
export interface MissingRival {
  readonly name: RivalName;
  readonly missing: string;
}

const FILES = { naive: 'naive', 'http-proxy': 'http.proxy', bare: 'bare' } as const;

const HOW_TO_GET = {
  nginx: 'install the package "nginx-light"',
  krakend: 'build it: go install github.com/krakend/krakend-ce/v2/cmd/krakend-ce@latest',
} as const;

/** Starts a rival on the core of the servers. Its process ends with this one. */
export async function startRival(
  name: RivalName,
  environment: Omit<RivalEnvironment, 'port'>,
  folder: string,
): Promise<Rival | MissingRival> {
  const own = join(folder, name);
  mkdirSync(own);
  const port = await freePort();
  const rival = { ...environment, port };
  const command = commandOf(name, rival, own);
  if (command === undefined) return { name, missing: HOW_TO_GET[name as keyof typeof HOW_TO_GET] };
  const [first = '', ...args] = [...onCore(SERVER_CORE), ...command];
  const log = join(own, 'log');
  // KrakenD reports its use to its makers unless it is told not to.
  const env = { PATH: process.env['PATH'], USAGE_DISABLE: '1', ...inVariables(rival) };
  const child = new Child(first, args, { env, log });
  const url = `http://127.0.0.1:${port}`;
  await until(`${name} responds`, async () => {
    if (!child.isAlive) throw new Error(`${name} does not start: see ${log}`);
    return fetch(url).then(
      () => true,
      () => false,
    );
  });
  return { name, url, pid: child.pid ?? 0 };
}

/** undefined when a program is missing. */
function commandOf(name: RivalName, rival: RivalEnvironment, folder: string): string[] | undefined {
  switch (name) {
    case 'nginx': {
      const program = programOf(['nginx'], ['/usr/sbin', '/usr/local/sbin']);
      const path = join(folder, 'nginx.conf');
      writeFileSync(path, nginxConfig(rival, folder));
      return program === undefined ? undefined : [program, '-p', folder, '-c', path];
    }
    case 'krakend': {
      const go = process.env['GOBIN'] ?? join(process.env['GOPATH'] ?? join(homedir(), 'go'), 'bin');
      const program = programOf(['krakend', 'krakend-ce'], [go]);
      const path = join(folder, 'krakend.json');
      writeFileSync(path, JSON.stringify(krakendConfig(rival), null, 2));
      return program === undefined ? undefined : [program, 'run', '-c', path];
    }
    default: {
      compileRivals(['rival.environment']);
      return [process.execPath, compileRivals([FILES[name]])[FILES[name]]];
    }
  }
}

function programOf(names: readonly string[], more: readonly string[]): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':').filter((folder) => folder !== ''), ...more];
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
