// As PM2 reads it: `opm start ecosystem.config.cjs --env production`.
module.exports = {
  apps: [
    {
      name: 'site',
      script: './hello.js',
      exec_mode: 'fork',
      max_memory_restart: '200M',
      env: { NODE_ENV: 'development' },
      env_production: { NODE_ENV: 'production' },
    },
  ],
};
