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

/** Every language in which a client is generated, compiled and run. */
export const CLIENT_LANGUAGES: readonly ClientLanguage[] = [go];
