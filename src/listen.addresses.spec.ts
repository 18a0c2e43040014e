import { listenAddressesOf, listenRefusal } from './listen.addresses.js';

const failed = (code: string) => Object.assign(new Error(code), { code });

describe('an address that cannot be listened on', () => {
  it.each([
    ['EADDRINUSE', 'PORT: another process listens on [::1]:80 already. Stop it, or set PORT to a free port'],
    ['EACCES', 'PORT: this user must not listen on [::1]:80 (EACCES). Set PORT to a port of 1024 or above'],
    [
      'EADDRNOTAVAIL',
      'HOST: ::1 is not an address of this machine (EADDRNOTAVAIL). Set HOST to one of its addresses',
    ],
    [
      'ENOTFOUND',
      'HOST: the name ::1 cannot be resolved (ENOTFOUND). Set HOST to an address of this machine',
    ],
    [
      'EAI_AGAIN',
      'HOST: the name ::1 cannot be resolved (EAI_AGAIN). Set HOST to an address of this machine',
    ],
    ['EAFNOSUPPORT', 'HOST, PORT: cannot listen on [::1]:80 (EAFNOSUPPORT). Set them to another address'],
  ])('has the variable, the address and what to do for %s', (code, line) => {
    expect(listenRefusal(failed(code), { variable: 'PORT', host: '::1', port: 80 }).message).toContain(line);
  });

  it('is searched for among those of the gateway, and of the simulators where they run', () => {
    const gateway = { host: '::1', port: 1 };
    expect(listenAddressesOf(gateway).map(({ variable }) => variable)).toEqual(['PORT']);
    const all = listenAddressesOf({ ...gateway, simulatorPorts: { spid: 2, import2: 3 } });
    expect(all.map(({ variable, port }) => `${variable} ${port}`)).toEqual([
      'PORT 1',
      'SPID_SIMULATOR_PORT 2',
      'IMPORT2_SIMULATOR_PORT 3',
    ]);
  });
});
