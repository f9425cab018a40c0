import { string } from '@oclif/core/args';
import { OpmCommand } from '../cli/base-command.js';
import { readWhy } from '../cli/read-why.js';
import { renderWhy } from '../cli/why-lines.js';

export default class Why extends OpmCommand {
  static override summary = 'Say why a process is in the state that it is in';
  static override description =
    'In words, with seqs and times: who asked, what exited how, which policy decided what, when it will be tried again, and what the run that failed wrote last, secrets masked. Works with and without a daemon; one that was deleted is named by its id.';
  static override examples = [
    '<%= config.bin %> why web',
    '<%= config.bin %> why 3 --json',
    '<%= config.bin %> why web --home /mnt/dead/.opm',
  ];
  static override strict = false;
  static override args = {
    target: string({
      description: 'id, name, namespace, namespace/name, all, or /regex/; several may be given',
      required: true,
    }),
  };

  async run() {
    const { argv, flags } = await this.parse(Why);
    const answers = await readWhy(this.client(flags), argv as string[]);
    this.log(answers.map((answer) => renderWhy(answer)).join('\n\n'));
    return answers;
  }
}
