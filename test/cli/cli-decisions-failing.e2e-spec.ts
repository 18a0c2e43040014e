import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { linesOf, tollgate } from './cli.world.js';

const DECIDE = ['--decision', 'executed', '--reason', 'seen at the vendor'];

const ID = (at: number) => `019cb8f2-1c2b-7d4e-9f00-${String(at).padStart(12, '0')}`;
const grant = (at: number, more: object = {}) => ({ id: ID(at), kind: 'entitlement_grant', ...more });

describe('tollgate operations resolve --from-file at a gateway that refuses or fails', () => {
  type Reply = (request: IncomingMessage, body: string) => [status: number, body: object, tag?: string];

  const shown = (shows: string, recommendation: string | null) => (at: number) => ({
    ...grant(at),
    state: 'unknown',
    recommendation,
    evidence: [{ at: '', by: 'evidence', asked: '', seen: { shows } }],
  });
  const seen = shown('seen', 'executed');
  const problem = (slug: string, status: number, more: object = {}) =>
    [status, { type: `/docs/problems/${slug}`, title: slug, status, detail: 'a detail', ...more }] as [
      number,
      object,
    ];

  async function against(reply: Reply, args: readonly string[], input?: string) {
    const asked: string[] = [];
    const server = createServer((request: IncomingMessage, response: ServerResponse) => {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        asked.push(`${request.method} ${request.url} ${request.headers['if-match'] ?? '-'}`);
        const [status, content, tag] = reply(request, body);
        if (status === 0) return request.socket.destroy();
        return response
          .writeHead(status, { 'content-type': 'application/json', ...(tag ? { etag: tag } : {}) })
          .end(JSON.stringify(content));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      return { ...(await tollgate(url, args, input)), asked };
    } finally {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  }

  const idIn = ({ url }: IncomingMessage) => Number(/-(\d{12})\//.exec(url ?? '')?.[1]);
  const isProbe = ({ url }: IncomingMessage) => url?.endsWith('/probe') === true;
  const fromInput = ['resolve', '--from-file', '-', ...DECIDE];
  const lines = (...ats: number[]) => ats.map((at) => `${JSON.stringify(grant(at))}\r\n`).join('');

  it('reads standard input, as lines or a list, and decides with the tag of the probe', async () => {
    for (const input of [lines(1, 2), `\uFEFF${JSON.stringify([grant(1), grant(2)])}`]) {
      const { code, asked } = await against(
        (request) => [200, seen(idIn(request)), `"v${idIn(request)}"`],
        fromInput,
        input,
      );
      expect(code).toBe(0);
      expect(asked).toEqual(
        [1, 2].flatMap((at) => [
          `POST /v1/operations/${ID(at)}/probe -`,
          `POST /v1/operations/${ID(at)}/resolution "v${at}"`,
        ]),
      );
    }
  });

  it('skips what changed after the probe, and what the probe does not support', async () => {
    const found: Record<number, object> = {
      2: seen(2),
      3: shown('absent', 'executed')(3),
      4: shown('executed', null)(4),
      5: { ...seen(5), state: 'succeeded' },
      6: { ...seen(6), kind: 'token_import' },
      7: { ...seen(7), evidence: [] },
    };
    const { code, out, asked } = await against(
      (request) => {
        if (!isProbe(request)) return problem('operation-changed', 412);
        return [200, found[idIn(request)] ?? {}, '"v"'];
      },
      fromInput,
      lines(2, 3, 4, 5, 6, 7),
    );
    expect(code).toBe(3);
    expect(linesOf(out).map((line) => line.split('  ')[1])).toEqual([
      expect.stringContaining('skipped: operation-changed'),
      expect.stringContaining('skipped: the probe shows absent'),
      expect.stringContaining('recommends nothing'),
      expect.stringContaining('its state is succeeded'),
      expect.stringContaining('it is a token_import'),
      expect.stringContaining('the probe shows undefined'),
    ]);
    expect(asked.filter((each) => each.includes('resolution'))).toHaveLength(1);
  });

  it('decides nothing without the version of the operation', async () => {
    const { code, asked } = await against((request) => [200, seen(idIn(request))], fromInput, lines(1));
    expect([code, asked.length]).toEqual([3, 1]);
  });

  it('waits when it probed too often, and gives up after three tries', async () => {
    let probes = 0;
    const again = await against(
      (request) => {
        if (!isProbe(request)) return [200, seen(1)];
        probes += 1;
        return probes < 3 ? problem('rate-limited', 429, { retryAfterSeconds: 0 }) : [200, seen(1), '"v"'];
      },
      fromInput,
      lines(1),
    );
    expect([again.code, probes]).toEqual([0, 3]);
    const never = await against(
      () => problem('rate-limited', 429, { retryAfterSeconds: 0 }),
      fromInput,
      lines(1),
    );
    expect([never.code, never.asked.length]).toEqual([3, 3]);
    const long = await against(
      () => problem('upstream-throttled', 503, { retryAfterSeconds: 3_600 }),
      fromInput,
      lines(1),
    );
    expect([long.code, long.asked.length]).toEqual([3, 1]);
  });

  it('stops when a response is lost, and reports what was not tried', async () => {
    const { code, out, err, asked } = await against(
      (request) => (isProbe(request) ? [200, seen(idIn(request)), '"v"'] : [0, {}]),
      fromInput,
      lines(1, 2, 3),
    );
    expect(code).toBe(1);
    expect(out).toContain('may or may not be recorded');
    expect(out).toMatch(/\[3\/3\] \S+ {2}not-tried/);
    expect([err.trim(), asked.length]).toEqual(['1 failed, 2 not-tried', 2]);
  });

  it('stops when the next one would be refused in the same way', async () => {
    const { code, asked } = await against(() => problem('forbidden', 403), fromInput, lines(1, 2));
    expect([code, asked.length]).toEqual([1, 1]);
  });
});
