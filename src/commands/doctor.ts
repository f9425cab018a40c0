import { existsSync, rmSync, statSync } from 'node:fs';
import { boolean } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { DaemonDoctor } from '../cli/daemon-doctor.js';

interface Finding {
  readonly check: string;
  readonly problem: string;
  readonly fixed: boolean;
}

export default class Doctor extends OpmCommand {
  static override summary = 'Look for what should not be: strays, a dead socket, a wrong owner';
  static override description =
    'Strays are processes that carry our marker though no open run accounts for them. --fix ends them and removes a dead socket. Exit code 1 while something is wrong.';
  static override examples = ['<%= config.bin %> doctor', '<%= config.bin %> doctor --fix'];
  static override flags = {
    fix: boolean({ description: 'mend what can be mended' }),
  };

  async run() {
    const { flags } = await this.parse(Doctor);
    const client = this.client(flags);
    const fix = flags.fix ?? false;
    const findings: Finding[] = [];
    const note = (check: string, problem: string, fixed: boolean) =>
      findings.push({ check, problem, fixed });
    const { paths } = client;
    const uid = process.getuid?.() ?? 0;
    const owner = statSync(paths.home, { throwIfNoEntry: false })?.uid;
    if (owner !== undefined && owner !== uid) {
      note('owner', `${paths.home} belongs to uid ${owner}, you are uid ${uid}`, false);
    }
    const info = await client.ask('GET /v1/daemon', {});
    if (!info && existsSync(paths.socket)) {
      if (fix) rmSync(paths.socket, { force: true });
      note('socket', `${paths.socket} is there, but nobody answers`, fix);
    }
    const doctor = new DaemonDoctor(client, info !== null);
    for (const stray of await doctor.strays(fix)) {
      note('stray', `pid ${stray.pid} carries key ${stray.spawnKey}: ${stray.command}`, fix);
    }
    const notes = info ? doctor.limits(info) : [];
    for (const { check, problem, fixed } of findings) {
      this.log(`${fixed ? 'fixed' : 'wrong'}  ${check}: ${problem}`);
    }
    for (const line of notes) this.log(`note   ${line}`);
    if (findings.length === 0) this.log('nothing is wrong');
    if (findings.some(({ fixed }) => !fixed)) this.exitWith(1);
    return { findings, notes };
  }
}
