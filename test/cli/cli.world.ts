import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { run } from '../../src/cli/tollgate.cli.js';
import { OPERATOR_KEY } from '../support/operations.callers.js';

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs an operations command with this environment and standard input. */
export async function operations(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input?: string,
): Promise<Ended> {
  let out = '';
  let err = '';
  const code = await run(['operations', ...args], {
    env,
    ...(input === undefined
      ? {}
      : {
          input: (async function* chunks() {
            yield input;
          })(),
        }),
    out: (text) => (out += text),
    err: (text) => (err += text),
  });
  return { code, out, err };
}

/** The same as the operator of the tests. */
export const tollgate = (url: string, args: readonly string[], input?: string): Promise<Ended> =>
  operations([...args, '--url', url], { GATEWAY_KEY: OPERATOR_KEY }, input);

export const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

/** Standard error of a bulk decision: the warning about recent ones, and what became of them. */
export const YOUNG = (which: string, tally: string) =>
  new RegExp(
    `^Warning: ${which} became unknown less than 15 minutes ago, the latest \\d+s ago\\. .+\\n\\n${tally}\\n`,
  );

/** A server of its own for the time of `work`; its port is free again afterwards. */
export async function withServer<T>(
  response: Parameters<typeof createServer>[1] & object,
  work: (url: string) => Promise<T>,
): Promise<T> {
  const server: Server = createServer(response);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
