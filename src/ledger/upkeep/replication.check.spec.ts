import { Logger } from '@nestjs/common';
import type { Database } from '../../store/database/database.js';
import { mayLoseCommits, type Replication, ReplicationCheck } from './replication.check.js';

const ONE: Replication = { standbys: 1, synchronous: 0, hidden: 0, names: '' };

describe('ReplicationCheck', () => {
  it.each<[boolean, string, Partial<Replication>]>([
    [false, 'no standby', { standbys: 0 }],
    [true, 'an asynchronous standby', {}],
    [true, 'one whose name is not among the synchronous ones', { names: 'other' }],
    [false, 'a synchronous standby', { synchronous: 1, names: '*' }],
    [false, 'a synchronous standby beside others', { standbys: 3, synchronous: 1, names: 'a' }],
    [true, 'one that it may not see, and no names', { hidden: 1 }],
    [true, 'one that it may not see, and blank names', { hidden: 1, names: ' ' }],
    [false, 'one that it may not see, with names', { hidden: 1, names: 'a' }],
  ])('returns mayLoseCommits = %s for %s', (loses, _, changes) => {
    expect(mayLoseCommits({ ...ONE, ...changes })).toBe(loses);
  });

  it('warns once for each time that commits become unsafe', async () => {
    const lines: string[] = [];
    const add = (message: string) => lines.push(message);
    Logger.overrideLogger({ log: add, warn: add, error: add });
    let found = ONE;
    const database = { run: () => Promise.resolve({ rows: [found] }) };
    const watch = new ReplicationCheck(database as unknown as Database);
    await watch.check();
    await watch.check();
    found = { ...ONE, synchronous: 1 };
    await watch.check();
    found = ONE;
    await watch.check();
    Logger.overrideLogger(false);
    const warning = expect.stringContaining('1 standbys and none is synchronous');
    expect(lines).toEqual([warning, expect.stringContaining('has a synchronous standby'), warning]);
  });
});
