/** Codes of Node and OpenSSL for a certificate of the other end that is not accepted. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'its certificate is self-signed and not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'the authority of its certificate is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the authority of its certificate is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT: 'the authority of its certificate is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the authority of its certificate is not trusted here',
  CERT_UNTRUSTED: 'the authority of its certificate is not trusted here',
  CERT_REJECTED: 'its certificate is not accepted',
  CERT_REVOKED: 'its certificate is revoked',
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  CERT_SIGNATURE_FAILURE: 'the signature of its certificate is wrong',
  INVALID_CA: 'the authority of its certificate is none',
  INVALID_PURPOSE: 'its certificate is not one of a server',
  PATH_LENGTH_EXCEEDED: 'the chain of its certificate is too long',
  HOSTNAME_MISMATCH: 'its certificate is for another name',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another name',
};

/** Why no TLS connection comes about, in words and with the code; undefined for an error that does not concern TLS. */
export function reasonOfTlsError(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  if (typeof code !== 'string') return undefined;
  const words = CERTIFICATE_WORDS[code];
  if (words !== undefined) return `${words} (${code})`;
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG') {
    return `it does not speak TLS at this port (${code})`;
  }
  if (/^ERR_SSL_.*ALERT/.test(code)) return `it refuses the TLS connection of this client (${code})`;
  return code === 'EPROTO' || /^ERR_(SSL|OSSL|TLS)_/.test(code) ? `TLS fails (${code})` : undefined;
}
