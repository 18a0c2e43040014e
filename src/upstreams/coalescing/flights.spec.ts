import { requestContext, type RequestContext } from '../../telemetry/request.context.js';
import { Flights, FlightsOfClients } from './flights.js';

interface Pending {
  readonly context: RequestContext | undefined;
  readonly resolve: (value: string) => void;
  readonly reject: (error: Error) => void;
}

const aRequest = (more: Partial<RequestContext> = {}): RequestContext => ({
  requestId: 'one',
  upstreamCalls: 0,
  ...more,
});

function setUp() {
  const flights = new Flights<string, number>();
  const calls: Pending[] = [];
  const start = () =>
    new Promise<string>((resolve, reject) =>
      calls.push({ context: requestContext.getStore(), resolve, reject }),
    );
  const begin = (mark = 0, after?: ReturnType<typeof flights.begin>) =>
    flights.begin('key', { upstream: 'spid', operation: 'product_get', start }, mark, after);
  return { flights, calls, begin };
}

const endsAt = () => performance.now() + 60_000;
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('Flights', () => {
  it('give every waiting request the result of one call, and keep nothing of it', async () => {
    const { flights, calls, begin } = setUp();
    const flight = begin(7);
    expect(flights.get('key')).toBe(flight);
    expect(flight.mark).toBe(7);
    const waiting = [flight.wait(endsAt()), flight.wait(endsAt())];
    calls[0]?.resolve('value');
    expect(await Promise.all(waiting)).toEqual(['value', 'value']);
    expect(calls).toHaveLength(1);
    expect(flights.size).toBe(0);
  });

  it('give a failure to each waiting request and cannot be joined when the first one learns of it', async () => {
    const { flights, calls, begin } = setUp();
    const flight = begin();
    const joinable = flight.wait(endsAt()).catch(() => flights.get('key'));
    const other = flight.wait(endsAt());
    calls[0]?.reject(new Error('down'));
    await expect(other).rejects.toThrow('down');
    expect(await joinable).toBeUndefined();
  });

  it('hold nothing of a call that fails before it begins', async () => {
    const flights = new Flights<string, number>();
    const start = () => {
      throw new Error('no such thing');
    };
    const flight = flights.begin('key', { upstream: 'spid', operation: 'product_get', start }, 0);
    await expect(flight.wait(endsAt())).rejects.toThrow('no such thing');
    expect(flights.size).toBe(0);
  });

  it('run the call without the deadline and the end of the request that began it', async () => {
    const { calls, begin } = setUp();
    const gone = new AbortController();
    const share = { caller: 'shop', weight: 2 };
    const deadline = { totalMs: 1, endsAt: 0 };
    const context = aRequest({ hungUp: gone.signal, deadline, share, tenant: 'demo', caller: 'shop' });
    const flight = requestContext.run(context, () => begin());
    expect(calls[0]?.context).toMatchObject({ requestId: 'one', share, tenant: 'demo', caller: 'shop' });
    expect(calls[0]?.context?.deadline).toBeUndefined();
    expect(calls[0]?.context?.hungUp).not.toBe(gone.signal);
    const other = flight.wait(endsAt());
    const first = requestContext.run(context, () => flight.wait(endsAt()));
    gone.abort();
    await expect(first).rejects.toMatchObject({ name: 'NoTrustworthyResponseError', kind: 'lost' });
    expect(calls[0]?.context?.hungUp?.aborted).toBe(false);
    calls[0]?.resolve('value');
    await expect(other).resolves.toBe('value');
  });

  it('end the call when the last request has left, and cannot be joined from then on', async () => {
    const { flights, calls, begin } = setUp();
    const flight = begin();
    const gone = new AbortController();
    const leaving = [1, 2].map(() =>
      requestContext.run(aRequest({ hungUp: gone.signal }), () => flight.wait(endsAt())),
    );
    gone.abort();
    for (const each of leaving) await expect(each).rejects.toThrow('the caller hung up');
    expect(calls[0]?.context?.hungUp?.aborted).toBe(true);
    expect(flights.size).toBe(0);
    const next = begin();
    calls[0]?.reject(new Error('given up'));
    await settled();
    expect(flights.get('key')).toBe(next);
  });

  it('let a request leave at its own deadline', async () => {
    const { calls, begin } = setUp();
    const flight = begin();
    const long = flight.wait(endsAt());
    await expect(flight.wait(performance.now() + 5)).rejects.toThrow('no response in time');
    expect(calls[0]?.context?.hungUp?.aborted).toBe(false);
    calls[0]?.resolve('value');
    await expect(long).resolves.toBe('value');
    await expect(flight.wait(endsAt())).resolves.toBe('value');
  });

  it('count the calls of a flight for one request only', async () => {
    const { calls, begin } = setUp();
    const contexts = [aRequest(), aRequest()];
    const flight = begin();
    const waiting = contexts.map((context) => requestContext.run(context, () => flight.wait(endsAt())));
    const policy = { name: 'spid', quota: 1, remaining: 0 };
    Object.assign(calls[0]?.context ?? {}, { upstreamCalls: 3, upstreamPolicy: policy });
    calls[0]?.resolve('value');
    await Promise.all(waiting);
    expect(contexts.map(({ upstreamCalls }) => upstreamCalls)).toEqual([3, 0]);
    expect(contexts.map(({ upstreamPolicy }) => upstreamPolicy)).toEqual([policy, policy]);
  });

  it.each(['resolve', 'reject'] as const)(
    'begin a flight that waits for another one after its end: %s',
    async (end) => {
      const { flights, calls, begin } = setUp();
      const first = begin(1);
      const result = first.wait(endsAt()).catch(() => 'failed');
      const second = begin(2, first);
      expect([first.hasBegun, second.hasBegun]).toEqual([true, false]);
      const waiting = second.wait(endsAt());
      if (end === 'resolve') calls[0]?.resolve('old');
      else calls[0]?.reject(new Error('down'));
      await result;
      await settled();
      expect(second.hasBegun).toBe(true);
      expect(flights.get('key')).toBe(second);
      calls[1]?.resolve('new');
      await expect(waiting).resolves.toBe('new');
    },
  );

  it('never begin a flight that all requests have left before', async () => {
    const { flights, calls, begin } = setUp();
    const first = begin(1);
    const result = first.wait(endsAt());
    const gone = AbortSignal.abort();
    const second = begin(2, first);
    const left = requestContext.run(aRequest({ hungUp: gone }), () => second.wait(endsAt()));
    await expect(left).rejects.toThrow('the caller hung up');
    expect(flights.size).toBe(0);
    calls[0]?.resolve('old');
    await result;
    await settled();
    expect(calls).toHaveLength(1);
  });

  it('are apart for each client', () => {
    const flights = new FlightsOfClients<string, number>();
    const [one, other] = [{}, {}];
    expect(flights.of(one)).toBe(flights.of(one));
    expect(flights.of(one)).not.toBe(flights.of(other));
  });
});
