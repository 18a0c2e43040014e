import { createHash } from 'node:crypto';
import { mkdtempSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';

/** SHA-256 of a caller's key, as the settings file has it. */
export function sha256Of(key: string): string {
  return createHash('sha256').update(key).digest('hex');
}

/** A folder with a settings file and its secrets, written in the two ways in which operators replace files. */
export class SettingsFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'tollgate-settings-'));
  #version = 0;

  get file(): string {
    return join(this.path, 'tollgate.yaml');
  }

  /** Writes beside the old file and renames, as careful tools do. */
  replace(name: string, text: string): void {
    const aside = join(this.path, `.${name}.new`);
    writeFileSync(aside, text, { mode: 0o600 });
    renameSync(aside, join(this.path, name));
  }

  settings(document: object): void {
    this.replace('tollgate.yaml', stringify(document));
  }

  /** As Kubernetes mounts a secret: `<mount>/<name>` -> `..data/<name>`, and `..data` is pointed elsewhere. */
  mount(mount: string, files: Readonly<Record<string, string>>): void {
    const folder = join(this.path, mount);
    const version = `..v${(this.#version += 1)}`;
    mkdirSync(join(folder, version), { recursive: true });
    for (const [name, text] of Object.entries(files)) {
      writeFileSync(join(folder, version, name), text, { mode: 0o600 });
      if (this.#version === 1) symlinkSync(join('..data', name), join(folder, name));
    }
    symlinkSync(version, join(folder, '..data_tmp'));
    renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    if (this.#version > 1) rmSync(join(folder, `..v${this.#version - 1}`), { recursive: true });
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
