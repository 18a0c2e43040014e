import { setImmediate } from 'node:timers/promises';
import { releaseStartMemory } from './start.memory.js';

describe('releaseStartMemory', () => {
  it('frees what nothing refers to any more', async () => {
    const reference = new WeakRef({ text: 'of the start' });
    // A reference that was just made keeps its object until the turn of the event loop ends.
    await setImmediate();
    releaseStartMemory();
    expect(reference.deref()).toBeUndefined();
  });
});
