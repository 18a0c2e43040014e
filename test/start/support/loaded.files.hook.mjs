// Loaded into a gateway process: writes the URL of each file that it loads, and of Node's fetch API, into the file that `list` in its own URL names.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const list = new URL(import.meta.url).searchParams.get('list');

registerHooks({
  load(url, context, next) {
    const hasFetch = process.moduleLoadList.includes('NativeModule internal/deps/undici/undici');
    appendFileSync(list, `${url}\n${hasFetch ? 'node:internal/deps/undici\n' : ''}`);
    return next(url, context);
  },
});
