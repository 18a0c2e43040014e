import type { Random } from '../support/random.js';
import type { RawRequest } from './planned.request.js';

/** Lines that do not belong, or belong once. */
const LINES = [
  'Host: other',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 18446744073709551616',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding : chunked',
  'Connection: close',
  'Connection: upgrade',
  'Upgrade: h2c',
  'Expect: 100-continue',
  ' folded: yes',
  'no colon at all',
  ': no name',
  'X-\u0000: a',
  `X-Long: ${'a'.repeat(20_000)}`,
  'Authorization: Bearer other',
] as const;

/** Announced, and never sent: the refusal must come all the same. */
const HUGE = 12_000_000;

/** Requests as bytes, with something wrong in the bytes. */
export class RawRequests {
  constructor(private readonly key: string) {}

  next(random: Random): RawRequest {
    const whole = Array.from({ length: random.whole(1, 3) }, () => this.#valid(random)).join('');
    let bytes: Buffer = Buffer.from(random.chance(0.5) ? withLine(whole, random) : whole, 'latin1');
    const mutations = random.whole(0, 3);
    for (let count = 0; count < mutations; count += 1) bytes = mutated(bytes, random);
    return { kind: 'raw', writes: pieces(bytes, random) };
  }

  #valid(random: Random): string {
    const key = `Host: gateway\r\nAuthorization: Bearer ${this.key}\r\n`;
    const json = '{"userId":"42","voucherGroupId":"324673248"}';
    const write = `POST /v1/voucher-handouts HTTP/1.1\r\n${key}Idempotency-Key: raw-${random.whole(0, 99)}\r\n`;
    return random.pick([
      `GET /v1/users/42/entitlements/1337 HTTP/1.1\r\n${key}\r\n`,
      `GET /health/live HTTP/1.1\r\nHost: gateway\r\n\r\n`,
      `${write}Content-Type: application/json\r\nContent-Length: ${json.length}\r\n\r\n${json}`,
      `${write}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n` +
        `${json.length.toString(16)}\r\n${json}\r\n0\r\n\r\n`,
      `DELETE /v1/users/938029/entitlements/1337 HTTP/1.1\r\n${key}\r\n`,
      `PUT /v1/users/938029/entitlements/1337 HTTP/1.1\r\n${key}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      `${write}Content-Length: 0\r\n\r\n`,
      `${write}Content-Type: application/json\r\nContent-Length: ${HUGE}\r\n\r\n${'a'.repeat(100_000)}`,
      `${write}Content-Type: ${random.pick(['text/plain', ''])}\r\nContent-Length: 9\r\n\r\n{"a":"b"}`,
      `POST http://gateway/v1/token%2Dnames HTTP/1.1\r\n${key}Content-Length: 0\r\n\r\n`,
      `GET //v1//token-names HTTP/1.1\r\n${key}\r\n`,
      `POST /webhooks/import2/fuzz${random.pick(['', '/', '%2f'])} HTTP/1.1\r\nHost: gateway\r\n` +
        `Content-Length: 10\r\n\r\n{"id":"1"}`,
    ]);
  }
}

function withLine(text: string, random: Random): string {
  const lines = text.split('\r\n');
  lines.splice(random.whole(0, Math.max(lines.length - 2, 0)), 0, random.pick(LINES));
  return lines.join('\r\n');
}

function mutated(bytes: Buffer, random: Random): Buffer {
  const at = random.whole(0, Math.max(bytes.length - 1, 0));
  const end = Math.min(bytes.length, at + random.whole(1, 40));
  const [head, middle, tail] = [bytes.subarray(0, at), bytes.subarray(at, end), bytes.subarray(end)];
  const noise = Buffer.from(Array.from({ length: random.whole(1, 20) }, () => random.whole(0, 255)));
  switch (random.whole(0, 5)) {
    case 0:
      return Buffer.concat([head, noise, middle, tail]);
    case 1:
      return Buffer.concat([head, tail]);
    case 2:
      return Buffer.concat([head, middle, middle, tail]);
    case 3:
      return Buffer.from(head);
    case 4:
      return Buffer.from(bytes.toString('latin1').replaceAll('\r\n', '\n'), 'latin1');
    default:
      return Buffer.concat([head, noise, tail]);
  }
}

/** In one write, or torn at places where readers keep a state. */
function pieces(bytes: Buffer, random: Random): readonly Buffer[] {
  if (random.chance(0.6)) return [bytes];
  const cut = random.whole(0, bytes.length);
  return [bytes.subarray(0, cut), bytes.subarray(cut)];
}
