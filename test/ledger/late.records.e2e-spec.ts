import { Clock } from '../../src/config/clock.js';
import { DatabaseUnavailableError } from '../../src/store/database.errors.js';
import { LateRecords } from '../../src/http/operations/late.records.js';

describe('late records', () => {
  it('write the others while one cannot be written', async () => {
    const late = new LateRecords(new Clock());
    const written: string[] = [];
    late.add('locked', () => Promise.reject(new DatabaseUnavailableError('statement timeout')));
    for (const id of ['a', 'b']) late.add(id, async () => void written.push(id));
    await late.flush();
    expect([written, late.count]).toEqual([[], 3]);
    await late.flush();
    expect([written, late.count]).toEqual([['a', 'b'], 1]);
  });
});
