/**
 * Loaded before a gateway of a benchmark (`?port=…`, with `--expose-gc`). `GET /` there returns what the process costs, and for
 * how long the event loop was stopped since the request before; `GET /live` first collects all garbage.
 */
import { createServer } from 'node:http';
import { constants, performance, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics } from 'node:v8';
import { isMainThread } from 'node:worker_threads';

/** How often the loop is sampled; turns shorter than this are seen as one. */
const TICK_MS = 2;

const cpuMs = () => {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
};

let [tickedMs, spentMs] = [performance.now(), cpuMs()];
let stoppedMs = 0;
let collectedMs = 0;

/** What is late while the thread computes is due to the loop; what is late while it waits for a core is due to the machine. */
function tick() {
  const [nowMs, nowSpentMs] = [performance.now(), cpuMs()];
  const lateMs = nowMs - tickedMs - TICK_MS;
  stoppedMs = Math.max(stoppedMs, Math.min(lateMs, nowSpentMs - spentMs));
  [tickedMs, spentMs] = [nowMs, nowSpentMs];
}

/** Without compiled code, which the engine adds and drops for minutes. */
function objectBytes() {
  const spaces = getHeapSpaceStatistics().filter((space) => !/^(code|trusted)_/.test(space.space_name));
  return spaces.reduce((sum, { space_used_size: bytes }) => sum + bytes, 0);
}

function measure() {
  setInterval(tick, TICK_MS).unref();
  new PerformanceObserver((list) => {
    for (const { duration, detail } of list.getEntries()) {
      const isOurs = (detail.flags & constants.NODE_PERFORMANCE_GC_FLAGS_FORCED) > 0;
      if (!isOurs) collectedMs = Math.max(collectedMs, duration);
    }
  }).observe({ entryTypes: ['gc'] });

  const server = createServer(({ url }, response) => {
    tick();
    if (url === '/live') globalThis.gc();
    const { external, rss } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const body = {
      liveBytes: objectBytes() + external,
      rssBytes: rss,
      stoppedMs,
      collectedMs,
      cpuMs: (user + system) / 1_000,
    };
    response.end(JSON.stringify(body));
    setImmediate(() => {
      [tickedMs, spentMs] = [performance.now(), cpuMs()];
      [stoppedMs, collectedMs] = [0, 0];
    });
  });
  server.listen(Number(new URL(import.meta.url).searchParams.get('port')), '127.0.0.1');
  server.unref();
}

// A thread that reads settings is started with the same arguments.
if (isMainThread) measure();
