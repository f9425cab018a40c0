#!/usr/bin/env node
// CommonJS, because Node loads it in less time: no command line waits for the loader of modules to do nothing.
const { main } = require('../dist/bin/main.cjs');

main(process.argv.slice(2), require.resolve('../package.json'));
