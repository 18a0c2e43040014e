// Loaded into a gateway process: SIGUSR2 begins to block its event loop in every turn, and the next one ends it.
const BLOCK_MS = 700;

const NEVER = new Int32Array(new SharedArrayBuffer(4));

let timer;

function block() {
  Atomics.wait(NEVER, 0, 0, BLOCK_MS);
}

process.on('SIGUSR2', () => {
  if (timer === undefined) timer = setInterval(block, 1);
  else {
    clearInterval(timer);
    timer = undefined;
  }
});
