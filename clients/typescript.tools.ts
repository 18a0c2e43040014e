import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Command } from './client.language.js';

/** Where the tools of this repository are installed. */
export const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));

const GENERATOR = join(MODULES, '@hey-api/openapi-ts');
const { version } = JSON.parse(readFileSync(join(GENERATOR, 'package.json'), 'utf8')) as { version: string };

/** The generator of TypeScript, with its version. */
export const OPENAPI_TS = `@hey-api/openapi-ts ${version}`;

export function openapiTs(...options: string[]): Command {
  return [process.execPath, join(GENERATOR, 'bin/run.js'), ...options];
}

/** The compiler. */
export const TSC: Command = [process.execPath, join(MODULES, 'typescript/bin/tsc')];
