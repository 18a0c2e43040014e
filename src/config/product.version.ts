import { readFileSync } from 'node:fs';

/** As in `package.json`, which is two folders above this file in the sources, in the build and in the image. */
export const PRODUCT_VERSION: string = versionOf(
  readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
);

function versionOf(manifest: string): string {
  const { version } = JSON.parse(manifest) as { version?: unknown };
  if (typeof version !== 'string') throw new Error('package.json has no version');
  return version;
}
