import type { RivalEnvironment } from './rival.environment.js';

/**
 * Rival (e): KrakenD Community Edition 2, which checks the key by a script (its own API keys are part of the Enterprise
 * Edition) and injects the vendor's credential. Decodes and encodes the vendor's body; below `/cached` from its own
 * cache, which follows the vendor's Cache-Control and which no write invalidates.
 */
export function krakendConfig({ port, vendorUrl, vendorToken, callerKey }: RivalEnvironment): object {
  const credential = {
    'header.Modifier': { scope: ['request'], name: 'Authorization', value: `Bearer ${vendorToken}` },
  };
  const keyCheck = {
    pre: `if ctx.load():headers('Authorization') ~= '${callerKey}' then custom_error('no valid key', 401) end`,
    live: false,
    allow_open_libs: false,
  };
  const endpoint = (prefix: string, backend: object) => ({
    endpoint: `${prefix}/v1/users/{user}/entitlements/{product}`,
    method: 'GET',
    output_encoding: 'json',
    input_headers: ['Authorization'],
    extra_config: { 'modifier/lua-endpoint': keyCheck },
    backend: [
      {
        host: [vendorUrl],
        url_pattern: '/api/2/user/{user}/product/{product}',
        encoding: 'json',
        extra_config: { 'modifier/martian': credential, ...backend },
      },
    ],
  });
  return {
    version: 3,
    name: 'rival',
    port,
    listen_ip: '127.0.0.1',
    timeout: '5s',
    max_idle_connections_per_host: 128,
    extra_config: {
      router: { disable_access_log: true },
      'telemetry/logging': { level: 'ERROR', stdout: true },
    },
    endpoints: [endpoint('', {}), endpoint('/cached', { 'qos/http-cache': {} })],
  };
}
