// Says hello every second, and over HTTP if PORT is set.
import { createServer } from 'node:http';

let count = 0;
setInterval(() => {
  count += 1;
  console.log(`hello ${count}`);
}, 1000);

if (process.env.PORT) {
  createServer((_, response) => response.end(`hello ${count}\n`)).listen(
    Number(process.env.PORT),
    '127.0.0.1',
  );
}
