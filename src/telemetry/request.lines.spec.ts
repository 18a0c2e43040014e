import * as fc from 'fast-check';
import { knownSecrets } from '../config/secrets/known.secrets.js';
import { Secret } from '../config/secrets/secret.js';
import { createLogger } from './logger.js';
import { type RequestLine, RequestLines } from './request.lines.js';

function written(level = 'info') {
  const lines: string[] = [];
  const logger = createLogger(level, { write: (line: string) => void lines.push(line) });
  return { lines, logger, requests: new RequestLines(logger) };
}

const LINE: RequestLine = {
  requestId: 'r-1',
  traceId: undefined,
  caller: 'demo',
  tenant: 'demo',
  method: 'GET',
  route: '/v1/users/:userId/entitlements',
  status: 200,
  ms: 3,
  upstreamCalls: 1,
};

describe('RequestLines', () => {
  it('writes what the logger writes for the same members', () => {
    const word = fc.string({ unit: 'grapheme' });
    const line = fc.record<RequestLine>({
      requestId: word,
      traceId: fc.option(word, { nil: undefined }),
      caller: fc.option(word, { nil: undefined }),
      tenant: fc.option(word, { nil: undefined }),
      method: word,
      route: fc.option(word, { nil: null }),
      status: fc.nat(599),
      ms: fc.nat(),
      upstreamCalls: fc.nat(9),
      reason: fc.option(word, { nil: undefined }),
    });
    fc.assert(
      fc.property(line, (each) => {
        const { lines, logger, requests } = written();
        requests.write(each);
        logger.info({ ...each }, 'request');
        const [ours, theirs] = lines.map((text) => text.replace(/"time":"[^"]*"/, '"time":"T"'));
        expect(ours).toBe(theirs);
      }),
    );
  });

  it('masks a secret', () => {
    knownSecrets.learnToken('test.line', new Secret('request-line-canary-71c0'));
    const { lines, requests } = written();
    requests.write({ ...LINE, requestId: 'a-request-line-canary-71c0' });
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ requestId: 'a-[redacted]', status: 200 });
    expect(lines.join('')).not.toContain('canary');
  });

  it('writes nothing above its level', () => {
    const { lines, requests } = written('warn');
    requests.write(LINE);
    expect(lines).toEqual([]);
  });
});
