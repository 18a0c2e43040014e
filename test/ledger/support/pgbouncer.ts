import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { Child } from '../../chaos/processes/child.js';
import { freePort } from '../../support/network/free.port.js';
import { until } from '../../support/until.js';

export interface PgBouncerOptions {
  /** Port of its PostgreSQL on this machine. */
  readonly port: number;
  /** Maximum number of its sessions there. */
  readonly sessions: number;
  /** Settings of its configuration file, for example `ignore_startup_parameters`. */
  readonly settings?: Readonly<Record<string, string>>;
}

/** A PgBouncer for one test, in transaction mode. */
export class PgBouncer {
  private constructor(
    readonly port: number,
    private readonly child: Child,
  ) {}

  /** @param folder readable by user `postgres`; PgBouncer refuses to run as root */
  static async start(folder: string, options: PgBouncerOptions): Promise<PgBouncer> {
    const port = await freePort();
    mkdirSync(folder, { recursive: true });
    const isRoot = process.getuid?.() === 0;
    const owner = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
    const config = join(folder, 'pgbouncer.ini');
    writeFileSync(config, configOf(port, folder, options), { mode: 0o644 });
    writeFileSync(join(folder, 'users'), '"postgres" ""\n', { mode: 0o644 });
    const child = new Child(binary(), [config], {
      ...owner,
      cwd: folder,
      log: join(folder, 'pgbouncer.log'),
    });
    const bouncer = new PgBouncer(port, child);
    await until('PgBouncer passes statements', () => {
      if (!child.isAlive) throw new Error(`PgBouncer does not start: see ${folder}/pgbouncer.log`);
      return bouncer.#responds();
    });
    return bouncer;
  }

  urlOf(database: string): string {
    return `postgres://postgres@127.0.0.1:${this.port}/${database}`;
  }

  stop(): Promise<void> {
    return this.child.end('SIGINT');
  }

  async #responds(): Promise<boolean> {
    const client = new Client({ connectionString: this.urlOf('postgres') });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select 1');
      return true;
    } catch {
      return false;
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

function configOf(
  port: number,
  folder: string,
  { port: target, sessions, settings }: PgBouncerOptions,
): string {
  const all = {
    listen_addr: '127.0.0.1',
    listen_port: port,
    unix_socket_dir: '',
    auth_type: 'trust',
    auth_file: join(folder, 'users'),
    pool_mode: 'transaction',
    default_pool_size: sessions,
    max_client_conn: 200,
    ...settings,
  };
  const lines = Object.entries(all).map(([name, value]) => `${name} = ${value}`);
  return ['[databases]', `* = host=127.0.0.1 port=${target}`, '[pgbouncer]', ...lines, ''].join('\n');
}

function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
}

function binary(): string {
  const found = ['/usr/sbin/pgbouncer', '/usr/bin/pgbouncer', '/usr/local/bin/pgbouncer'].find((path) =>
    existsSync(path),
  );
  if (found) return found;
  throw new Error('there is no pgbouncer: install the package "pgbouncer"');
}
