/**
 * Loaded before a gateway of the chaos run, with what it needs in its own address (`?clock=…&dist=…&pace=…`): clocks
 * that the run moves while the process runs or is stopped, the request id on calls to upstreams, so that each recorded
 * effect names the request it came from, and probes in seconds instead of minutes.
 */
import diagnostics from 'node:diagnostics_channel';
import { appendFileSync, existsSync, openSync, readSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { performance } from 'node:perf_hooks';

/** How often the process notes that it runs. */
const TICK_MS = 10;

const parameters = new URL(import.meta.url).searchParams;

// Before the clocks are moved: these are durations.
if (parameters.has('notes')) takeNotes(parameters.get('notes'));
moveClocks(openSync(parameters.get('clock'), 'r'));
changePace(JSON.parse(parameters.get('pace')), parameters.get('dist'));
await nameCalls(parameters.get('dist'));

/** The file holds two doubles, milliseconds: by how much the wall clock and the monotonic clock are off. */
function moveClocks(file) {
  const shifts = new Float64Array(2);
  const bytes = new Uint8Array(shifts.buffer);
  const read = (which) => {
    readSync(file, bytes, 0, bytes.length, 0);
    return Math.round(shifts[which]);
  };
  const wallMs = () => read(0);
  const monotonicMs = () => read(1);

  const RealDate = Date;
  const nowMs = () => RealDate.now() + wallMs();
  globalThis.Date = new Proxy(RealDate, {
    apply: () => new RealDate(nowMs()).toString(),
    construct: (target, values, newTarget) =>
      Reflect.construct(target, values.length === 0 ? [nowMs()] : values, newTarget),
    get: (target, name, receiver) => (name === 'now' ? nowMs : Reflect.get(target, name, receiver)),
  });

  const { hrtime } = process;
  const now = performance.now.bind(performance);
  performance.now = () => now() + monotonicMs();
  process.hrtime = Object.assign(
    (before) => {
      const nanoseconds =
        process.hrtime.bigint() - (before ? BigInt(before[0]) * 10n ** 9n + BigInt(before[1]) : 0n);
      return [Number(nanoseconds / 10n ** 9n), Number(nanoseconds % 10n ** 9n)];
    },
    { bigint: () => hrtime.bigint() + BigInt(monotonicMs()) * 10n ** 6n },
  );
}

/** Production probes after seconds and minutes; a schedule has seconds. A name that is gone must not pass unnoticed. */
function changePace(changes, dist) {
  const schedule = new URL('reconciliation/probe.times.js', dist);
  if (!existsSync(schedule)) throw new Error(`${schedule.href} is not there to be changed`);
  registerHooks({
    load(url, context, next) {
      const loaded = next(url, context);
      if (url !== schedule.href) return loaded;
      let source = Buffer.from(loaded.source).toString();
      for (const [name, value] of Object.entries(changes)) {
        const field = new RegExp(`(?<=\\b${name} = )[\\d_.]+(?=;)`);
        if (!field.test(source)) throw new Error(`${url} has no ${name} to change`);
        source = source.replace(field, String(value));
      }
      return { ...loaded, source };
    },
  });
}

async function nameCalls(dist) {
  const { requestContext } = await import(new URL('telemetry/request.context.js', dist).href);
  diagnostics.channel('undici:request:create').subscribe(({ request }) => {
    const id = requestContext.getStore()?.requestId;
    if (id !== undefined) request.addHeader('x-request-id', id);
  });
}

/**
 * Appends a line of JSON for each finished request that named its deadline, and for each error that no one handles.
 * `lostMs`: for so long the process did not get to run, because it was stopped or the machine was busy.
 */
function takeNotes(path) {
  const note = (what) => appendFileSync(path, `${JSON.stringify(what)}\n`);
  const now = performance.now.bind(performance);
  let tickedMs = now();
  let lostMs = 0;
  const late = () => Math.max(0, now() - tickedMs - TICK_MS);
  setInterval(() => {
    lostMs += late();
    tickedMs = now();
  }, TICK_MS).unref();
  diagnostics.channel('http.server.request.start').subscribe(({ request, response }) => {
    const deadlineMs = Number(request.headers['tollgate-deadline-ms']);
    if (!deadlineMs) return;
    const [startedMs, lostBefore] = [now(), lostMs + late()];
    response.once('finish', () => {
      note({
        requestId: request.headers['x-request-id'],
        deadlineMs,
        ms: now() - startedMs,
        lostMs: lostMs + late() - lostBefore,
      });
    });
  });
  process.on('uncaughtExceptionMonitor', (error, origin) => {
    note({ unhandled: `${origin}: ${error instanceof Error ? error.stack : String(error)}` });
  });
}
