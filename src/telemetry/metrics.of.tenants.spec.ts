import { metricsOfTenants } from './metrics.of.tenants.js';

const TEXT = `# HELP process_cpu_seconds_total Time
# TYPE process_cpu_seconds_total counter
process_cpu_seconds_total 1.5

# TYPE tollgate_calls_total counter
tollgate_calls_total{tenant="north",operation="a"} 1
tollgate_calls_total{operation="a",tenant="south"} 2
tollgate_calls_total{operation="a",tenant=""} 3
tollgate_calls_total{operation="x,tenant=\\"north\\""} 4
tollgate_calls_total{sub_tenant="north"} 5
# TYPE tollgate_up gauge
tollgate_up 1
# TYPE tollgate_database_up gauge
tollgate_database_up 1
`;

describe('metricsOfTenants', () => {
  const seriesFor = (...tenants: string[]) =>
    metricsOfTenants(TEXT, new Set(tenants))
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'));

  it('keeps the series of the tenants and those of the process', () => {
    expect(seriesFor('north')).toEqual([
      'process_cpu_seconds_total 1.5',
      'tollgate_calls_total{tenant="north",operation="a"} 1',
      'tollgate_database_up 1',
    ]);
    expect(seriesFor('south', 'west')).toEqual([
      'process_cpu_seconds_total 1.5',
      'tollgate_calls_total{operation="a",tenant="south"} 2',
      'tollgate_database_up 1',
    ]);
  });

  it('keeps the format: every family has its type, and the text ends with a newline', () => {
    const text = metricsOfTenants(TEXT, new Set(['north']));
    expect(text.match(/^# TYPE/gm)).toHaveLength(4);
    expect(text.endsWith('\n')).toBe(true);
  });
});
