import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClientLanguage, folderOf, WORK } from './client.language.js';
import { PACKAGE_STEPS } from './package.steps.js';
import { MODULES, OPENAPI_TS, openapiTs, TSC } from './typescript.tools.js';

/** The project that installs the package: what it needs and does not bring is missed here. */
const PROJECT = join(tmpdir(), `tollgate-client-${process.pid}`);

/** What the project compiles. */
const PROGRAMS = ['package.scenario.ts', 'package.types.ts', 'report.ts'];

/** The only files of the package. */
const PACKED = '^package/(package\\.json|README\\.md|dist/.*\\.(js|d\\.ts))$';

/** Not even the DOM, which no service has; and the declarations of the package are checked as well. */
const STRICT = '--ignoreConfig --strict --module nodenext --target es2022 --lib es2023 --types node'.split(
  ' ',
);

/** `@tollgate/client`: built, packed, and installed by an otherwise empty project, which compiles and runs the steps. */
export const CLIENT_PACKAGE: ClientLanguage = {
  name: 'package',
  folder: folderOf('typescript').folder,
  work: join(WORK, 'package'),
  generator: OPENAPI_TS,
  toolchains: [['npm', '--version']],
  generated: 'src/generated',
  generate: (document) => [openapiTs('-f', 'openapi-ts.config.mjs', '-i', document, '-o', 'src/generated')],
  compile: [
    ['sh', '-c', 'rm -rf dist *.tgz'],
    [...TSC, '-p', 'tsconfig.build.json'],
    ['npm', 'pack', '--silent'],
    ['sh', '-c', `! tar -tzf *.tgz | grep -vE '${PACKED}'`],
    ['mkdir', '-p', PROJECT],
    ['cp', ...PROGRAMS, PROJECT],
    ['sh', '-c', `echo '{ "private": true, "type": "module" }' > ${PROJECT}/package.json`],
    ['sh', '-c', `npm install --prefix ${PROJECT} --offline --no-audit --no-fund "$PWD"/*.tgz`],
    ['sh', '-c', `[ "$(ls ${PROJECT}/node_modules ${PROJECT}/node_modules/@tollgate | wc -w)" = 4 ]`],
    [
      ...TSC,
      ...STRICT,
      '--typeRoots',
      join(MODULES, '@types'),
      ...PROGRAMS.map((file) => join(PROJECT, file)),
    ],
  ],
  run: [process.execPath, join(PROJECT, 'package.scenario.js')],
  steps: PACKAGE_STEPS,
  outside: PROJECT,
};
