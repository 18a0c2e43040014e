#!/usr/bin/env node
/**
 * `node bin/api-changes.mjs [CURRENT [RELEASED]]` compares the API document with the last released one. It fails on a change
 * that breaks callers, and when the version was not raised. With `--release`, the document becomes the released one. The
 * comparison is oasdiff's, which is written in Go: where it cannot be had, it is left out, and CI fails.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const OASDIFF = 'v1.37.0';
const ROOT = fileURLToPath(new URL('..', import.meta.url));
const CURRENT = join(ROOT, 'src/http/openapi/openapi.json');
const RELEASED = join(ROOT, 'docs/api/released.json');
/** What breaks generated code, though no request or response: names of operations, schemas and tags. */
const SEVERITY = join(ROOT, 'docs/api/severity.txt');

function main(args) {
  const isRelease = args.includes('--release');
  const [current = CURRENT, released = RELEASED] = args.filter((each) => !each.startsWith('--'));
  const versions = versionProblem(released, current);
  if (versions) return fail(versions);
  const tool = oasdiff();
  if (!tool) return process.env.CI ? 1 : 0;
  const flags = ['breaking', '--severity-levels', SEVERITY, '--fail-on', 'WARN', released, current];
  const { status } = spawnSync(tool, flags, { stdio: ['ignore', 2, 2] });
  if (status !== 0) return fail('The changes above break callers: docs/compatibility.md.');
  if (isRelease) copyFileSync(current, released);
  console.error(
    isRelease ? 'This is the released document now.' : 'Nothing in the API document breaks callers.',
  );
  return 0;
}

/** Path of the program, installed once for each version; undefined where it cannot be had. */
function oasdiff() {
  const folder = resolve(ROOT, 'node_modules/.cache/oasdiff', OASDIFF);
  const program = join(folder, process.platform === 'win32' ? 'oasdiff.exe' : 'oasdiff');
  if (existsSync(program)) return program;
  console.error(`Installing oasdiff ${OASDIFF} with go install (about a minute) ...`);
  const { status, error } = spawnSync('go', ['install', `github.com/oasdiff/oasdiff@${OASDIFF}`], {
    env: { ...process.env, GOBIN: folder },
    stdio: ['ignore', 2, 2],
  });
  if (status === 0) return program;
  const reason = error?.code === 'ENOENT' ? 'go was not found' : 'go could not install it';
  console.error(
    `The API document was not compared with the released one: ${reason} (https://go.dev/doc/install).`,
  );
  return undefined;
}

/** Additions raise the minor part, and nothing within /v1 raises the major part. */
function versionProblem(releasedPath, currentPath) {
  const [released, current] = [releasedPath, currentPath].map((path) =>
    JSON.parse(readFileSync(path, 'utf8')),
  );
  const [before, now] = [released, current].map(({ info }) => info.version.split('.').map(Number));
  if (now[0] !== before[0]) return `Version ${current.info.version} is not one of /v${before[0]}.`;
  const apiOf = ({ paths, components }) => JSON.stringify({ paths, components });
  if (apiOf(released) === apiOf(current)) return undefined;
  const isHigher = now[1] > before[1] || (now[1] === before[1] && now[2] > before[2]);
  if (isHigher) return undefined;
  return `The document differs from the released one: raise API_VERSION above ${released.info.version}.`;
}

function fail(message) {
  console.error(message);
  return 1;
}

process.exit(main(process.argv.slice(2)));
