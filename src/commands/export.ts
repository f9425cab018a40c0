import { existsSync, writeFileSync } from 'node:fs';
import { string } from '@oclif/core/args';
import { boolean, string as text } from '@oclif/core/flags';
import { OpmCommand } from '../cli/base-command.js';
import { readTargets } from '../cli/read-targets.js';
import type { Format } from '../config/write-file.js';
import { DEFAULT_NAMESPACE, keyOf } from '../domain/app.js';
import { type Definition, definitionOf } from '../domain/definition.js';
import { mapValues } from '../domain/environment.js';
import { openVault } from '../platform/vault.js';

/** A word with such an end is the file to write, not a target. */
const FILE = /\.(json|ya?ml|toml|hcl|[cm]?[jt]s)$/;

export default class Export extends OpmCommand {
  static override strict = false;
  static override usage = 'export [TARGET...] [FILE] [flags]';
  static override summary =
    'Write an app file of apps, which `opm apply` accepts and which loses nothing';
  static override description =
    'Without FILE it is printed. What is as it would be by itself is left out. Secrets are written as their names in the vault of this home; --secrets writes their values, for another home, into a file that only you may read.';
  static override examples = [
    '<%= config.bin %> export > opm.config.yaml',
    '<%= config.bin %> export web api opm.config.ts',
    '<%= config.bin %> export all backup.json --secrets',
    '<%= config.bin %> export --format hcl',
  ];
  static override args = {
    target: string({ description: 'targets (all by default), and the file to write' }),
  };
  static override flags = {
    format: text({
      description: 'format, where no file name tells it',
      options: ['yaml', 'json', 'toml', 'hcl', 'js', 'cjs', 'ts'],
    }),
    secrets: boolean({ description: 'write the values of secrets in clear' }),
    force: boolean({ description: 'overwrite FILE' }),
  };

  async run() {
    const { argv, flags } = await this.parse(Export);
    const words = argv as string[];
    const last = words.at(-1) ?? '';
    const file = FILE.test(last) ? last : null;
    const apps = await this.#definitions(file === null ? words : words.slice(0, -1), flags);
    const { formatApps, formatOf } = await import('../config/write-file.js');
    const named = file === null ? null : formatOf(file);
    const content = await formatApps(apps, (flags.format as Format) ?? named ?? 'yaml');
    if (file === null) {
      this.log(content.trimEnd());
      return { apps };
    }
    if (existsSync(file) && !flags.force)
      this.fail('FILE_EXISTS', `${file} is there already`, '--force overwrites it');
    writeFileSync(file, content, flags.secrets ? { mode: 0o600 } : {});
    this.log(`wrote ${file}`);
    return { file, apps };
  }

  async #definitions(
    targets: readonly string[],
    flags: { readonly home?: string | undefined; readonly secrets?: boolean },
  ): Promise<readonly Definition[]> {
    const client = this.client(flags);
    const infos = await readTargets(client, targets);
    const { reveal } = openVault(client.paths.secrets);
    const byKey = new Map(infos.map(({ app }) => [keyOf(app), app]));
    return [...byKey.values()].map((app) => {
      const env = flags.secrets
        ? mapValues(app.env, (_, value) => (typeof value === 'string' ? value : reveal(value)))
        : app.env;
      const { namespace, ...rest } = definitionOf({ ...app, env });
      return namespace === DEFAULT_NAMESPACE ? rest : { ...rest, namespace };
    });
  }
}
