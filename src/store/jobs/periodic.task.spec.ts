import { Logger } from '@nestjs/common';
import { DatabaseUnavailableError } from '../database/database.errors.js';
import { PeriodicTask } from './periodic.task.js';

const reset = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
const defect = new TypeError('a defect');

describe('PeriodicTask', () => {
  const lines: unknown[][] = [];

  beforeEach(() => {
    const write = (level: string) => (message: unknown) => void lines.push([level, message]);
    Logger.overrideLogger({ log: write('log'), warn: write('warn'), error: write('error') });
    lines.length = 0;
  });
  afterEach(() => Logger.overrideLogger(false));

  it.each([
    ['nothing for a database that reports its own absence', new DatabaseUnavailableError('gone'), []],
    ['a warning with its cause for a connection that broke', reset, [['warn', { cause: reset }]]],
    ['an error for a defect', defect, [['error', defect]]],
  ])('goes on after a failure, and logs %s', async (_what, error, logged) => {
    let runs = 0;
    const again = Promise.withResolvers<void>();
    const task = new PeriodicTask('Test', 1, () => {
      runs += 1;
      if (runs === 2) again.resolve();
      return runs === 1 ? Promise.reject(error) : Promise.resolve();
    });
    task.start();
    await again.promise;
    await task.stop();
    expect(lines).toEqual(logged);
  });
});
