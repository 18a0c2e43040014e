import type { INestApplication } from '@nestjs/common';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShutdownDeadline } from './config/shutdown.deadline.js';
import { LAST_COMMIT_MS, type ShutdownTimes } from './config/environment/shutdown.times.js';
import { Readiness } from './http/health/readiness.js';
import type { GatewayLogger } from './telemetry/logger.js';

/** What ends with SIGTERM or SIGINT, and how. */
export interface Shutdown {
  readonly app: INestApplication;
  readonly times: ShutdownTimes;
  readonly logger: GatewayLogger;
  /** What is left to close once the gateway is. */
  readonly close?: () => Promise<void>;
}

/**
 * Not ready first, so that load balancers send requests elsewhere; then running requests finish and are recorded; then
 * the process ends. It all takes `shutdownGraceMs` at most: calls of upstreams are over `LAST_COMMIT_MS` before.
 */
export function stopOnSignal(shutdown: Shutdown): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    void end(shutdown);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function end({ app, times, logger, close }: Shutdown): Promise<void> {
  const callsMs = times.shutdownGraceMs - LAST_COMMIT_MS;
  setTimeout(() => {
    logger.error(`the shutdown took longer than ${times.shutdownGraceMs} ms and is cut off`, 'Process');
    process.exit(1);
  }, times.shutdownGraceMs).unref();
  // No call is under way any more: what is still open is a client that sends or reads too slowly.
  setTimeout(() => (app.getHttpServer() as Server).closeAllConnections(), callsMs).unref();
  app.get(ShutdownDeadline).begin(callsMs);
  app.get(Readiness).drain();
  await sleep(times.drainDelayMs);
  await app.close();
  await close?.();
  process.exit(0);
}
