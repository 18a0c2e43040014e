import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { transformFileSync } from '@swc/core';

/** In node_modules, so that imports of packages are found, and no compiler is loaded into a rival. */
const TARGET = fileURLToPath(new URL('../../node_modules/.cache/bench-rivals', import.meta.url));

/** Compiles files of this folder, named without ending, and returns the paths by name. */
export function compileRivals<Name extends string>(names: readonly Name[]): Record<Name, string> {
  mkdirSync(TARGET, { recursive: true });
  writeFileSync(join(TARGET, 'package.json'), '{ "type": "module" }\n');
  const paths = names.map((name) => {
    const source = fileURLToPath(new URL(`${name}.ts`, import.meta.url));
    const { code } = transformFileSync(source, {
      jsc: {
        target: 'es2024',
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
      },
      module: { type: 'es6' },
    });
    const path = join(TARGET, `${name}.js`);
    writeFileSync(path, code);
    return [name, path] as const;
  });
  return Object.fromEntries(paths) as Record<Name, string>;
}
