import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { LateReplyError, timelyReply } from './timely.reply.js';

/** Nothing is read meanwhile. */
function blockLoop(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** Two ends of a connection: what is written at one is in the buffer of the other before anything is read. */
async function connection(): Promise<{ here: Socket; there: Socket }> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const here = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const [there] = (await once(server, 'connection')) as [Socket];
  server.close();
  return { here, there };
}

/** After so many turns of the event loop, whatever time they take. */
async function afterTurns(turns: number): Promise<string> {
  for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  return 'reply';
}

describe('timelyReply', () => {
  it('returns what has arrived while the event loop was blocked for longer than the limit', async () => {
    const { here, there } = await connection();
    const result = timelyReply(once(here, 'data'), 100);
    there.write('reply');
    blockLoop(120);
    expect(String(await result)).toBe('reply');
    here.destroy();
  });

  it('gives the other process its whole time again after a long pause of our own', async () => {
    // The first turn is the one in which the timer fires.
    const result = timelyReply(afterTurns(5), 1_000);
    blockLoop(1_600);
    expect(await result).toBe('reply');
  });

  it('fails after the limit, and after twice the limit when our own loop was blocked', async () => {
    const never = new Promise<never>(() => undefined);
    await expect(timelyReply(never, 20)).rejects.toThrow(LateReplyError);
    const result = timelyReply(never, 20);
    blockLoop(100);
    await expect(result).rejects.toThrow(new LateReplyError(20));
  });

  it('passes on an error, and ignores one that comes too late', async () => {
    await expect(timelyReply(Promise.reject(new Error('READONLY')), 1_000)).rejects.toThrow('READONLY');
    let fail!: (error: Error) => void;
    const late = new Promise<never>((_resolve, reject) => (fail = reject));
    await expect(timelyReply(late, 1)).rejects.toThrow(LateReplyError);
    fail(new Error('the connection was cut'));
    await afterTurns(2);
  });
});
