import { parentPort, workerData } from 'node:worker_threads';
import { ConfigurationError } from '../errors/configuration.error.js';
import { knownSecrets } from '../secrets/known.secrets.js';
import { packed, sealedTexts } from './packed.settings.js';
import { readSettings } from './settings.read.js';
import type { FirstMessage, ReadRequest } from './settings.thread.js';

/** Callers in one message: the thread that serves requests spends 2 ms or less on them. */
const CALLERS_IN_MESSAGE = 200;

const { file, shutdown } = workerData as ReadRequest;
const { files, outcome } = readSettings(file, { env: process.env, ...(shutdown && { shutdown }) });
const secrets: string[] = [];

function packedOutcome(): FirstMessage['outcome'] {
  if (outcome instanceof ConfigurationError) return { source: outcome.source, issues: outcome.issues };
  const { callers: _later, ...settings } = outcome.settings;
  return { settings: packed(settings, secrets), warnings: outcome.warnings };
}

const first = packedOutcome();
const known = knownSecrets.all();
const texts = sealedTexts([...secrets, ...known.map(({ secret }) => secret.reveal())]);
const callers = outcome instanceof ConfigurationError ? [] : outcome.settings.callers;
const message: FirstMessage = {
  files: [...files],
  outcome: first,
  secretNames: known.map(({ name }) => name),
  callers: callers.length,
  texts,
};
parentPort?.postMessage(message, [texts.buffer as ArrayBuffer]);
// The other thread asks for each part, so that it serves requests in between.
parentPort?.on('message', (from: number) => {
  parentPort?.postMessage(
    callers.slice(from, from + CALLERS_IN_MESSAGE).map((caller) => packed(caller, [])),
    [],
  );
});
