import { closestWord } from '../../closest.word.js';
import { fieldsOf, type SettingsClass } from '../../fields/field.schema.js';
import { SettingsDocument } from '../settings.js';

/** A name that is in more places is explained by the list of what is known here. */
const PLACES_MAX = 3;

/** What to do about a key that is no setting of this mapping. @param name as it is shown */
export function misplacedReason(name: string, type: SettingsClass): string {
  const known = [...fieldsOf(type).keys()];
  const meant = closestWord(name, known);
  if (meant !== undefined) return `is not a known setting; did you mean ${meant}?`;
  const places = placesOf(name);
  if (places.length > 0 && places.length <= PLACES_MAX) {
    return `is not a known setting here; it belongs in ${places.join(' or ')}: check the indentation`;
  }
  return `is not a known setting; known here: ${known.join(', ')}`;
}

/** Every mapping of the file that has a setting of this name. */
function placesOf(name: string, type: SettingsClass = SettingsDocument, path = ''): string[] {
  return [...fieldsOf(type)].flatMap(([each, { type: nested, list }]) => {
    const here = `${path}${path && '.'}${each}${list ? '[]' : ''}`;
    const own = each === name ? [path === '' ? 'the top level' : path] : [];
    return [...own, ...(nested ? placesOf(name, nested(), here) : [])];
  });
}
