import { mayBeSame, normalId } from './subject.id.js';

const UUID = 'ab0f5c1e-7a52-4d1c-9b4f-0d6c5a3e2f10';

describe('mayBeSame', () => {
  it.each([
    ['42', '42', true],
    ['42', '0042', true],
    ['42', '43', false],
    [UUID, UUID.toUpperCase(), true],
    [UUID, UUID.replace('ab', 'ac'), false],
    ['42', UUID, true],
    ['premium', '1337', true],
    ['0', '000', true],
  ])('returns for %s and %s: %s', (one, other, may) => {
    expect([mayBeSame(one, other), mayBeSame(other, one)]).toEqual([may, may]);
    if (normalId(one) === normalId(other)) expect(may).toBe(true);
  });
});
