import type { defaultMetadataStorage as DefaultStorage } from 'class-transformer/types/storage.js';
import { createRequire } from 'node:module';

/** What decorators of class-transformer have declared; its index does not export it. */
export const { defaultMetadataStorage } = createRequire(import.meta.url)(
  'class-transformer/cjs/storage.js',
) as {
  defaultMetadataStorage: typeof DefaultStorage;
};
