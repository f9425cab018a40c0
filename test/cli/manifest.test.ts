import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

describe('oclif.manifest.json', () => {
  it('is what the commands say today', function () {
    this.timeout(60_000);
    const folder = mkdtempSync(join(tmpdir(), 'opm-manifest-'));
    try {
      copyFileSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
      cpSync(join(ROOT, 'dist'), join(folder, 'dist'), { recursive: true });
      symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
      execFileSync(join(ROOT, 'node_modules/.bin/oclif'), ['manifest', folder], {
        cwd: folder,
        stdio: 'pipe',
      });
      const fresh: unknown = JSON.parse(readFileSync(join(folder, 'oclif.manifest.json'), 'utf8'));
      const committed: unknown = JSON.parse(
        readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8'),
      );
      expect(committed, 'run: npm run manifest').to.deep.equal(fresh);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
