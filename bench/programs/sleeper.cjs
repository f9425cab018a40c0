// Signs the pipe named by its second argument with its name and pid, and stays.
const { writeFileSync } = require('node:fs');
writeFileSync(process.argv[3], `${process.argv[2]} ${process.pid}\n`);
setInterval(() => {}, 2 ** 30);
