// Lets Node run the TypeScript sources as they are, decorators included: node --import <this file>.
import { transformSync } from '@swc/core';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { enableCompileCache, registerHooks } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import maps from './typescript.maps.cjs';

const CACHE = fileURLToPath(new URL('../../../node_modules/.cache/typescript', import.meta.url));

const OPTIONS = {
  jsc: {
    target: 'es2024',
    parser: { syntax: 'typescript', decorators: true },
    transform: { legacyDecorator: true, decoratorMetadata: true },
    keepClassNames: true,
  },
  module: { type: 'es6' },
  sourceMaps: true,
};

mkdirSync(CACHE, { recursive: true });
enableCompileCache(join(CACHE, 'compiled'));
registerHooks({ resolve, load });

/** A file of ours; those of packages import what they have. */
const OURS = /^file:(?!.*\/node_modules\/)/;

/**
 * The sources import `.js`, as they will be after the build; a thread begins with the URL of its file. Node's own search for
 * a file that is not there costs twenty times this, a fifth of what a worker needs to load the application.
 */
function resolve(specifier, context, next) {
  const isCandidate = specifier.endsWith('.js') && /^(\.|file:)/.test(specifier);
  const base = context.parentURL ?? specifier;
  if (!isCandidate || !OURS.test(base)) return next(specifier, context);
  const { href: url } = new URL(specifier.replace(/\.js$/, '.ts'), base);
  return existsSync(fileURLToPath(url))
    ? { url, format: 'module', shortCircuit: true }
    : next(specifier, context);
}

function load(url, context, next) {
  if (!url.endsWith('.ts')) return next(url, context);
  const filename = fileURLToPath(url);
  const source = readFileSync(filename, 'utf8');
  const key = createHash('sha256')
    .update(filename)
    .update(JSON.stringify(OPTIONS))
    .update(source)
    .digest('hex');
  const compiled = join(CACHE, `${key}.js`);
  const map = join(CACHE, `${key}.map`);
  if (!existsSync(compiled)) {
    const result = transformSync(source, { ...OPTIONS, filename });
    write(map, result.map);
    write(compiled, result.code);
  }
  // Stacks name a module by its URL.
  for (const name of [filename, url]) maps.sourceMaps.set(name, map);
  return { format: 'module', source: readFileSync(compiled, 'utf8'), shortCircuit: true };
}

/** Several processes may do this at once: each file appears whole. */
function write(path, text) {
  const part = `${path}.${process.pid}`;
  writeFileSync(part, text);
  renameSync(part, path);
}
