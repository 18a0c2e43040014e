#!/usr/bin/env node
import { refuseOldNode } from '../config/node.version.js';

refuseOldNode();
// All static imports are loaded before the first statement runs.
await import('reflect-metadata');
const { hasColors } = await import('./terminal.js');
const { run } = await import('./tollgate.cli.js');

// A reader that has seen enough (`| head`) is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await run(process.argv.slice(2), {
  env: process.env,
  // Opened only when a command reads it.
  get input() {
    return process.stdin;
  },
  colors: hasColors(process.stdout.isTTY, process.env),
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
