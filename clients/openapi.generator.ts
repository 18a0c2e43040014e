import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, WORK } from './client.language.js';

const VERSION = '7.25.0';
const JAR = join(WORK, `openapi-generator-cli-${VERSION}.jar`);

/** Of Maven Central; needs Java and Maven. */
export const OPENAPI_GENERATOR = `openapi-generator ${VERSION}`;

/** Downloads of Maven. */
export const DEPENDENCY_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.8.1';

/** Its toolchain. */
export const GENERATOR_TOOLCHAINS: readonly Command[] = [
  ['java', '-version'],
  ['mvn', '-version'],
];

/** Docs and tests of the generated code are of no use here. */
const NO_EXTRAS = 'apiTests=false,modelTests=false,apiDocs=false,modelDocs=false';

/** Generates from `document` to `output`, by generator.yaml in the folder where it runs. */
export function generateWith(document: string, output: string): readonly Command[] {
  const artifact = `-Dartifact=org.openapitools:openapi-generator-cli:${VERSION}`;
  const download: Command = [
    'mvn',
    '-q',
    '-B',
    `${DEPENDENCY_PLUGIN}:copy`,
    artifact,
    `-DoutputDirectory=${WORK}`,
  ];
  const options = ['-c', 'generator.yaml', '-i', document, '-o', output, '--global-property', NO_EXTRAS];
  return [...(existsSync(JAR) ? [] : [download]), ['java', '-jar', JAR, 'generate', ...options]];
}
