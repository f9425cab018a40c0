#!/usr/bin/env node
// Runs opm from its TypeScript source.
import { register } from 'tsx/esm/api';

register();
const { main } = await import('../src/cli/main.ts');
await main(process.argv.slice(2), new URL('../package.json', import.meta.url).pathname);
