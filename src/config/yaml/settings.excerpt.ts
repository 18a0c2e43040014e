import { stepsOf } from '../errors/setting.path.js';
import { isPlainYaml } from './plain.yaml.js';

const SECTION = /^([A-Za-z]\w*):/;
const ITEM = /^( *)- /;

/**
 * The text with only what is needed to find the places of settings by these paths, each on its line: of 10,000 callers, the
 * entries that are named. The parser with positions takes seconds for all of them. Other texts than plain ones are returned whole.
 */
export function excerptOf(text: string, paths: readonly string[]): string {
  if (!isPlainYaml(text)) return text;
  const steps = paths.map(stepsOf);
  const sections = new Set(steps.map(([section]) => section));
  const entries = new Set(steps.map(([section, entry]) => `${String(section)}[${String(entry)}]`));
  const mappings = new Set(steps.filter(([, step]) => typeof step === 'string').map(([section]) => section));
  let section = '';
  let indent: string | undefined;
  let entry = -1;
  return text
    .split('\n')
    .map((line) => {
      const named = SECTION.exec(line)?.[1];
      if (named !== undefined) {
        [section, indent, entry] = [named, undefined, -1];
        return line;
      }
      if (!sections.has(section)) return '';
      if (mappings.has(section)) return line;
      const dash = ITEM.exec(line)?.[1];
      const isEntry = dash !== undefined && dash === (indent ?? dash);
      if (isEntry) [indent, entry] = [dash, entry + 1];
      if (entry < 0 || entries.has(`${section}[${entry}]`)) return line;
      return isEntry ? `${indent}-` : '';
    })
    .join('\n');
}
