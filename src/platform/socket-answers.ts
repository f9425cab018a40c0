import { connect } from 'node:net';
import { socketPath } from './socket-path.js';

/** Whether somebody accepts connections at a socket. */
export const socketAnswers = (absolute: string): Promise<boolean> =>
  new Promise((resolve) => {
    const { path, release } = socketPath(absolute);
    const socket = connect(path);
    const answer = (answers: boolean) => {
      socket.destroy();
      release();
      resolve(answers);
    };
    socket.on('connect', () => answer(true));
    socket.on('error', () => answer(false));
  });
