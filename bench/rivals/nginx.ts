import { join } from 'node:path';
import type { RivalEnvironment } from './rival.environment.js';

/**
 * Rival (d): nginx as one process, a check of the key and the vendor's credential injected. Passes the vendor's body on;
 * below `/cached` from its own cache, whose age no caller can choose and which no write invalidates.
 */
export function nginxConfig(rival: RivalEnvironment, folder: string): string {
  const { host } = new URL(rival.vendorUrl);
  const location = (prefix: string, more: readonly string[]) => `
    location ~ ^${prefix}/v1/users/([0-9]+)/entitlements/([0-9]+)$ {
      if ($http_authorization != "${rival.callerKey}") { return 401; }
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Authorization "Bearer ${rival.vendorToken}";
      proxy_pass http://vendor/api/2/user/$1/product/$2;
      ${more.join('\n      ')}
    }`;
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${join(folder, name)};`,
  );
  return `
daemon off;
# One process, which ends with the benchmark; with a master, its worker would stay.
master_process off;
pid ${join(folder, 'nginx.pid')};
error_log stderr warn;
${process.getuid?.() === 0 ? 'user root;' : ''}
events { worker_connections 1024; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  proxy_cache_path ${join(folder, 'cache')} keys_zone=reads:16m;
  upstream vendor { server ${host}; keepalive 128; keepalive_requests 1000000000; keepalive_timeout 600s; }
  server {
    listen 127.0.0.1:${rival.port};
    keepalive_requests 1000000000;
    keepalive_timeout 600s;
    ${location('', [])}
    ${location('/cached', ['proxy_cache reads;', 'proxy_cache_valid 200 30s;', 'add_header X-Cache-Status $upstream_cache_status;'])}
  }
}
`;
}
