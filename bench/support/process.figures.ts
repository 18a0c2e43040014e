import { readFileSync } from 'node:fs';

export interface ProcessFigures {
  /** Since its start, in user and kernel mode. */
  readonly cpuMicroseconds: number;
  readonly residentBytes: number;
}

/** The unit of /proc/PID/stat, on every Linux: 1/100 s. */
const TICK_MICROSECONDS = 10_000;

/** Fields of /proc/PID/stat, counted from the one after the name of the program. */
const USER_TICKS = 11;
const SYSTEM_TICKS = 12;

/** Of a process with its children (workers of nginx). undefined where /proc has no such process. */
export function figuresOfProcess(pid: number): ProcessFigures | undefined {
  try {
    const all = [pid, ...childrenOf(pid)].map(figuresOfOne);
    return {
      cpuMicroseconds: all.reduce((sum, each) => sum + each.cpuMicroseconds, 0),
      residentBytes: all.reduce((sum, each) => sum + each.residentBytes, 0),
    };
  } catch {
    return undefined;
  }
}

function childrenOf(pid: number): number[] {
  const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return list === '' ? [] : list.split(' ').map(Number);
}

function figuresOfOne(pid: number): ProcessFigures {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name may have spaces and brackets.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const ticks = Number(fields[USER_TICKS]) + Number(fields[SYSTEM_TICKS]);
  const [, kilobytes] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return { cpuMicroseconds: ticks * TICK_MICROSECONDS, residentBytes: Number(kilobytes) * 1_024 };
}
