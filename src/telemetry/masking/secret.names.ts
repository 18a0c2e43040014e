/** Letters and digits of a name, lowercase: `voucher_code`, `voucherCode` and `Voucher-Code` are equal. */
function folded(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '');
}

const SECRET_NAMES = new Set(['code', 'codes', 'auth', 'cookie', 'pin', 'pwd', 'redirecturl', 'session']);

const SECRET_ENDINGS = [
  'vouchercode',
  'vouchercodes',
  'token',
  'tokens',
  'secret',
  'secrets',
  'password',
  'passwd',
  'passphrase',
  'credential',
  'credentials',
  'authorization',
  'apikey',
  'accesskey',
  'privatekey',
  'sessionid',
];

/** Names come from requests too, so only so many are remembered. */
const REMEMBERED_MAX = 1_000;
const REMEMBERED_LENGTH_MAX = 64;

const remembered = new Map<string, boolean>();

/** Whether a member of this name holds a bearer secret: a voucher code, a password, a token. */
export function isSecretName(name: string): boolean {
  const known = remembered.get(name);
  if (known !== undefined) return known;
  const word = folded(name);
  const isSecret = SECRET_NAMES.has(word) || SECRET_ENDINGS.some((ending) => word.endsWith(ending));
  if (name.length <= REMEMBERED_LENGTH_MAX) {
    if (remembered.size === REMEMBERED_MAX) remembered.clear();
    remembered.set(name, isSecret);
  }
  return isSecret;
}

const SECRET_PARAMETERS = new Set(['key', 'sig', 'signature', 'jwt', 'otp', 'pass', 'sas']);

const SECRET_PARTS = ['token', 'secret', 'password', 'signature', 'credential', 'apikey'];

/** The same for a parameter of a URL, where short names and prefixes are common: `?key=`, `?X-Amz-Signature=`. */
export function isSecretParameter(name: string): boolean {
  const word = folded(name);
  return (
    isSecretName(name) || SECRET_PARAMETERS.has(word) || SECRET_PARTS.some((part) => word.includes(part))
  );
}
