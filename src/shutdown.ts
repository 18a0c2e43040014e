import type { INestApplication } from '@nestjs/common';
import type { Server } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { ShutdownDeadline } from './config/shutdown.deadline.js';
import { LAST_COMMIT_MS, type ShutdownTimes } from './config/environment/shutdown.times.js';
import { Readiness } from './http/health/readiness.js';
import { RequestsInFlight } from './http/server/requests.in.flight.js';
import { UnwrittenEnds } from './ledger/writes/unwritten.ends.js';
import type { GatewayLogger } from './telemetry/logger.js';

/** What ends with SIGTERM or SIGINT, and how. */
export interface Shutdown {
  readonly app: INestApplication;
  readonly times: ShutdownTimes;
  readonly logger: GatewayLogger;
  /** What is left to close once the gateway is. */
  readonly close?: () => Promise<void>;
  /** Reports to the person at the terminal, beside the log. */
  readonly report?: (text: string) => void;
}

const LOGGED_AS = 'Process';

/**
 * Not ready first, so that load balancers send requests elsewhere; then running requests finish and are recorded; then
 * the process ends. It all takes `shutdownGraceMs` at most: calls of upstreams are over `LAST_COMMIT_MS` before.
 */
export function stopOnSignal(shutdown: Shutdown): void {
  let stopping = false;
  const stop = (signal: NodeJS.Signals): void => {
    if (stopping) return;
    stopping = true;
    void end(shutdown, signal);
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

async function end(shutdown: Shutdown, signal: NodeJS.Signals): Promise<void> {
  const { app, times, logger, close, report } = shutdown;
  const beganMs = performance.now();
  const inFlight = app.get(RequestsInFlight);
  const lateEnds = app.get(UnwrittenEnds);
  const { drainDelayMs, shutdownGraceMs } = times;
  logger.log(
    { signal, requestsInFlight: inFlight.count, drainDelayMs, shutdownGraceMs },
    'draining',
    LOGGED_AS,
  );
  report?.(`\nStopping: ${inFlight.count} request(s) in flight have up to ${shutdownGraceMs / 1_000} s.`);
  let requestsCut = 0;
  const facts = () => ({
    seconds: Math.round((performance.now() - beganMs) / 100) / 10,
    requests: inFlight.total,
    requestsCut,
    endsNotRecorded: lateEnds.dropped,
  });
  const callsMs = shutdownGraceMs - LAST_COMMIT_MS;
  setTimeout(() => {
    const cutOff = `the shutdown took longer than ${shutdownGraceMs} ms and is cut off`;
    logger.error({ ...facts(), requestsInFlight: inFlight.count }, cutOff, LOGGED_AS);
    process.exit(1);
  }, shutdownGraceMs).unref();
  // No call is under way any more: what is still open is a client that sends or reads too slowly.
  setTimeout(() => {
    requestsCut = inFlight.count;
    (app.getHttpServer() as Server).closeAllConnections();
  }, callsMs).unref();
  app.get(ShutdownDeadline).begin(callsMs);
  app.get(Readiness).drain();
  await sleep(drainDelayMs);
  await app.close();
  await close?.();
  logger.log(facts(), 'stopped', LOGGED_AS);
  report?.('Stopped.');
  process.exit(0);
}
