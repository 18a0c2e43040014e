import { readBaseUrl } from './base.url.js';

const ORIGIN = { allowPlainHttp: false, path: 'none' } as const;
const API = { allowPlainHttp: false, path: 'required' } as const;

describe('readBaseUrl', () => {
  it.each([
    ['https://login.example.com', ORIGIN, 'https://login.example.com'],
    ['https://login.example.com/', ORIGIN, 'https://login.example.com'],
    ['HTTPS://Login.Example.com:443', ORIGIN, 'https://login.example.com'],
    ['http://127.0.0.1:4001', ORIGIN, 'http://127.0.0.1:4001'],
    ['http://[::1]:4001', ORIGIN, 'http://[::1]:4001'],
    ['http://localhost:4001', ORIGIN, 'http://localhost:4001'],
    ['http://spid:4001', { ...ORIGIN, allowPlainHttp: true }, 'http://spid:4001'],
    ['https://www.example.com/api/v2.1/', API, 'https://www.example.com/api/v2.1'],
  ])('reads %s', (text, rules, url) => {
    expect(readBaseUrl(text, rules)).toEqual({ url });
  });

  it.each([
    ['login.example.com', ORIGIN, /begins with https/],
    ['ftp://login.example.com', ORIGIN, /begins with https/],
    ['http://login.example.com', ORIGIN, /must begin with https/],
    ['http://127.0.0.1.example.com', ORIGIN, /must begin with https/],
    ['http://localhost.example.com', ORIGIN, /must begin with https/],
    ['https://canary@login.example.com', ORIGIN, /credentials/],
    ['https://:canary@login.example.com', ORIGIN, /credentials/],
    ['https://login.example.com?x=1', ORIGIN, /query/],
    ['https://login.example.com/?', ORIGIN, /query/],
    ['https://login.example.com#x', ORIGIN, /fragment/],
    ['https://login.example.com/api/2', ORIGIN, /path/],
    ['https://www.example.com', API, /path/],
  ])('refuses %s', (text, rules, reason) => {
    const reading = readBaseUrl(text, rules);
    expect(reading.reason).toMatch(reason);
    expect(reading.reason).not.toContain('canary');
  });
});
