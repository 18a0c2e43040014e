/** Letters and digits of a member's name, lowercase: `voucher_code`, `voucherCode` and `Voucher-Code` are one. */
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

/** Whether a member of this name holds what gives its bearer something: a voucher, an account, access. */
export function isSecretName(name: string): boolean {
  const word = folded(name);
  return SECRET_NAMES.has(word) || SECRET_ENDINGS.some((ending) => word.endsWith(ending));
}

const SECRET_PARAMETERS = new Set(['key', 'sig', 'signature', 'jwt', 'otp', 'pass', 'sas']);

const SECRET_PARTS = ['token', 'secret', 'password', 'signature', 'credential', 'apikey'];

/** The same of a parameter in an address, where short names and prefixes are usual: `?key=`, `?X-Amz-Signature=`. */
export function isSecretParameter(name: string): boolean {
  const word = folded(name);
  return (
    isSecretName(name) || SECRET_PARAMETERS.has(word) || SECRET_PARTS.some((part) => word.includes(part))
  );
}
