import { existsSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { string } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';

/** Scripts that a folder is probably about. */
const LIKELY = ['server.js', 'app.js', 'index.js', 'main.js', 'main.py', 'app.py', 'start.sh'];

export default class Init extends OpmCommand {
  static override summary = 'Write a commented app file';
  static override description =
    'The ending of FILE chooses the format: yaml, toml, ts, js, mjs, cjs or json (which knows no comments).';
  static override examples = ['<%= config.bin %> init', '<%= config.bin %> init opm.config.ts'];
  static override args = {
    file: string({ description: 'file to write', default: 'opm.config.yaml' }),
  };
  static override flags = { force: boolean({ description: 'overwrite FILE' }) };

  async run() {
    const { args, flags } = await this.parse(Init);
    const { file } = args;
    const { formatApps, formatOf } = await import('../config/write-file.js');
    const { templateOf } = await import('../config/template.js');
    const format = formatOf(file);
    if (format === null || format === 'hcl')
      return this.fail('BAD_USAGE', `"${file}" has no known ending`, 'for example opm.config.yaml');
    if (existsSync(file) && !flags.force)
      this.fail('FILE_EXISTS', `${file} is there already`, '--force overwrites it');
    const script = LIKELY.find((name) => existsSync(name)) ?? 'server.js';
    const app = { name: basename(process.cwd()) || 'app', script: `./${script}` };
    writeFileSync(file, templateOf(format, app) ?? (await formatApps([app], format)));
    this.log(`wrote ${file}; \`opm apply ${file}\` carries it out`);
    return { file };
  }
}
