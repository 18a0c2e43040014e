/**
 * `npm run clients`: generates, compiles and runs the clients of the API in every language. `-- --only go,python`: these
 * only; without it a missing toolchain is a failure. Ends with 1 when a client is not as it must be, with 2 when misused.
 */
import { parseArgs } from 'node:util';
import { orExit } from '../test/support/number.options.js';
import { CLIENT_LANGUAGES } from './client.languages.js';
import { type ClientReport, missingToolchains, runClient } from './client.run.js';

const chosen = orExit(() => {
  const { only } = parseArgs({ options: { only: { type: 'string' } } }).values;
  const names = only?.split(',') ?? CLIENT_LANGUAGES.map(({ name }) => name);
  const unknown = names.filter((name) => !CLIENT_LANGUAGES.some((each) => each.name === name));
  if (unknown.length === 0) return CLIENT_LANGUAGES.filter(({ name }) => names.includes(name));
  const known = CLIENT_LANGUAGES.map(({ name }) => name).join(', ');
  throw new Error(`--only: unknown language ${unknown.join(', ')}; known are ${known}`);
});

const write = (line: string) => process.stdout.write(`${line}\n`);
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;

for (const language of CLIENT_LANGUAGES) {
  if (!chosen.includes(language)) {
    write(`${language.name}: left out by --only`);
    continue;
  }
  const missing = await missingToolchains(language);
  if (missing.length > 0) {
    write(`${language.name}: FAILED, not installed: ${missing.join(', ')}; --only leaves a language out`);
    process.exitCode = 1;
    continue;
  }
  print(await runClient(language));
}

function print(report: ClientReport): void {
  const { language, generator, generateMs, compileMs, scenarioMs, passed, steps, failures } = report;
  const times = `generated in ${seconds(generateMs)}, compiled in ${seconds(compileMs)}, run in ${seconds(scenarioMs)}`;
  const result = failures.length === 0 ? 'ok' : 'FAILED';
  write(`${language}: ${result}, ${generator}, ${times}, ${passed} of ${steps} steps`);
  for (const failure of failures) write(`  ${failure}`);
  if (failures.length > 0) process.exitCode = 1;
}
