import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ClientLanguage, folderOf } from './client.language.js';
import { GENERATOR_TOOLCHAINS, generateWith, OPENAPI_GENERATOR } from './openapi.generator.js';

const go: ClientLanguage = {
  name: 'go',
  ...folderOf('go'),
  generator: OPENAPI_GENERATOR,
  toolchains: [...GENERATOR_TOOLCHAINS, ['go', 'version']],
  generated: 'tollgate',
  generate: (document) => generateWith(document, 'tollgate'),
  // The compiler has no warnings; vet finds what others would warn of.
  compile: [
    ['go', 'vet', '.'],
    ['go', 'build', '-o', 'scenario', '.'],
  ],
  run: ['./scenario'],
};

const python: ClientLanguage = {
  name: 'python',
  ...folderOf('python'),
  generator: OPENAPI_GENERATOR,
  toolchains: [...GENERATOR_TOOLCHAINS, ['python3', '-m', 'venv', '--help']],
  generated: 'generated',
  generate: (document) => generateWith(document, 'generated'),
  compile: [
    ['python3', '-m', 'venv', '--clear', 'venv'],
    ['venv/bin/python', '-m', 'pip', 'install', '-q', '-r', 'requirements.txt'],
    ['venv/bin/python', '-W', 'error', '-m', 'compileall', '-q', '-f', 'generated/tollgate_client'],
  ],
  // The client is not installed: it is run as it was generated.
  run: ['env', 'PYTHONPATH=generated', 'venv/bin/python', '-W', 'error', 'scenario.py'],
};

const MODULES = fileURLToPath(new URL('../node_modules', import.meta.url));
const OPENAPI_TS = join(MODULES, '@hey-api/openapi-ts');
const { version } = JSON.parse(readFileSync(join(OPENAPI_TS, 'package.json'), 'utf8')) as { version: string };

const typescript: ClientLanguage = {
  name: 'typescript',
  ...folderOf('typescript'),
  generator: `@hey-api/openapi-ts ${version}`,
  toolchains: [],
  generated: 'generated',
  generate: (document) => [
    [
      process.execPath,
      join(OPENAPI_TS, 'bin/run.js'),
      '-i',
      document,
      '-o',
      'generated',
      '-c',
      '@hey-api/client-fetch',
    ],
  ],
  compile: [[process.execPath, join(MODULES, 'typescript/bin/tsc')]],
  run: [process.execPath, 'compiled/scenario.js'],
};

/** Every language in which a client is generated, compiled and run. */
export const CLIENT_LANGUAGES: readonly ClientLanguage[] = [go, python, typescript];
