import { statusOf } from './import2.status.js';

describe('Import2 F29: the status of a migration', () => {
  it.each([
    ['Collecting credentials', 'collecting_credentials'],
    ['Waiting to start sample migration', 'waiting_for_sample'],
    ['Sample migration in progress', 'sample_in_progress'],
    ['Sample migration completed', 'sample_completed'],
    ['In preparation', 'in_preparation'],
    ['Migration in progress', 'in_progress'],
    ['Migration completed', 'completed'],
    ['Undo in progress', 'undo_in_progress'],
    ['Migration cleaned', 'undone'],
  ])('reads %s of v2.1 as %s', (text, status) => {
    expect(statusOf(text)).toBe(status);
  });

  it.each([
    ['Collecting Credentials', 'collecting_credentials'],
    ['Waiting to Start Sample Import', 'waiting_for_sample'],
    ['Sample Import in Progress', 'sample_in_progress'],
    ['Sample Import Completed', 'sample_completed'],
    ['Import in Progress', 'in_progress'],
    ['Import Completed', 'completed'],
  ])('reads %s of v2 as %s', (text, status) => {
    expect(statusOf(text)).toBe(status);
  });

  it.each([
    ['finished', 'completed'],
    ['in_progress', 'in_progress'],
  ])('reads %s of v1 as %s', (text, status) => {
    expect(statusOf(text)).toBe(status);
  });

  it('does not depend on the case of letters', () => {
    expect(statusOf('SAMPLE MIGRATION completed')).toBe('sample_completed');
  });

  it.each(['Migration paused', 'constructor', '', null])('reads %p as unknown', (text) => {
    expect(statusOf(text)).toBe('unknown');
  });
});
