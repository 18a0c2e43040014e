import { type ClientLanguage, folderOf } from './client.language.js';
import { CLIENT_PACKAGE } from './client.package.js';
import {
  DEPENDENCY_PLUGIN,
  GENERATOR_TOOLCHAINS,
  generateWith,
  OPENAPI_GENERATOR,
} from './openapi.generator.js';
import { OPENAPI_TS, openapiTs, TSC } from './typescript.tools.js';

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
  toolchains: [...GENERATOR_TOOLCHAINS, ['python3', '-c', 'import venv, ensurepip']],
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

/** Of the generated code: it has serializers that are never serialized, and calls what newer Jackson deprecates. */
const LINT = '-Xlint:all,-serial,-deprecation';

const java: ClientLanguage = {
  name: 'java',
  ...folderOf('java'),
  generator: OPENAPI_GENERATOR,
  toolchains: [...GENERATOR_TOOLCHAINS, ['javac', '-version']],
  generated: 'generated',
  generate: (document) => generateWith(document, 'generated'),
  compile: [
    ['mvn', '-q', '-B', `${DEPENDENCY_PLUGIN}:copy-dependencies`, '-DoutputDirectory=lib'],
    ['sh', '-c', 'find *.java generated/src/main/java -name "*.java" > sources'],
    ['javac', '-J-Xmx600m', LINT, '-Werror', '-d', 'compiled', '-cp', 'lib/*', '@sources'],
  ],
  run: ['java', '-cp', 'compiled:lib/*', 'Scenario'],
};

const typescript: ClientLanguage = {
  name: 'typescript',
  ...folderOf('typescript'),
  generator: OPENAPI_TS,
  toolchains: [],
  generated: 'generated',
  generate: (document) => [openapiTs('-i', document, '-o', 'generated', '-c', '@hey-api/client-fetch')],
  compile: [TSC],
  run: [process.execPath, 'compiled/scenario.js'],
};

/** Every language in which a client is generated, compiled and run, and the package for TypeScript. */
export const CLIENT_LANGUAGES: readonly ClientLanguage[] = [go, java, python, typescript, CLIENT_PACKAGE];
