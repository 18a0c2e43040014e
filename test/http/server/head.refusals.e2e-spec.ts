import { startGateway, type TestGateway } from '../../support/gateway.js';
import { sendRaw } from '../../support/network/raw.http.js';

const HOST = 'Host: gateway\r\n';
const GOOD = `GET /health/live HTTP/1.1\r\n${HOST}\r\n`;

describe('a request that cannot be parsed', () => {
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await startGateway();
  });

  afterAll(() => gateway.close());

  /** The last response on the connection: its status, the length it announces, and what came after its head. */
  async function last(bytes: string) {
    const received = await sendRaw(gateway.url, bytes);
    const response = received.slice(received.lastIndexOf('HTTP/1.1 '));
    const [head = '', body = ''] = response.split('\r\n\r\n');
    const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
    return { status: Number(head.slice(9, 12)), length, body };
  }

  it.each([
    ['a target that is none', `HEAD \\v1/token-names HTTP/1.1\r\n${HOST}\r\n`],
    ['a header without a colon', `HEAD /health/live HTTP/1.1\r\n${HOST}no colon at all\r\n\r\n`],
    ['a version that is none', `HEAD /health/live HTTQ/1.1\r\n${HOST}\r\n`],
    ['a good request before it', `${GOOD}HEAD \\v1 HTTP/1.1\r\n${HOST}\r\n`],
  ])('is refused without a body when it is a HEAD with %s', async (_, bytes) => {
    const { status, length, body } = await last(bytes);

    expect([status, body]).toEqual([400, '']);
    expect(length).toBeGreaterThan(100);
  });

  it.each([
    ['a GET', `GET \\v1/token-names HTTP/1.1\r\n${HOST}\r\n`],
    ['a GET after a good HEAD', `HEAD /health/live HTTP/1.1\r\n${HOST}\r\nGET \\v1 HTTP/1.1\r\n${HOST}\r\n`],
    ['a POST that speaks of HEAD', `POST \\HEAD /x HTTP/1.1\r\n${HOST}\r\n`],
    ['no HTTP at all', 'HEADER\r\n\r\n'],
  ])('is refused with a problem when it is %s', async (_, bytes) => {
    const { status, length, body } = await last(bytes);

    expect([status, body.length]).toEqual([400, length]);
    expect(JSON.parse(body)).toMatchObject({ status: 400, type: '/docs/problems/validation-failed' });
  });
});
