import { sql } from 'kysely';
import { Database } from '../../src/store/database/database.js';
import { JobQueue } from '../../src/store/jobs/job.queue.js';
import type { Job } from '../../src/store/jobs/job.types.js';
import { ReusedDatabase } from '../support/database/reused.database.js';
import { until } from '../support/until.js';

describe('the job queue on the embedded database', () => {
  let database: Database;

  beforeAll(async () => {
    database = new Database(new ReusedDatabase());
    await database.onModuleInit();
  });

  afterAll(() => database.onApplicationShutdown());

  const id = (n: number) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
  const job = (n: number, group = 'demo') => ({ id: id(n), group, startAfterSeconds: 0, data: { n } });
  const options = { retryLimit: 2, retryDelay: 0, retryBackoff: true, retryDelayMax: 0 };

  it('runs a job until it is completed, and a job that was added twice once', async () => {
    const queue = new JobQueue(database);
    const ran: Job[] = [];
    queue.define({
      name: 'numbers',
      options,
      workers: 2,
      polling: 0.5,
      handle: (each) => {
        ran.push(each);
        const isDone = (each.data as { n: number }).n !== 2 || each.isLastTry;
        return Promise.resolve(isDone ? 'completed' : 'failed');
      },
    });
    queue.onApplicationBootstrap();
    await until('the queue takes jobs', () =>
      queue.add('numbers', [job(1)]).then(
        () => true,
        () => false,
      ),
    );
    await queue.add('numbers', [job(1), job(2, 'other')]);
    await until('all are run', () => ran.length === 4);
    await queue.add('numbers', [job(1), job(2), job(3)]);
    await until('the new one is run', () => ran.length === 5);
    const numbers = ran.map(({ data }) => (data as { n: number }).n);
    expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 2, 2, 3]);
    expect(ran.filter(({ isLastTry }) => isLastTry)).toHaveLength(1);
    await queue.beforeApplicationShutdown();
  });

  it('throws for a job before its start and after its stop', async () => {
    const queue = new JobQueue(database);
    await expect(queue.add('numbers', [job(9)])).rejects.toThrow('the job queue has not started');
    queue.onApplicationBootstrap();
    await queue.beforeApplicationShutdown();
    await expect(queue.add('numbers', [job(9)])).rejects.toThrow('the job queue has not started');
  });

  it('never leaves a failed transaction open for the statements of the ledger', async () => {
    const { db } = database.jobConnection();
    const broken = async () => db?.executeSql('BEGIN; create table half (id int); select nonsense; COMMIT;');
    const ask = async () => database.run((each) => sql`select 1 as one`.execute(each));
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? broken() : ask())),
    );
    expect(results.map(({ status }) => status)).toEqual(
      Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? 'rejected' : 'fulfilled')),
    );
    const { rows } = await database.run((each) => sql`select to_regclass('half') as half`.execute(each));
    expect(rows).toEqual([{ half: null }]);
  });

  it('returns every row of a text with several statements', async () => {
    const { db } = database.jobConnection();
    const response = await db?.executeSql('BEGIN; select 1 as n; select 2 as n; COMMIT;');
    expect(response?.rows).toEqual([{ n: 1 }, { n: 2 }]);
  });
});
