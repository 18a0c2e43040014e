import { Injectable } from '@nestjs/common';
import { Counter, Gauge, Registry } from 'prom-client';
import { secretFilter, SINKS } from './masking/secret.filter.js';
import { registerProcessMetrics } from './process.metrics.js';
import { SeriesHistogram } from './series.histogram.js';

/** Seconds: from a check without an upstream call to the longest upstream call, 25 s. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25];

/** By the first digit of a status. */
const STATUS_CLASSES = ['0xx', '1xx', '2xx', '3xx', '4xx', '5xx'];

export interface ServedRequest {
  readonly method: string;
  /** The pattern, never the path: paths contain ids of customers and voucher codes. */
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

export interface CountedOperation {
  readonly tenant: string;
  readonly kind: string;
}

/** Why an end is dropped: the queue is full, the process ends, or the database refuses this very row. */
export type UnrecordedReason = 'no_room' | 'shutdown' | 'refused';

/** What a process has too little of. */
export type OverloadReason = 'event_loop' | 'memory';

/** Why a request was refused before any work was done for it: a limit of its caller, or an overload of the process. */
export type RequestRefusalReason = 'rate' | 'concurrency' | OverloadReason;

export interface ObservedCall {
  readonly tenant: string;
  readonly upstream: string;
  readonly operation: string;
  readonly outcome: string;
  readonly seconds: number;
}

/**
 * The metrics of this process. Label values are fixed words or names from the settings, never a value of a request: those
 * can identify customers, and each new value would create a time series.
 */
@Injectable()
export class Metrics {
  /** For metrics that are declared beside the code which they describe. */
  readonly registry = new Registry();
  readonly #requests = new SeriesHistogram({
    name: 'tollgate_http_request_duration_seconds',
    help: 'Requests served, by route pattern, method and class of the status',
    labelNames: ['method', 'route', 'status'],
    buckets: BUCKETS,
  }).registerIn(this.registry);
  readonly #refusals = new Counter({
    name: 'tollgate_http_refused_total',
    help: 'Requests refused because of a limit of the caller or an overload, before any work was done for them',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly #hungUp = new Counter({
    name: 'tollgate_http_hung_up_total',
    help: 'Requests whose client closed the connection before it had the whole response',
    labelNames: ['route'],
    registers: [this.registry],
  });
  readonly #calls = new SeriesHistogram({
    name: 'tollgate_upstream_call_duration_seconds',
    help: 'Attempts of upstream calls, token fetches and retries included',
    labelNames: ['tenant', 'upstream', 'operation', 'outcome'],
    buckets: BUCKETS,
  }).registerIn(this.registry);
  readonly #operations = new Counter({
    name: 'tollgate_operation_transitions_total',
    help: 'Transitions of operations in the ledger, as recorded by this process',
    labelNames: ['tenant', 'kind', 'transition'],
    registers: [this.registry],
  });
  readonly #lostClaims = new Counter({
    name: 'tollgate_ledger_lost_claims_total',
    help: 'Operations whose row was no longer in the database when they ended; each was inserted again',
    labelNames: ['tenant', 'kind'],
    registers: [this.registry],
  });
  readonly #unrecordedEnds = new Counter({
    name: 'tollgate_ledger_unrecorded_ends_total',
    help: 'Ends of operations and releases of claims that this process could not record and has dropped',
    labelNames: ['reason'],
    registers: [this.registry],
  });
  readonly #contradictions = new Counter({
    name: 'tollgate_ledger_contradictions_total',
    help: 'Responses that arrived after a decision and contradict it; the decision is not changed',
    labelNames: ['tenant', 'kind', 'answer'],
    registers: [this.registry],
  });
  readonly #unreadableEvents = new Counter({
    name: 'tollgate_webhooks_unreadable_total',
    help: 'Webhooks with a valid signature that could not be parsed; each is stored encrypted',
    labelNames: ['tenant'],
    registers: [this.registry],
  });

  constructor() {
    registerProcessMetrics(this.registry);
    const incidents: Counter<'sink'> = new Counter({
      name: 'tollgate_secret_incidents_total',
      help: 'Secrets that were masked before they were written; each is a bug to fix',
      labelNames: ['sink'],
      registers: [this.registry],
      collect: () => {
        incidents.reset();
        for (const sink of SINKS) incidents.inc({ sink }, secretFilter.hits.get(sink) ?? 0);
      },
    });
  }

  /** Content type of `text()`. */
  get contentType(): string {
    return this.registry.contentType;
  }

  served({ method, route, status, seconds }: ServedRequest): void {
    const statusClass = STATUS_CLASSES[Math.floor(status / 100)] ?? 'other';
    this.#requests
      .series(`${method} ${statusClass} ${route}`, () => ({ method, route, status: statusClass }))
      .observe(seconds);
  }

  refused(reason: RequestRefusalReason): void {
    this.#refusals.inc({ reason });
  }

  hungUp(route: string): void {
    this.#hungUp.inc({ route });
  }

  called({ tenant, upstream, operation, outcome, seconds }: ObservedCall): void {
    // None of them has a space.
    const key = `${tenant} ${upstream} ${operation} ${outcome}`;
    this.#calls.series(key, () => ({ tenant, upstream, operation, outcome })).observe(seconds);
  }

  operation({ tenant, kind }: CountedOperation, transition: string): void {
    this.#operations.inc({ tenant, kind, transition });
  }

  lostClaim({ tenant, kind }: CountedOperation): void {
    this.#lostClaims.inc({ tenant, kind });
  }

  unrecordedEnd(reason: UnrecordedReason): void {
    this.#unrecordedEnds.inc({ reason });
  }

  /** @param transition the one that the late response would have caused, for example `succeed` */
  contradiction({ tenant, kind }: CountedOperation, transition: string): void {
    this.#contradictions.inc({ tenant, kind, answer: transition });
  }

  unreadableEvent(tenant: string): void {
    this.#unreadableEvents.inc({ tenant });
  }

  /** Calls `current` whenever the metrics are read. Each of `reasons` has a series, so that alerts can use it. */
  degradedBy(reasons: readonly string[], current: () => string | null): void {
    const gauge: Gauge<'reason'> = new Gauge({
      name: 'tollgate_degraded',
      help: '1 while the gateway is degraded, by reason; writes may be refused',
      labelNames: ['reason'],
      registers: [this.registry],
      collect: () => {
        const now = current();
        for (const reason of reasons) gauge.set({ reason }, reason === now ? 1 : 0);
      },
    });
  }

  /** Calls `current` whenever the metrics are read. */
  overloadedBy(current: () => OverloadReason | undefined): void {
    const gauge: Gauge<'reason'> = new Gauge({
      name: 'tollgate_overloaded',
      help: '1 while new requests are refused because the process is overloaded, by reason',
      labelNames: ['reason'],
      registers: [this.registry],
      collect: () => {
        const now = current();
        for (const reason of ['event_loop', 'memory']) gauge.set({ reason }, reason === now ? 1 : 0);
      },
    });
  }

  /** Calls `current`, a total, whenever the metrics are read. */
  droppedLines(current: () => number): void {
    const counter: Counter = new Counter({
      name: 'tollgate_log_lines_dropped_total',
      help: 'Log lines that were not written, because what reads them was too far behind or is gone',
      registers: [this.registry],
      collect: () => {
        counter.reset();
        counter.inc(current());
      },
    });
  }

  /** In Prometheus' text format. */
  text(): Promise<string> {
    return this.registry.metrics();
  }
}
