#!/usr/bin/env node
// Runs opm from its TypeScript source.
const run = async () => {
  const { register } = await import('tsx/esm/api');
  register();
  const { main } = await import('../src/bin/main.ts');
  await main(process.argv.slice(2), require.resolve('../package.json'));
};

void run();
