import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { generated } from '../../docs/generate.js';

describe('what is made from the schema of app files', () => {
  for (const [path, content] of Object.entries(generated())) {
    it(`${path} is as \`npm run docs\` writes it`, () => {
      const url = new URL(`../../${path}`, import.meta.url);
      expect(readFileSync(url, 'utf8')).to.equal(content);
    });
  }
});
