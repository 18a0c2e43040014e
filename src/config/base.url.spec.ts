import { readBaseUrl } from './base.url.js';

const ORIGIN = { allowPlainHttp: false, path: 'none' } as const;
const EXACT = { allowPlainHttp: false, path: 'exact' } as const;
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
    ['https://id.example.com/keys/?app=1', EXACT, 'https://id.example.com/keys/?app=1'],
  ])('reads %s', (text, rules, url) => {
    expect(readBaseUrl(text, rules)).toEqual({ url });
  });

  it.each([
    ['login.example.com', ORIGIN, /must begin with https/],
    ['ftp://login.example.com', ORIGIN, /must begin with https/],
    ['http://login.example.com', ORIGIN, /must begin with https/],
    ['http://127.0.0.1.example.com', ORIGIN, /must begin with https/],
    ['http://localhost.example.com', ORIGIN, /must begin with https/],
    ['https://canary@login.example.com', ORIGIN, /credentials/],
    ['https://:canary@login.example.com', ORIGIN, /credentials/],
    ['https://login.example.com?x=1', ORIGIN, /query/],
    ['https://login.example.com/?', ORIGIN, /query/],
    ['https://login.example.com#x', ORIGIN, /'#' in it/],
    ['https://login.example.com:0', ORIGIN, /a port from 1 to 65535/],
    ['https://login.example.com:65536', ORIGIN, /a port from 1 to 65535/],
    ['https:///api', API, /names no host/],
    ['https://www.example.com\\@canary.example/api', API, /backslash/],
    ['https://www.example.com/a pi', API, /white space/],
    ['https://www.example.com/100%pure-canary', API, /'%' that begins no escape/],
    ['https://login.example.com/api/2', ORIGIN, /path/],
    ['https://www.example.com', API, /path/],
  ])('refuses %s', (text, rules, reason) => {
    const reading = readBaseUrl(text, rules);
    expect(reading.reason).toMatch(reason);
    expect(reading.reason).not.toContain('canary');
  });
});
