import type { AxiosInstance, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import { undiciAdapter, type WireRequestConfig } from './undici.adapter.js';

/** Of the axios instance in HttpService: its adapter, and nothing that axios would do to a request or a response. */
export const AXIOS_SETTINGS = {
  adapter: undiciAdapter,
  validateStatus: null,
  transformRequest: [],
  transformResponse: [],
};

/**
 * Sends a complete request with the adapter of the instance. What `axios.request` does before, merging it with settings that
 * never change and copying headers, costs as much CPU as the call itself. Only interceptors need it: with any, it is done.
 * @param axios made with `AXIOS_SETTINGS`
 */
export function sendPrepared(
  axios: AxiosInstance,
  config: WireRequestConfig,
): Promise<AxiosResponse<Buffer>> {
  const { adapter } = axios.defaults;
  if (typeof adapter !== 'function' || hasInterceptors(axios)) return axios.request<Buffer>(config);
  return adapter(config as unknown as InternalAxiosRequestConfig);
}

function hasInterceptors({ interceptors: { request, response } }: AxiosInstance): boolean {
  return (request.handlers?.length ?? 0) > 0 || (response.handlers?.length ?? 0) > 0;
}
