// Loaded into the gateway's process: on SIGUSR2 the garbage is collected, so that what is left is really held.
process.on('SIGUSR2', () => globalThis.gc());
