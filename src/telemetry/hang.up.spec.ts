import { CallerHangUp } from './hang.up.js';

describe('CallerHangUp', () => {
  it('calls each listener once, but none that was removed', () => {
    const hangUp = new CallerHangUp();
    const called: string[] = [];
    const removed = () => called.push('removed');
    hangUp.addEventListener('abort', () => called.push('first'));
    hangUp.addEventListener('abort', removed);
    hangUp.addEventListener('abort', () => called.push('last'));
    hangUp.removeEventListener('abort', removed);
    hangUp.removeEventListener('abort', removed);
    expect(hangUp.aborted).toBe(false);
    hangUp.abort();
    hangUp.abort();
    expect([hangUp.aborted, called]).toEqual([true, ['first', 'last']]);
  });

  it('lets a listener remove others while it is called', () => {
    const hangUp = new CallerHangUp();
    const called: string[] = [];
    const last = () => called.push('last');
    hangUp.addEventListener('abort', () => hangUp.removeEventListener('abort', last));
    hangUp.addEventListener('abort', last);
    hangUp.abort();
    expect(called).toEqual(['last']);
  });
});
