import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

/** An authority made for one test, and what it vouches for. */
export class TestAuthority {
  readonly #keys = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  /** PEM. */
  readonly certificate = certificate({
    subject: 'Test authority',
    of: this.#keys.publicKey,
    by: this.#keys.privateKey,
  });

  /** A server's key and certificate, PEM. `address` is a four-part IP address. */
  issue(address: string): { readonly key: string; readonly cert: string } {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    return {
      key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      cert: certificate({ subject: 'Test server', of: publicKey, by: this.#keys.privateKey, address }),
    };
  }
}

interface CertificateParts {
  readonly subject: string;
  readonly of: KeyObject;
  readonly by: KeyObject;
  /** Of a server; without it the certificate is an authority's. */
  readonly address?: string;
}

/** X.509 version 3 (RFC 5280), signed with ECDSA and SHA-256, valid for a day before and after now. */
function certificate({ subject, of, by, address }: CertificateParts): string {
  const algorithm = sequence(oid('2a8648ce3d040302'));
  const day = 24 * 60 * 60_000;
  const validity = sequence(time(Date.now() - day), time(Date.now() + day));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([address === undefined ? 1 : 2])),
    algorithm,
    name('Test authority'),
    validity,
    name(subject),
    of.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(address === undefined ? authorityOnly() : alternativeName(address))),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, by));
  const text = sequence(body, algorithm, signature)
    .toString('base64')
    .replace(/.{1,64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${text}-----END CERTIFICATE-----\n`;
}

function name(commonName: string): Buffer {
  return sequence(der(0x31, sequence(oid('550403'), der(0x0c, Buffer.from(commonName)))));
}

function authorityOnly(): Buffer {
  const isAuthority = sequence(der(0x01, Buffer.from([0xff])));
  return sequence(oid('551d13'), der(0x01, Buffer.from([0xff])), der(0x04, isAuthority));
}

function alternativeName(address: string): Buffer {
  const names = sequence(der(0x87, Buffer.from(address.split('.').map(Number))));
  return sequence(oid('551d11'), der(0x04, names));
}

function time(at: number): Buffer {
  const text = new Date(at).toISOString().replace(/[-:T]|\.\d{3}/g, '');
  return der(0x17, Buffer.from(text.slice(2)));
}

function oid(hex: string): Buffer {
  return der(0x06, Buffer.from(hex, 'hex'));
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, ...parts);
}

/** One value: tag, length, content. */
function der(tag: number, ...parts: Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}
