// Says hello every second, to NAME if it is set, and over HTTP if PORT is.
import { createServer } from 'node:http';

const hello = ['hello', process.env.NAME].filter(Boolean).join(' ');
let count = 0;
setInterval(() => {
  count += 1;
  console.log(`${hello} ${count}`);
}, 1000);

if (process.env.PORT) {
  createServer((_, response) => response.end(`${hello} ${count}\n`)).listen(
    Number(process.env.PORT),
    '127.0.0.1',
  );
}
