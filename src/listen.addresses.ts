import { once } from 'node:events';
import { createServer, isIPv6 } from 'node:net';
import type { Environment } from './config/environment/environment.js';
import { StartRefusedError } from './config/errors/start.refused.error.js';

/** An address that this process is going to listen on. */
export interface ListenAddress {
  /** The variable that sets the port. */
  readonly variable: string;
  readonly host: string;
  /** 0: any that is free. */
  readonly port: number;
}

type Addressed = Pick<Environment, 'host' | 'port' | 'simulatorPorts'>;

export function listenAddressesOf({ host, port, simulatorPorts }: Addressed): ListenAddress[] {
  const gateway = { variable: 'PORT', host, port };
  if (!simulatorPorts) return [gateway];
  return [
    gateway,
    { variable: 'SPID_SIMULATOR_PORT', host: '127.0.0.1', port: simulatorPorts.spid },
    { variable: 'IMPORT2_SIMULATOR_PORT', host: '127.0.0.1', port: simulatorPorts.import2 },
  ];
}

/**
 * Listens on each for a moment: a port in use is reported before a database is made or an application is loaded.
 * @throws StartRefusedError for the first that cannot be listened on
 */
export async function checkListenAddresses(addresses: readonly ListenAddress[]): Promise<void> {
  for (const address of addresses) {
    const server = createServer();
    try {
      await once(server.listen(address.port, address.host), 'listening');
    } catch (error) {
      throw listenRefusal(error, address);
    }
    server.close();
    await once(server, 'close');
  }
}

/** Why an error of `listen` stops the start. */
export function listenRefusal(error: unknown, { variable, host, port }: ListenAddress): StartRefusedError {
  const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
  const at = `${isIPv6(host) ? `[${host}]` : host}:${port}`;
  const refuse = (text: string) => new StartRefusedError(text, { cause: error });
  switch (code) {
    case 'EADDRINUSE':
      return refuse(
        `${variable}: another process listens on ${at} already. Stop it, or set ${variable} to a free port`,
      );
    case 'EACCES':
      return refuse(
        `${variable}: this user must not listen on ${at} (${code}). Set ${variable} to a port of 1024 or above`,
      );
    case 'EADDRNOTAVAIL':
      return refuse(
        `HOST: ${host} is not an address of this machine (${code}). Set HOST to one of its addresses, or to 0.0.0.0 for all`,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return refuse(
        `HOST: the name ${host} cannot be resolved (${code}). Set HOST to an address of this machine, or to 0.0.0.0 for all`,
      );
    default:
      return refuse(`HOST, ${variable}: cannot listen on ${at} (${code}). Set them to another address`);
  }
}
