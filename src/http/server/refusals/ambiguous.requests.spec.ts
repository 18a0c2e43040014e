import { ambiguityOf } from './ambiguous.requests.js';

const HOST = ['Host', 'gateway'];

describe('ambiguityOf', () => {
  it.each([
    ['1.1', HOST],
    ['1.1', [...HOST, 'Transfer-Encoding', 'Chunked']],
    ['1.1', [...HOST, 'X-Note', 'host', 'X-Note', 'transfer-encoding']],
    ['1.0', []],
    ['1.0', HOST],
  ])('returns undefined for HTTP/%s with %j', (httpVersion, rawHeaders) => {
    expect(ambiguityOf({ httpVersion, rawHeaders })).toBeUndefined();
  });

  it.each([
    ['1.1', [], 'host is missing'],
    ['1.1', [...HOST, 'hOST', 'gateway'], 'host is sent twice'],
    ['1.0', [...HOST, ...HOST], 'host is sent twice'],
    ['1.1', [...HOST, 'Content-Type', 'a/b', 'content-type', 'a/b'], 'content-type is sent twice'],
    ['1.1', [...HOST, 'Transfer-Encoding', 'gzip, chunked'], 'only transfer-encoding'],
    ['1.1', [...HOST, 'Transfer-Encoding', 'identity'], 'only transfer-encoding'],
    ['1.1', [...HOST, 'Transfer-Encoding', 'xchunked'], 'only transfer-encoding'],
    ['1.1', [...HOST, 'Transfer-Encoding', ''], 'only transfer-encoding'],
    [
      '1.1',
      [...HOST, 'Transfer-Encoding', 'chunked', 'Transfer-Encoding', 'chunked'],
      'transfer-encoding is sent twice',
    ],
    ['1.0', ['Transfer-Encoding', 'chunked'], 'HTTP/1.0 has no'],
    ['0.9', [], 'Send HTTP/1.1'],
    ['2.0', HOST, 'Send HTTP/1.1'],
  ])('returns a reason for HTTP/%s with %j', (httpVersion, rawHeaders, reason) => {
    expect(ambiguityOf({ httpVersion, rawHeaders })).toContain(reason);
  });
});
