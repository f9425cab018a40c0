const greet = (name: string) => ({
  name: `greet-${name}`,
  script: './hello.js',
  env: { NAME: name },
  stop_exit_codes: [0],
});

export default { apps: ['ann', 'bob'].map(greet) };
