// Loaded into a gateway process: SIGUSR2 begins to block its event loop in every turn, and the next one ends it.
const BLOCK_MS = 700;

let timer;

function block() {
  const end = performance.now() + BLOCK_MS;
  while (performance.now() < end);
}

process.on('SIGUSR2', () => {
  if (timer === undefined) timer = setInterval(block, 1);
  else {
    clearInterval(timer);
    timer = undefined;
  }
});
