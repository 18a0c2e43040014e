import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ConfigurationIssue } from '../errors/configuration.error.js';
import { WHOLE_FILE } from '../errors/configuration.report.js';
import type { SecretReference } from '../secrets/secret.reference.js';
import { excerptOf } from './settings.excerpt.js';
import { placesIn, type SettingPlace } from './settings.places.js';
import { LARGE_LENGTH, SETTINGS_BYTES_MAX } from './settings.yaml.js';

/**
 * One line for each issue of a settings file, for a terminal: `FILE:LINE:COLUMN: PATH (OWNER): REASON`, in the order of the
 * file. Names the files that references lead to, which no log and no response does.
 */
export function locatedIssues(file: string, issues: readonly ConfigurationIssue[]): string[] {
  const placeOf = placesOf(file, issues);
  return issues
    .map((issue) => ({ issue, place: placeOf(issue.path) }))
    .toSorted((one, other) => orderOf(one.place) - orderOf(other.place))
    .map(({ issue, place }) => lineOf(file, issue, place));
}

/** The issues with their places, in the order of the file. Parses what they are about once more. */
export function withPlaces(file: string, issues: readonly ConfigurationIssue[]): ConfigurationIssue[] {
  if (issues.length === 0) return [];
  const placeOf = placesOf(file, issues);
  return issues
    .map((issue) => ({ issue, place: placeOf(issue.path) }))
    .toSorted((one, other) => orderOf(one.place) - orderOf(other.place))
    .map(({ issue: { path, reason }, place }) => {
      if (!place) return { path, reason };
      const { line, column, owner } = place;
      return { path, reason, line, column, ...(owner !== undefined && { owner }) };
    });
}

/** For logs: `FILE:LINE:COLUMN: PATH (OWNER): REASON`, without what references lead to. */
export function lineOfIssue(file: string, { path, reason, line, column, owner }: ConfigurationIssue): string {
  const where = line === undefined ? file : `${file}:${line}:${column}`;
  const setting =
    path === WHOLE_FILE || path.startsWith('line ') ? '' : `${path}${owner ? ` (${owner})` : ''}: `;
  return `${where}: ${setting}${reason}`;
}

function lineOf(file: string, issue: ConfigurationIssue, place?: SettingPlace): string {
  const { path, reason } = issue;
  const target = place?.reference && /\brefers? to\b/.test(reason) ? targetOf(file, place.reference) : '';
  return `${lineOfIssue(file, { path, reason, ...place })}${target}`;
}

function orderOf(place?: SettingPlace): number {
  // More columns than any line has.
  return place ? place.line * SETTINGS_BYTES_MAX + place.column : 0;
}

function targetOf(settingsFile: string, { file, env }: SecretReference): string {
  if (mayBeSecret(file ?? env ?? ''))
    return '; what it names is not shown, because that may be the secret itself';
  if (file !== undefined) return `; the file is ${resolve(dirname(settingsFile), file)}`;
  return `; the variable is ${env}`;
}

/** As random keys are and names of files are not: 16 or more letters and digits in a row, mixed. */
function mayBeSecret(reference: string): boolean {
  const runs = reference.match(/[A-Za-z0-9+=]{16,}/g) ?? [];
  // oxlint-disable-next-line no-control-regex
  return (
    /[\u0000-\u001f\u007f-\u009f]/.test(reference) ||
    runs.some((run) => /\d/.test(run) && /[A-Za-z]/.test(run))
  );
}

function placesOf(file: string, issues: readonly ConfigurationIssue[]): ReturnType<typeof placesIn> {
  const text = textOf(file);
  const isLarge = text.length >= LARGE_LENGTH;
  const paths = issues.map(({ path }) => path);
  return placesIn(isLarge ? excerptOf(text, paths) : text);
}

function textOf(file: string): string {
  try {
    const stats = statSync(file);
    return stats.isFile() && stats.size <= SETTINGS_BYTES_MAX ? readFileSync(file, 'utf8') : '';
  } catch {
    return '';
  }
}
