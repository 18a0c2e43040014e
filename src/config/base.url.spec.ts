import { type BaseUrlPath, parseBaseUrl, reasonOfPlainHttp } from './base.url.js';

describe('parseBaseUrl', () => {
  it.each<[string, BaseUrlPath, string]>([
    ['https://login.example.com', 'none', 'https://login.example.com'],
    ['https://login.example.com/', 'none', 'https://login.example.com'],
    ['HTTPS://Login.Example.com:443', 'none', 'https://login.example.com'],
    ['http://127.0.0.1:4001', 'none', 'http://127.0.0.1:4001'],
    ['http://[::1]:4001', 'none', 'http://[::1]:4001'],
    ['http://localhost:4001', 'none', 'http://localhost:4001'],
    ['http://spid:4001', 'none', 'http://spid:4001'],
    ['https://www.example.com/api/v2.1/', 'required', 'https://www.example.com/api/v2.1'],
    ['https://id.example.com/keys/?app=1', 'exact', 'https://id.example.com/keys/?app=1'],
  ])('reads %s', (text, path, value) => {
    expect(parseBaseUrl(text, path)).toEqual({ value });
  });

  it.each<[string, BaseUrlPath, RegExp]>([
    ['login.example.com', 'none', /must begin with https/],
    ['ftp://login.example.com', 'none', /must begin with https/],
    ['https://canary@login.example.com', 'none', /credentials/],
    ['https://:canary@login.example.com', 'none', /credentials/],
    ['https://login.example.com?x=1', 'none', /query/],
    ['https://login.example.com/?', 'none', /query/],
    ['https://login.example.com#x', 'none', /'#' in it/],
    ['https://login.example.com:0', 'none', /a port from 1 to 65535/],
    ['https://login.example.com:65536', 'none', /a port from 1 to 65535/],
    ['https:///api', 'required', /names no host/],
    ['https://www.example.com\\@canary.example/api', 'required', /backslash/],
    ['https://www.example.com/a pi', 'required', /white space/],
    ['https://www.example.com/100%pure-canary', 'required', /'%' that begins no escape/],
    ['https://login.example.com/api/2', 'none', /path/],
    ['https://www.example.com', 'required', /path/],
  ])('refuses %s', (text, path, reason) => {
    const parsed = parseBaseUrl(text, path);
    expect(parsed.reason).toMatch(reason);
    expect(parsed.reason).not.toContain('canary');
  });
});

describe('reasonOfPlainHttp', () => {
  it.each([
    'https://login.example.com',
    'http://localhost:4001',
    'http://[::1]:4001',
    'http://127.0.0.1:4001',
    'http://127.8.9.1:4001',
  ])('allows %s', (url) => {
    expect(reasonOfPlainHttp(url, {})).toBeUndefined();
  });

  it.each([
    'http://login.example.com',
    'http://127.0.0.1.example.com',
    'http://localhost.example.com',
    'http://spid:4001',
  ])('refuses %s, unless the settings allow it', (url) => {
    expect(reasonOfPlainHttp(url, {})).toMatch(/^must begin with https/);
    expect(reasonOfPlainHttp(url, { allowPlainHttp: false })).toMatch(/^must begin with https/);
    expect(reasonOfPlainHttp(url, { allowPlainHttp: true })).toBeUndefined();
  });
});
