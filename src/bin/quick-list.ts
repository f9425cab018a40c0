import { connect } from 'node:net';
import { ALIASES } from '../cli/command-aliases.js';
import { renderRows } from '../cli/process-rows.js';
import { homePaths, resolveHome } from '../platform/paths.js';
import { socketPath } from '../platform/socket-path.js';
import type { Row } from '../projections/process-table.js';

const NAMES: readonly string[] = ['list', ...ALIASES.list];

/** Whether a command line is the list and nothing else; JSON for a terminal is coloured by the command. */
export const isPlainList = ([name = '', ...rest]: readonly string[]): boolean =>
  NAMES.includes(name) &&
  (rest.length === 0 || (rest.length === 1 && rest[0] === '--json' && !process.stdout.isTTY));

/** The whole answer as text. In HTTP/1.0 it comes in one piece and ends with the connection. */
const fetchRows = (socket: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const { path, release } = socketPath(socket);
    const connection = connect(path, release);
    let text = '';
    connection.setEncoding('utf8');
    connection.on('data', (chunk: string) => {
      text += chunk;
    });
    connection.on('end', () => resolve(text));
    connection.on('error', (error) => {
      release();
      reject(error);
    });
    connection.write('GET /v1/processes HTTP/1.0\r\nhost: opm\r\n\r\n');
  });

/**
 * The list as it is asked for most often, without the libraries of the command line and of HTTP: loading those
 * takes longer than everything else about it. False, with nothing printed, when no daemon answers as it should:
 * the command then does it all, and tells what is wrong.
 */
export const quickList = async ([, json]: readonly string[]): Promise<boolean> => {
  let rows: readonly Row[];
  try {
    const answer = await fetchRows(homePaths(resolveHome(process.env)).socket);
    const body = answer.indexOf('\r\n\r\n');
    if (!answer.startsWith('HTTP/1.1 200 ') || body < 0) return false;
    rows = JSON.parse(answer.slice(body)) as readonly Row[];
  } catch {
    return false;
  }
  console.log(json ? JSON.stringify(rows, null, 2) : renderRows(rows));
  return true;
};
