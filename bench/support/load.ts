import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import { bearerOf } from './bench.settings.js';

/** One request and what came back. */
export interface Response {
  readonly caller: string;
  /** Milliseconds on the monotonic clock of this process. */
  readonly startedMs: number;
  readonly ms: number;
  /** 0: none came. */
  readonly status: number;
  /** Slug of the problem. */
  readonly problem: string | undefined;
  /** From `Retry-After`, in milliseconds. */
  readonly retryAfterMs: number | undefined;
}

export interface Call {
  readonly url: string;
  readonly caller: string;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Readonly<Record<string, unknown>>;
}

/** More than the longest total time of a call: a request that hangs must not hang the benchmark. */
const PATIENCE_MS = 40_000;

const agent = new Agent({ connections: 512, headersTimeout: PATIENCE_MS, bodyTimeout: PATIENCE_MS });

export async function send({ url, caller, method = 'GET', headers = {}, body }: Call): Promise<Response> {
  const startedMs = performance.now();
  const done = (part: Pick<Response, 'status' | 'problem' | 'retryAfterMs'>): Response => ({
    caller,
    startedMs,
    ms: performance.now() - startedMs,
    ...part,
  });
  try {
    const reply = await request(url, {
      method,
      dispatcher: agent,
      headers: {
        authorization: bearerOf(caller),
        ...headers,
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    const text = await reply.body.text();
    const { 'retry-after': seconds } = reply.headers;
    return done({
      status: reply.statusCode,
      problem: reply.statusCode < 400 ? undefined : problemIn(text),
      retryAfterMs: typeof seconds === 'string' ? Number(seconds) * 1_000 : undefined,
    });
  } catch {
    return done({ status: 0, problem: undefined, retryAfterMs: undefined });
  }
}

export function closeLoad(): Promise<void> {
  return agent.close();
}

/**
 * An open loop: a request starts when its time has come, whether those before it have ended or not. Resolves when all
 * have ended.
 */
export async function openLoop(
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
  start: (index: number) => Promise<unknown>,
): Promise<void> {
  const begun = performance.now();
  const running: Promise<unknown>[] = [];
  for (let index = 0; index < perSecond * seconds; index += 1) {
    const dueMs = begun + (index * 1_000) / perSecond - performance.now();
    if (dueMs > 0) await sleep(dueMs);
    running.push(start(index));
  }
  await Promise.all(running);
}

/** So many clients that each do one thing at a time; resolves to the milliseconds that each took. */
export async function closedLoop(
  { clients, seconds }: { readonly clients: number; readonly seconds: number },
  once: () => Promise<unknown>,
): Promise<readonly number[]> {
  const end = performance.now() + seconds * 1_000;
  const times: number[] = [];
  const client = async () => {
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      await once();
      times.push(performance.now() - begun);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return times;
}

/** Of a list of numbers; NaN when it is empty. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function problemIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { type?: string }).type?.split('/').at(-1);
  } catch {
    return undefined;
  }
}
