import { readMigration, readStarted, readTools } from './import2.payload.js';

describe('a response of Import2', () => {
  it.each(['Zen\u0000desk', 'Zen\u001b[2Jdesk', 'Zen\ndesk', 'Zen\u009bdesk', 'Zen\ud83d', 'x'.repeat(201)])(
    'is unreadable with the name %.20j',
    (name) => {
      expect(() => readTools([{ name }])).toThrow('unreadable tool name');
      expect(() => readTools([{ name: 'zendesk', label: name }])).toThrow('unreadable tool label');
      expect(() => readMigration({ id: '1', status: name })).toThrow('unreadable status');
      expect(() => readMigration({ id: '1', items: { [name]: 1 } })).toThrow('unreadable item type');
    },
  );

  it.each([
    'https://import.example/\nSet-Cookie: a=b',
    'https://import.example/\t',
    ' https://import.example/',
    'https://import.example/ø',
    'javascript:alert(1)',
    'http://import.example/',
    `https://import.example/${'x'.repeat(2_048)}`,
  ])('redirects no customer to %.60j', (address) => {
    expect(() => readStarted({ id: '1', redirect_url: address })).toThrow('unreadable redirect_url');
  });
});
