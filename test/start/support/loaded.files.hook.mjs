// Loaded into a gateway process: writes the URL of each file that it loads into the file that `list` in its own URL names.
import { appendFileSync } from 'node:fs';
import { registerHooks } from 'node:module';

const list = new URL(import.meta.url).searchParams.get('list');

registerHooks({
  load(url, context, next) {
    appendFileSync(list, `${url}\n`);
    return next(url, context);
  },
});
