/**
 * The test environment of jest without a context of its own: test files run in the realm of the worker process. A
 * context for each file loads Nest and the application anew (2.5 s of processor time) and keeps the memory of every file.
 */
const { setImmediate } = require('node:timers/promises');
const { setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');

setFlagsFromString('--expose-gc');
// The optimizing compiler takes 500 MB and seconds of processor time for a few huge functions of the embedded database. The
// first flag implies the others only where it is on the command line.
for (const flag of ['--liftoff-only', '--no-wasm-tier-up', '--no-wasm-dynamic-tiering'])
  setFlagsFromString(flag);
const collect = runInNewContext('gc');
/** Gives the pages of a heap that has shrunk back to the system: an ordinary collection keeps 130 MB of them. */
const collectGarbage = () => collect({ type: 'major', flavor: 'last-resort' });

/**
 * A closed embedded database keeps 150 MB until a full collection, for which an idle heap gives no occasion; so do the
 * buffers of a file. A collection costs 0.4 s of processor time, as much as most files: it is worth that once the worker
 * holds 100 MB more than what the last one left.
 */
const FIRST_COLLECTION_BYTES = 350 * 1024 ** 2;
const COLLECT_AFTER_GROWTH_BYTES = 100 * 1024 ** 2;
let collectAbove = FIRST_COLLECTION_BYTES;

async function collectWhenGrown() {
  if (bytesHeld() <= collectAbove) return;
  collectGarbage();
  // The memory of a database is released by another thread, and counted as released by the next collection.
  await setImmediate();
  collect();
  collectAbove = bytesHeld() + COLLECT_AFTER_GROWTH_BYTES;
}

/**
 * What the test framework has left of the file before: the tests, with all that they refer to, and its handlers, which
 * would report each further test once more for each file before it.
 */
function forgetLastFile() {
  for (const symbol of Object.getOwnPropertySymbols(globalThis)) {
    if (['JEST_STATE_SYMBOL', 'EVENT_HANDLERS'].includes(symbol.description)) delete globalThis[symbol];
  }
}

function bytesHeld() {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A database whose predecessor in the same test is closed, but not collected, would be one more at once. */
const { Memory } = WebAssembly;
WebAssembly.Memory = class extends Memory {
  constructor(descriptor) {
    if (bytesHeld() > collectAbove) collectGarbage();
    super(descriptor);
  }
};

/**
 * Timers that outlive what set them, and kept the worker from ending: of 10 s, that PGlite sets after each statement for its
 * statistics, and of 2 s, that ioredis sets to end a connection, also one that has closed already.
 */
const OUTLIVING = /__emscripten_timeout|stream\.destroy\(\)/;
const { setTimeout: setTimer } = globalThis;
globalThis.setTimeout = Object.defineProperties((callback, ms, ...args) => {
  const timer = setTimer(callback, ms, ...args);
  return ms > 1_000 && OUTLIVING.test(String(callback)) ? timer.unref() : timer;
}, Object.getOwnPropertyDescriptors(setTimer));

module.exports = class SharedEnvironment {
  global = globalThis;

  #exit = Reflect.get(process, 'exit');
  #console = globalThis.console;
  #env = { ...process.env };

  constructor() {
    forgetLastFile();
  }

  async setup() {}

  /** What jest or a test has changed in the process is as before: the next file must not notice it. */
  async teardown() {
    process.exit = this.#exit;
    globalThis.console = this.#console;
    for (const name of Object.keys(process.env)) if (!(name in this.#env)) delete process.env[name];
    Object.assign(process.env, this.#env);
    await collectWhenGrown();
  }

  /** Asked for by jest to collect coverage, which needs a context: without one it collects none. */
  getVmContext() {
    return null;
  }
};
