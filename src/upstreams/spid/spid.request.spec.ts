import { RejectedError } from '../transport/upstream.errors.js';
import {
  api,
  form,
  newVoucherGroupForm,
  query,
  tokenImportForm,
  voucherGroupChangeForm,
  voucherGroupQuery,
} from './spid.request.js';

function fieldsOf(encoded: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(encoded));
}

describe('api', () => {
  it('builds a path under the API root', () => {
    expect(api`/user/${'42'}/product/${'premium.plus'}`).toBe('/api/2/user/42/product/premium.plus');
  });

  it.each(['a.jsonp', 'A.JSONP', 'a.json', 'a.xml', 'a.csv', 'a.png', 'a.tgz'])(
    'SPiD F27: refuses the id %s, whose suffix would select the response format',
    (id) => {
      expect(() => api`/voucher/${id}`).toThrow(RejectedError);
    },
  );

  it.each(['', '.', '..', '\ud800'])('refuses %j before anything is sent', (id) => {
    expect(() => api`/voucher/${id}`).toThrow(RejectedError);
  });
});

describe('forms', () => {
  it('SPiD F23: send codes and flags in the form of the vendor and omit undefined fields', () => {
    const group = { title: 'Été & co', type: 'campaign', unique: false, limit: 5 } as const;
    expect(fieldsOf(newVoucherGroupForm(group))).toEqual({
      title: 'Été & co',
      type: '5',
      unique: '0',
      limit: '5',
    });
    expect(fieldsOf(newVoucherGroupForm({ title: 'a', type: 'payment', unique: true }))).toEqual({
      title: 'a',
      type: '8',
      unique: '1',
    });
  });

  it('SPiD F23: send imported tokens as a JSON array in a string', () => {
    const fields = fieldsOf(tokenImportForm('push', [123, 'a"b', '1as', 'é']));
    expect(fields).toEqual({ tokenName: 'push', content: '[123,"a\\"b","1as","é"]' });
  });

  it('send only the given changes', () => {
    expect(fieldsOf(voucherGroupChangeForm({ limit: 0 }))).toEqual({ limit: '0' });
    expect(fieldsOf(voucherGroupChangeForm({ description: '' }))).toEqual({ description: '' });
  });

  it('search by the code of a type', () => {
    const search = { title: 'a b', type: 'giveaway', limit: 10, offset: 20 } as const;
    expect(fieldsOf(voucherGroupQuery(search))).toEqual({
      title: 'a b',
      type: '3',
      limit: '10',
      offset: '20',
    });
    expect(voucherGroupQuery({})).toBe('');
  });

  it('refuse a string that is not Unicode', () => {
    expect(() => form({ title: '\ud800' })).toThrow(RejectedError);
    expect(() => query({ title: '\ud800' })).toThrow(RejectedError);
  });
});
