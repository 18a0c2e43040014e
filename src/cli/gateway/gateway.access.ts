import { Option } from 'commander';
import { parseBaseUrl, reasonOfPlainHttp } from '../../config/base.url.js';
import type { Secret } from '../../config/secrets/secret.js';
import { readSecret } from '../../config/secrets/secret.reference.js';
import { CommandError, type Terminal, UsageError } from '../terminal.js';

/** Base URL of a running gateway, and the credentials for it. */
export interface GatewayAccess {
  /** Without a slash at its end. */
  readonly url: string;
  readonly key: Secret;
  readonly tenant?: string;
}

/** Values of `accessOptions`. */
export interface AccessValues {
  readonly gateway?: string;
  readonly allowPlainHttp?: boolean;
  readonly keyFile?: string;
  readonly tenant?: string;
}

/** Options of every command that calls a running gateway. */
export function accessOptions(): readonly Option[] {
  return [
    new Option(
      '--url, --gateway <url>',
      `base URL of the gateway; or set ${URL_VARIABLE}; default ${DEFAULT_URL}`,
    ),
    new Option('--key-file <file>', `file with an API key; or set ${KEY_VARIABLE}`),
    new Option('--tenant <name>', 'for a caller that belongs to several tenants'),
    new Option('--allow-plain-http', 'allow sending the key unencrypted to another machine'),
  ].map((option) => option.helpGroup('Gateway:'));
}

/** What `npm start` listens on. */
const DEFAULT_URL = 'http://127.0.0.1:3000';

const URL_VARIABLE = 'GATEWAY_URL';

/**
 * Not TOLLGATE_…: the gateway refuses to start with a variable of that prefix that it does not know. No flag takes
 * the key itself: every user of a machine can read command lines.
 */
const KEY_VARIABLE = 'GATEWAY_KEY';

/** @throws UsageError, CommandError for a key that cannot be read */
export function accessOf(values: AccessValues, { env }: Terminal): GatewayAccess {
  const { tenant } = values;
  if (tenant !== undefined && !/^[\x21-\x7e]{1,64}$/.test(tenant)) {
    throw new UsageError('--tenant must be 1 to 64 visible ASCII characters.');
  }
  return { url: urlOf(values, env), key: keyOf(values, env), ...(tenant === undefined ? {} : { tenant }) };
}

function urlOf({ gateway, allowPlainHttp = false }: AccessValues, env: NodeJS.ProcessEnv): string {
  const named = gateway === undefined && env[URL_VARIABLE] !== undefined ? URL_VARIABLE : '--gateway';
  const { value: origin, reason } = parseBaseUrl(gateway ?? env[URL_VARIABLE] ?? DEFAULT_URL, 'none');
  if (origin === undefined) throw new UsageError(`${named} ${reason}.`);
  if (reasonOfPlainHttp(origin, { allowPlainHttp }) !== undefined) {
    throw new UsageError(
      `${named} must begin with https://: to another machine the key would be sent unencrypted. ` +
        'On a trusted network, add --allow-plain-http.',
    );
  }
  return origin;
}

function keyOf({ keyFile: file }: AccessValues, env: NodeJS.ProcessEnv): Secret {
  if (file === undefined && env[KEY_VARIABLE] === undefined) {
    throw new UsageError(
      `An API key is required. Pass a file that contains it with --key-file, or set ${KEY_VARIABLE} ` +
        `(for a gateway started with npm start: ${KEY_VARIABLE}=tg_demo_full_access).`,
    );
  }
  const named = file === undefined ? KEY_VARIABLE : '--key-file';
  const reference = file === undefined ? { env: KEY_VARIABLE } : { file };
  const { value: secret, reason } = readSecret(reference, { folder: process.cwd(), env });
  if (secret === undefined) throw new CommandError(`${named} ${reason ?? 'cannot be read'}.`);
  if (!/^[\x21-\x7e]+$/.test(secret.reveal())) {
    throw new CommandError(
      `${named} refers to a value that is not a key: keys are visible ASCII characters.`,
    );
  }
  return secret;
}
