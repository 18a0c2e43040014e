import type { Secret } from '../secrets/secret.js';

/** What may be shown of the URL of a database or a Redis: no password, no parameter. */
export interface StoreAddress {
  /** `host:port`, or the folder of a socket. */
  readonly server: string;
  /** Empty where the URL names none. */
  readonly user: string;
  /** Name or number of the database; empty where the URL names none. */
  readonly database: string;
}

const DEFAULT_PORTS: Readonly<Record<string, string>> = {
  'postgres:': '5432',
  'postgresql:': '5432',
  'redis:': '6379',
  'rediss:': '6379',
};

/** @param url one that the environment has accepted */
export function storeAddressOf(url: Secret): StoreAddress {
  const { protocol, hostname, port, username, pathname } = new URL(url.reveal());
  const host = decodeURIComponent(hostname);
  const isSocket = host.startsWith('/');
  return {
    server: isSocket ? host : `${host}:${port || (DEFAULT_PORTS[protocol] ?? '')}`,
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
  };
}
