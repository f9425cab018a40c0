import { plural, TargetCommand, targetArgs } from '../cli/target-command.js';

export default class Reset extends TargetCommand {
  static override strict = false;
  static override args = targetArgs;
  static override summary = 'Set the restart counters of processes to 0';
  static override examples = ['<%= config.bin %> reset web'];

  async run() {
    const { argv, flags } = await this.parse(Reset);
    return this.change(flags, argv as string[], {
      route: 'POST /v1/processes/reset',
      goal: null,
      said: (count) => `reset the counters of ${plural(count)}`,
    });
  }
}
