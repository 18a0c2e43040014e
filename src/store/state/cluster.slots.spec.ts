import { redirectOf, slotOf, slotRangesOf } from './cluster.slots.js';

describe('slotOf', () => {
  it.each([
    ['123456789', 12_739],
    ['foo', 12_182],
    ['{user1000}.following', slotOf('user1000')],
    ['foo{{bar}}zap', slotOf('{bar')],
    ['foo{bar}{zap}', slotOf('bar')],
    ['tollgate:quota:{call:a}b}:wide', slotOf('call:a')],
    ['}{', slotOf('}{')],
    ['é', 10_180],
  ])('is that of the specification: %s', (key, slot) => expect(slotOf(key)).toBe(slot));

  it('takes the whole key where the braces are empty or open', () => {
    expect(slotOf('foo{}{bar}')).not.toBe(slotOf('bar'));
    expect(slotOf('foo{}{bar}')).not.toBe(slotOf(''));
    expect(slotOf('foo{bar')).not.toBe(slotOf('bar'));
  });
});

describe('slotRangesOf', () => {
  it('reads the reply of Redis 7, with nodes that do not know their address', () => {
    const reply = [
      [0, 5460, ['10.0.0.1', 6379, 'id', []], ['10.0.0.2', 6380, 'id', ['hostname', 'two']]],
      [5461, 16_383, ['', 6381, 'id'], [null, 6382, 'id']],
    ];
    expect(slotRangesOf(reply)).toEqual([
      { first: 0, last: 5460, owner: '10.0.0.1:6379', replicas: ['10.0.0.2:6380'] },
      { first: 5461, last: 16_383, owner: ':6381', replicas: [':6382'] },
    ]);
  });

  it.each([['OK'], [undefined], [{}]])('is empty for %p', (reply) => expect(slotRangesOf(reply)).toEqual([]));
});

describe('redirectOf', () => {
  it.each([
    ['MOVED 3999 127.0.0.1:6381', { address: '127.0.0.1:6381', isAsking: false }],
    ['ASK 3999 redis-1.example:6381', { address: 'redis-1.example:6381', isAsking: true }],
    ['MOVED 3999 :6381', { address: ':6381', isAsking: false }],
    ['MOVED 3999 2001:db8::1:6381', { address: '2001:db8::1:6381', isAsking: false }],
    ['MOVED', undefined],
    ['CLUSTERDOWN Hash slot not served', undefined],
  ])('%s', (message, redirect) => expect(redirectOf(new Error(message))).toEqual(redirect));
});
