import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { apiKeyOf, CALLERS, TENANTS } from './processes/gateway.settings.js';

/** Of each sort. */
const CLIENTS = 8;

/**
 * For so long some clients send a read byte by byte, some hold back the rest of a body, and some hang up while their read
 * waits for its vendor. None of them completes a write.
 */
export async function slowClients(gatewayUrl: string, ms: number): Promise<void> {
  const port = Number(new URL(gatewayUrl).port);
  const sockets = Array.from({ length: 3 * CLIENTS }, () => open(port));
  const [dripping, holding, leaving] = [0, 1, 2].map((sort) =>
    sockets.slice(sort * CLIENTS, (sort + 1) * CLIENTS),
  );
  const text = read('GET', '/v1/voucher-groups');
  for (const socket of holding ?? []) socket.write(`${read('POST', '/v1/voucher-handouts', 100)}{"userId":`);
  for (const socket of leaving ?? []) socket.write(read('GET', '/v1/migration-tools'));
  const end = performance.now() + ms;
  for (let sent = 0; performance.now() < end; sent += 1) {
    for (const socket of dripping ?? []) socket.write(text[sent] ?? '');
    if (sent === 1) leaving?.forEach((socket) => socket.destroy());
    await sleep(5);
  }
  for (const socket of sockets) socket.destroy();
}

function open(port: number): Socket {
  const socket = connect(port, '127.0.0.1');
  // The gateway may be killed meanwhile.
  socket.on('error', () => undefined);
  socket.resume();
  return socket;
}

function read(method: string, path: string, bodyBytes = 0): string {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    'host: gateway',
    `authorization: Bearer ${apiKeyOf(CALLERS[0])}`,
    `tollgate-tenant: ${TENANTS[0]}`,
    ...(bodyBytes > 0
      ? ['content-type: application/json', 'idempotency-key: never-sent', `content-length: ${bodyBytes}`]
      : []),
  ];
  return `${lines.join('\r\n')}\r\n\r\n`;
}
