import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Pool } from 'pg';
import { Child } from './child.js';
import { freePort } from '../../support/network/free.port.js';
import { until } from '../../support/until.js';

const DATABASE = 'tollgate';

export interface PostgresOptions {
  /** As in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Command and arguments that start the server as their own arguments, for example `taskset -c 1`. */
  readonly under?: readonly string[];
}

/** A PostgreSQL of this run alone, so that it can be stopped at any moment. */
export class PostgresServer {
  #child: Child | undefined;
  #pool: Pool;

  private constructor(
    readonly port: number,
    private readonly folder: string,
    private readonly owner: { readonly uid?: number; readonly gid?: number },
    private readonly options: PostgresOptions,
  ) {
    this.#pool = this.#newPool();
  }

  static async create(folder: string, options: PostgresOptions = {}): Promise<PostgresServer> {
    const owner = ownerOfServers();
    mkdirSync(folder, { recursive: true });
    if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
    const data = join(folder, 'data');
    const flags = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    execFileSync(binary('initdb'), flags, { ...owner, stdio: 'ignore', cwd: folder });
    const server = new PostgresServer(await freePort(), folder, owner, options);
    await server.start();
    await server.#run('postgres', `create database ${DATABASE}`);
    return server;
  }

  /** A server that follows this one, read-only until it is promoted: `select pg_promote()`. */
  async standby(folder: string): Promise<PostgresServer> {
    mkdirSync(folder, { recursive: true });
    if (this.owner.uid !== undefined && this.owner.gid !== undefined)
      chownSync(folder, this.owner.uid, this.owner.gid);
    const flags = [
      '-h',
      '127.0.0.1',
      '-p',
      String(this.port),
      '-U',
      'postgres',
      '-R',
      '-c',
      'fast',
      '--no-sync',
    ];
    execFileSync(binary('pg_basebackup'), ['-D', join(folder, 'data'), ...flags], {
      ...this.owner,
      stdio: 'ignore',
      cwd: folder,
    });
    const server = new PostgresServer(await freePort(), folder, this.owner, this.options);
    await server.start();
    return server;
  }

  get url(): string {
    return this.#urlOf(DATABASE);
  }

  /** Through something that listens on this port of the machine and leads here. */
  urlBy(port: number): string {
    return this.#urlOf(DATABASE, port);
  }

  async start(): Promise<void> {
    const { settings = {}, under = [] } = this.options;
    const flags = Object.entries({ ...ALONE, ...settings }).flatMap(([name, value]) => [
      '-c',
      `${name}=${value}`,
    ]);
    const server = [binary('postgres'), '-D', join(this.folder, 'data'), '-p', String(this.port), ...flags];
    const [command = '', ...args] = [...under, ...server];
    const child = new Child(command, args, {
      ...this.owner,
      cwd: this.folder,
      log: join(this.folder, 'postgres.log'),
    });
    this.#child = child;
    await until('PostgreSQL responds', async () => {
      if (!child.isAlive) throw new Error(`PostgreSQL does not start: see ${this.folder}/postgres.log`);
      return this.#run('postgres', 'select 1').then(
        () => true,
        () => false,
      );
    });
  }

  /** As if it had crashed: without a checkpoint, all connections cut. */
  async crash(): Promise<void> {
    await this.#child?.end('SIGQUIT');
    const old = this.#pool;
    this.#pool = this.#newPool();
    await old.end();
  }

  async stop(): Promise<void> {
    await this.#pool.end();
    await this.#child?.end('SIGINT');
  }

  /** On the database that is always there. */
  admin(statement: string): Promise<void> {
    return this.#run('postgres', statement);
  }

  async query<Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const { rows } = await this.#pool.query<Row>(text, [...values]);
    return rows;
  }

  #newPool(): Pool {
    const pool = new Pool({ connectionString: this.#urlOf(DATABASE), max: 2 });
    pool.on('error', () => undefined);
    return pool;
  }

  #urlOf(database: string, port = this.port): string {
    return `postgres://postgres@127.0.0.1:${port}/${database}`;
  }

  async #run(database: string, statement: string): Promise<void> {
    const client = new Client({ connectionString: this.#urlOf(database) });
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query(statement);
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

const ALONE = { listen_addresses: '127.0.0.1', unix_socket_directories: '' };

/** PostgreSQL refuses to run as root. */
function ownerOfServers(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

function binary(name: string): string {
  const root = '/usr/lib/postgresql';
  const versions = existsSync(root) ? readdirSync(root).toSorted((a, b) => Number(b) - Number(a)) : [];
  const folders = [...versions.map((version) => join(root, version, 'bin')), ...pathFolders()];
  const found = folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  if (found) return found;
  throw new Error(
    `there is no ${name} in ${root} or on the PATH: the chaos run starts a PostgreSQL of its own; ` +
      'install the package "postgresql"',
  );
}

function pathFolders(): string[] {
  return (process.env['PATH'] ?? '').split(':').filter((folder) => folder !== '');
}
