import { NewestReply } from './newest.reply.js';

describe('NewestReply', () => {
  it('is the reply of the last step, in whatever order replies arrive', () => {
    const newest = new NewestReply();
    newest.note({ seq: 8, storeMs: 5_010 }, 110);
    newest.note({ seq: 7, storeMs: 5_005 }, 115);
    expect(newest.context('r1', 120)).toStrictEqual({
      replica: 'r1',
      seq: 8,
      last: { storeMs: 5_010, agoMs: 10 },
    });
  });

  it('is on the clock of a store that lost all writes, and whose clock is behind that of the one before', () => {
    const newest = new NewestReply();
    newest.note({ seq: 8, storeMs: 35_000 }, 110);
    newest.note({ seq: 9, storeMs: 5_000 }, 120);
    expect(newest.context('r1', 120).last).toStrictEqual({ storeMs: 5_000, agoMs: 0 });
  });
});
