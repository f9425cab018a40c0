import { string } from '@oclif/core/args';
import { OpmCommand } from '../cli/base-command.js';
import { plural } from '../cli/target-command.js';

export default class Signal extends OpmCommand {
  static override strict = false;
  static override usage = 'signal SIGNAL TARGET...';
  static override summary = 'Send a signal to the programs of processes';
  static override examples = [
    '<%= config.bin %> signal HUP web',
    '<%= config.bin %> signal SIGUSR2 all',
  ];
  static override args = {
    signal: string({ description: 'HUP, SIGHUP or 1', required: true }),
    target: string({
      description: 'id, name, namespace, all, or /regex/',
      required: true,
    }),
  };

  async run() {
    const { args, argv, flags } = await this.parse(Signal);
    const body = { signal: args.signal, targets: (argv as string[]).slice(1) };
    const answer = await this.client(flags).change('POST /v1/processes/signal', body);
    this.log(`sent ${args.signal} to ${plural(answer.processes.length)}`);
    return answer;
  }
}
