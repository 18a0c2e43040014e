import { createHash, randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { EXIT, type ExitCode, type Terminal } from './terminal.js';

/** As many bits as the hash has; cannot be guessed. */
const KEY_BYTES = 32;

/** Creates an API key and prints it once, with its entry for the settings file. Nothing is stored. */
export function newKey(args: string[], terminal: Terminal): ExitCode {
  const { values } = parseArgs({ args, options: { name: { type: 'string' }, json: { type: 'boolean' } } });
  const key = `tg_${randomBytes(KEY_BYTES).toString('base64url')}`;
  const sha256 = createHash('sha256').update(key).digest('hex');
  if (values.json === true) {
    terminal.out(
      `${JSON.stringify({ ...(values.name === undefined ? {} : { name: values.name }), key, sha256 })}\n`,
    );
    return EXIT.ok;
  }
  const whose = values.name === undefined ? 'the caller' : `caller ${values.name}`;
  terminal.out(
    `Key for ${whose}; it is shown only once and stored nowhere:\n\n  ${key}\n\n` +
      `Add to the keys of ${whose} in the settings file:\n\n  - sha256: ${sha256}\n`,
  );
  return EXIT.ok;
}
