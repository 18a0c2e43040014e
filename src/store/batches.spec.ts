import { Batches } from './batches.js';

class Outage extends Error {}

describe('batches', () => {
  let batches: string[][];
  let release: (() => void)[];

  beforeEach(() => {
    batches = [];
    release = [];
  });

  /** Each batch waits until it is released. Items that begin with `!` spoil theirs, `?` stands for an outage. */
  function make(limits = { size: 3, concurrent: 1 }, identity?: (item: string) => string | undefined) {
    return new Batches<string, string>(
      async (items) => {
        batches.push([...items]);
        await new Promise<void>((resolve) => release.push(resolve));
        if (items.some((item) => item.startsWith('?'))) throw new Outage();
        if (items.some((item) => item.startsWith('!'))) throw new Error('spoilt');
        return items.map((item) => item.toUpperCase());
      },
      limits,
      (error) => error instanceof Outage,
      identity,
    );
  }

  async function finish<T>(results: Promise<T>): Promise<T> {
    const releasing = setInterval(() => release.shift()?.(), 0);
    return results.finally(() => clearInterval(releasing));
  }

  it('carry out together what is asked for at the same time, and give each its own result', async () => {
    const running = make();
    expect(await finish(Promise.all(['a', 'b', 'c'].map((item) => running.run(item))))).toEqual([
      'A',
      'B',
      'C',
    ]);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('let the rest wait while all are under way', async () => {
    const running = make({ size: 2, concurrent: 1 });
    const all = Promise.all(['a', 'b', 'c'].map((item) => running.run(item)));
    await new Promise((resolve) => setImmediate(resolve));
    expect(batches).toEqual([['a', 'b']]);
    expect(await finish(all)).toEqual(['A', 'B', 'C']);
    expect(batches).toEqual([['a', 'b'], ['c']]);
  });

  it('never hold two of the same identity', async () => {
    const running = make({ size: 9, concurrent: 1 }, (item) => (item === 'x' ? undefined : item));
    await finish(Promise.all(['a', 'a', 'x', 'x', 'b'].map((item) => running.run(item))));
    expect(batches).toEqual([['a', 'x', 'x', 'b'], ['a']]);
  });

  it('try each alone when one spoils the batch', async () => {
    const running = make();
    const results = Promise.allSettled(['a', '!', 'b'].map((item) => running.run(item)));
    expect(await finish(results)).toMatchObject([{ value: 'A' }, { status: 'rejected' }, { value: 'B' }]);
    expect(batches).toEqual([['a', '!', 'b'], ['a'], ['!'], ['b']]);
  });

  it('fail together in an outage, and try nothing again', async () => {
    const running = make();
    const results = Promise.allSettled(['a', '?', 'b'].map((item) => running.run(item)));
    expect(await finish(results)).toMatchObject([1, 2, 3].map(() => ({ status: 'rejected' })));
    expect(batches).toEqual([['a', '?', 'b']]);
  });
});
