#!/usr/bin/env node
import 'reflect-metadata';
import { run } from './tollgate.cli.js';

process.exitCode = run(process.argv.slice(2), {
  env: process.env,
  out: (text) => process.stdout.write(text),
  err: (text) => process.stderr.write(text),
});
