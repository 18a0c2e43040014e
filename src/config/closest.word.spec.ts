import { closestWord } from './closest.word.js';

const WORDS = ['clientId', 'clientSecret', 'baseUrl', 'timeZone', 'scopes'];

describe('closestWord', () => {
  it.each([
    ['clientSekret', 'clientSecret'],
    ['client_secret', 'clientSecret'],
    ['CLIENTID', 'clientId'],
    ['baseURL', 'baseUrl'],
    ['scope', 'scopes'],
    ['socpes', 'scopes'],
    ['timezoone', 'timeZone'],
    ['clientSec', 'clientSecret'],
    ['cli', undefined],
    ['retries', undefined],
    ['', undefined],
    ['x'.repeat(10_000), undefined],
  ])('takes %.20s for %s', (word, expected) => {
    expect(closestWord(word, WORDS)).toBe(expected);
  });

  it('finds nothing where there is nothing', () => {
    expect(closestWord('scopes', [])).toBeUndefined();
  });
});
