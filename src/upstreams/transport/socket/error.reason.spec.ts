import { connectionReason } from './error.reason.js';

describe('connectionReason', () => {
  const failed = (code: string) => Object.assign(new Error('quotes a response'), { code });

  it.each([
    [failed('ECONNRESET'), true, 'the connection was reset after sending (ECONNRESET)'],
    [failed('ECONNRESET'), false, 'the connection was reset (ECONNRESET)'],
    [failed('UND_ERR_SOCKET'), true, 'the connection was closed after sending (UND_ERR_SOCKET)'],
    [failed('ECONNREFUSED'), false, 'the connection was refused (ECONNREFUSED)'],
    [failed('HPE_INVALID_CONSTANT'), true, 'the response is not valid HTTP (HPE_INVALID_CONSTANT)'],
    [
      failed('ERR_SSL_WRONG_VERSION_NUMBER'),
      false,
      'the TLS connection failed (ERR_SSL_WRONG_VERSION_NUMBER)',
    ],
    [failed('DEPTH_ZERO_SELF_SIGNED_CERT'), false, 'the TLS connection failed (DEPTH_ZERO_SELF_SIGNED_CERT)'],
    [failed('ENEW'), true, 'the connection failed after sending (ENEW)'],
    [new TypeError('quotes a response'), false, 'the connection failed (TypeError)'],
  ])('reports %o, sent: %s, in words and with its code', (error, isSent, reason) => {
    expect(connectionReason(error, isSent)).toBe(reason);
  });
});
