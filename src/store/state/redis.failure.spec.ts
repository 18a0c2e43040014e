import { failureOfRedis } from './redis.failure.js';

function reply(text: string): Error {
  return Object.assign(new Error(text), { name: 'ReplyError', command: { name: 'auth', args: ['canary'] } });
}

function failed(code: string): Error {
  return Object.assign(new Error(`connect ${code}`), { code });
}

describe('failureOfRedis', () => {
  it.each([
    [
      'NOAUTH HELLO must be called with the client already authenticated',
      'asks for a password, and the URL has',
    ],
    ['NOAUTH Authentication required.', 'asks for a password'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'refuses the login'],
    ['ERR invalid password', 'refuses the login'],
    ['ERR DB index is out of range', 'does not have the database of the URL'],
    ['ERR SELECT is not allowed in cluster mode', 'has database 0 only'],
    ["NOPERM this user has no permissions to run the 'eval' command", 'refuses the user the command eval'],
    ['WRONGTYPE Operation against a key script: 67fc, on @user_script:1.', 'not of this gateway'],
    ['ERR user_script:1: attempt to index a number value', 'not of this gateway'],
    ['NOPERM No permissions to access a key', 'refuses the user the keys of Tollgate'],
    ['NOPERM No permissions to access a channel', 'refuses the user the channels of Tollgate'],
    ["ERR The user executing the script can't publish to the channel", 'the channels of Tollgate'],
  ])('has a remedy for what waiting does not help: %s', (text, reason) => {
    const failure = failureOfRedis(reply(text));
    expect(failure.reason).toContain(reason);
    expect(failure.remedy).toMatch(/^[A-Z]/);
  });

  it('has a remedy for a certificate that is not accepted', () => {
    expect(failureOfRedis(failed('DEPTH_ZERO_SELF_SIGNED_CERT'))).toEqual({
      reason:
        'cannot be connected to by TLS: its certificate is self-signed and not trusted here (DEPTH_ZERO_SELF_SIGNED_CERT)',
      remedy: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    });
  });

  it.each([
    [failed('ECONNREFUSED'), 'does not respond (ECONNREFUSED)'],
    [reply('LOADING Redis is loading the dataset in memory'), 'is loading its data'],
    [reply("READONLY You can't write against a read only replica."), 'is a replica'],
    [reply("OOM command not allowed when used memory > 'maxmemory'."), 'has no memory left'],
    [reply('ERR max number of clients reached'), 'has too many connections'],
    [
      reply("OOM command not allowed when used memory > 'maxmemory'. on @user_script:1."),
      'has no memory left',
    ],
    [reply('ERR canary'), 'does not respond (ReplyError)'],
    [Object.assign(new Error('late'), { name: 'LateReplyError' }), 'does not reply in time'],
    [Object.assign(new Error('cut'), { name: 'MaxRetriesPerRequestError' }), 'has closed the connection'],
    [new Error('Connection is closed.'), 'has closed the connection'],
    [
      new Error("Stream isn't writeable and enableOfflineQueue options is false"),
      'has closed the connection',
    ],
    [undefined, 'does not respond (undefined)'],
  ])('waits for what passes: %s', (error, reason) => {
    const failure = failureOfRedis(error);
    expect(failure.reason).toBe(reason);
    expect(failure.remedy).toBeUndefined();
    expect(failure.check !== undefined).toBe(!/is loading|has closed/.test(reason));
  });
});
