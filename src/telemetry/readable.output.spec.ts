import { createLogger, GatewayLogger } from './logger.js';
import { LogOutput } from './log.output.js';
import { readableOutput } from './readable.output.js';
import { RequestLines } from './request.lines.js';

const REQUEST = {
  requestId: 'id-1',
  traceId: undefined,
  caller: 'shop',
  tenant: 'demo',
  method: 'GET',
  route: '/v1/vouchers/:code',
  status: 404,
  ms: 12,
  upstreamCalls: 1,
};

describe('readableOutput', () => {
  let written: string;
  let output: LogOutput;
  let logger: GatewayLogger;

  beforeEach(async () => {
    written = '';
    output = new LogOutput((bytes) => {
      written += Buffer.from(bytes).toString();
      return bytes.length;
    });
    logger = new GatewayLogger(createLogger('info', await readableOutput(output)), output);
  });

  /** Without colours and times. */
  const lines = () =>
    written
      // oxlint-disable-next-line no-control-regex
      .replaceAll(/\u001b\[\d+m/g, '')
      .replaceAll(/^\[\d\d:\d\d:\d\d\] /gm, '')
      .trimEnd()
      .split(/ ?\n/);

  it('is one sentence for each request', () => {
    const requests = new RequestLines(logger.pino);
    requests.write(REQUEST);
    requests.write({ ...REQUEST, caller: undefined, route: null, status: 401 });
    expect(lines()).toEqual([
      'INFO: GET /v1/vouchers/:code: 404 after 12 ms (shop)',
      'INFO: GET no route: 401 after 12 ms',
    ]);
  });

  it('has the context, and all other members of a line', () => {
    logger.warn('is slow', 'Database');
    logger.error({ operation: '1', reason: 'no response' }, 'not known', 'Problem');
    logger.log('request', 'Other');
    expect(lines()).toEqual([
      'WARN: Database: is slow',
      'ERROR: Problem: not known {"operation":"1","reason":"no response"}',
      'INFO: Other: request',
    ]);
  });

  it('has the stack of a defect', () => {
    logger.error(new TypeError('a defect'), 'Problem');
    const [first, ...rest] = lines();
    expect(first).toBe('ERROR: Problem: a defect');
    expect(rest.join('\n')).toMatch(/ {4}at /);
  });

  it('writes errors at once, as a log for machines does', () => {
    output.startBatches();
    logger.log('waits for others', 'Test');
    expect(written).toBe('');
    logger.error('at once', 'Test');
    expect(lines()).toEqual(['INFO: Test: waits for others', 'ERROR: Test: at once']);
  });
});
