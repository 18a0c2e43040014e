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

/** Whether a member of this name holds a bearer secret: a voucher code, a password, a token. */
export function isSecretName(name: string): boolean {
  const word = folded(name);
  return SECRET_NAMES.has(word) || SECRET_ENDINGS.some((ending) => word.endsWith(ending));
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
