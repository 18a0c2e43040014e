import { BeatRhythm } from './beat.rhythm.js';

describe('BeatRhythm', () => {
  const ticks = (rhythm: BeatRhythm, count: number, nowMs: number) =>
    Array.from({ length: count }, () => {
      const due = rhythm.due(nowMs, true, true);
      if (due === 'idle') rhythm.sent({ step: 'beat', held: [], waiting: [], isIdle: true });
      return due;
    });

  it('beats while there are calls, and for three seconds more', () => {
    const rhythm = new BeatRhythm();
    rhythm.used(1_000);
    expect(rhythm.due(60_000, false, true)).toBe('beat');
    expect(rhythm.due(4_000, true, true)).toBe('beat');
  });

  it('beats at every fourth tick after that, which the first reports to the store', () => {
    const rhythm = new BeatRhythm();
    rhythm.used(1_000);
    expect(rhythm.silentMs).toBe(1_500);
    const due = ticks(rhythm, 9, 4_001);
    expect(due.filter((each) => each === 'idle')).toHaveLength(3);
    expect(due[0]).toBe('idle');
    expect(rhythm.silentMs).toBe(6_000);
    rhythm.replied({ step: 'cancel', id: 'c1' });
    expect(rhythm.silentMs).toBe(6_000);
    rhythm.replied({ step: 'beat', held: [], waiting: [] });
    expect(rhythm.silentMs).toBe(1_500);
  });

  it('leaves after an hour, and stops at once where no replica counts on this one', () => {
    const rhythm = new BeatRhythm();
    rhythm.used(1_000);
    expect(rhythm.due(3_601_001, true, true)).toBe('leave');
    expect(rhythm.due(4_001, true, false)).toBe('stop');
  });
});
