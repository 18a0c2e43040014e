import { Injectable } from '@nestjs/common';
import type { Settings } from './settings.js';

/** The settings in force. Ask for `current` at each use and keep nothing of it across requests. */
@Injectable()
export class SettingsSource {
  constructor(private readonly initial: Settings) {}

  get current(): Settings {
    return this.initial;
  }
}
