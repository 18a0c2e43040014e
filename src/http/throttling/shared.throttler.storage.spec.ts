import { MemoryState } from '../../store/state/memory.state.js';
import { SharedThrottlerStorage, type ThrottlerRecord } from './shared.throttler.storage.js';

function storageAt(windowsMax?: number) {
  const clock = { ms: 1_000, now: () => new Date(0), monotonicMs: () => clock.ms };
  const storage = new SharedThrottlerStorage(new MemoryState(clock, windowsMax));
  const hit = (
    key: string,
    { ttlMs = 10_000, limit = 2, throttler = 'caller' } = {},
  ): Promise<ThrottlerRecord> => storage.increment(key, ttlMs, limit, ttlMs, throttler);
  return { clock, hit };
}

describe('SharedThrottlerStorage', () => {
  it('blocks from the first hit above the limit until the window ends', async () => {
    const { clock, hit } = storageAt();
    expect(await hit('a')).toEqual({
      totalHits: 1,
      timeToExpire: 10,
      isBlocked: false,
      timeToBlockExpire: 0,
    });
    clock.ms += 4_500;
    expect(await hit('a')).toMatchObject({ totalHits: 2, timeToExpire: 6, isBlocked: false });
    expect(await hit('a')).toEqual({ totalHits: 3, timeToExpire: 6, isBlocked: true, timeToBlockExpire: 6 });
    clock.ms += 5_499;
    expect(await hit('a')).toMatchObject({ isBlocked: true, timeToBlockExpire: 1 });
    clock.ms += 1;
    expect(await hit('a')).toMatchObject({ totalHits: 1, timeToExpire: 10, isBlocked: false });
  });

  it('counts each key and each throttler separately', async () => {
    const { hit } = storageAt();
    await hit('a');
    expect(await hit('b')).toMatchObject({ totalHits: 1 });
    expect(await hit('a', { throttler: 'other' })).toMatchObject({ totalHits: 1 });
    expect(await hit('a')).toMatchObject({ totalHits: 2 });
  });

  it('follows a limit that changes within the window', async () => {
    const { hit } = storageAt();
    await hit('a');
    expect(await hit('a', { limit: 1 })).toMatchObject({ isBlocked: true });
    expect(await hit('a', { limit: 3 })).toMatchObject({ isBlocked: false });
  });

  it('removes only the oldest window when there are too many', async () => {
    const { hit } = storageAt(3);
    for (const key of ['a', 'b', 'c', 'd']) await hit(key);
    expect(await hit('b')).toMatchObject({ totalHits: 2 });
    expect(await hit('c')).toMatchObject({ totalHits: 2 });
    expect(await hit('a')).toMatchObject({ totalHits: 1 });
  });

  it('does not evict windows of one throttler because of a flood in another', async () => {
    const { hit } = storageAt(3);
    await hit('a');
    for (let at = 0; at < 50; at += 1) await hit(`address-${at}`, { throttler: 'failed-attempts' });
    expect(await hit('a')).toMatchObject({ totalHits: 2 });
  });

  it('removes ended windows rather than an open one when another begins', async () => {
    const { clock, hit } = storageAt(3);
    await hit('a', { ttlMs: 1_000 });
    await hit('b', { ttlMs: 1_000 });
    clock.ms += 500;
    await hit('c');
    clock.ms += 500;
    for (const key of ['d', 'e']) await hit(key);
    expect(await hit('c')).toMatchObject({ totalHits: 2 });
  });
});
