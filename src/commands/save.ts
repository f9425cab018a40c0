import { string } from '@oclif/core/args';
import { OpmCommand } from '../cli/base-command.js';

export default class Save extends OpmCommand {
  static override summary = 'Label this point of the log, for `opm restore --from LABEL`';
  static override description = 'Nothing has to be saved for `opm restore`: the log remembers.';
  static override examples = ['<%= config.bin %> save before-upgrade'];
  static override args = {
    label: string({ description: 'name of the label', default: 'saved' }),
  };

  async run() {
    const { args, flags } = await this.parse(Save);
    const { label } = await this.client(flags).change('POST /v1/labels', {
      label: args.label,
    });
    this.log(`label "${args.label}" at seq ${label?.seq}`);
    return label;
  }
}
