/** What a step has seen, by names that are the same in all languages. */
export type Facts = Record<string, unknown>;

/** An environment variable that the runner sets. */
export function environment(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** Runs a step and reports what it has seen; an exception is a failure of the step and does not end the scenario. */
export async function step(name: string, run: () => Promise<Facts>): Promise<void> {
  await report('begin', name, {});
  const facts = await run().catch((error: unknown) => ({ error: String(error) }));
  await report('end', name, facts);
}

async function report(what: string, name: string, facts: Facts): Promise<void> {
  const response = await fetch(`${environment('SCENARIO_URL')}/${what}`, {
    method: 'POST',
    body: JSON.stringify({ step: name, facts }),
  });
  if (!response.ok) throw new Error(`the runner refused ${what} of ${name}: ${await response.text()}`);
}
