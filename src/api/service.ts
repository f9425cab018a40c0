import type { Observable } from 'rxjs';
import type { Actor, Recorded } from '../domain/event.js';
import type { RequestKey } from '../domain/ids.js';
import type {
  InputOf,
  JsonRoute,
  MutationRoute,
  ParsedOf,
  ResponseOf,
  StreamRoute,
} from './routes.js';

export interface Caller {
  readonly key: RequestKey;
  readonly bodyHash: string;
  readonly actor: Actor;
}

/** What the routes are served by: one function a route, typed by the route table. */
export type Handlers = {
  readonly [N in JsonRoute]: N extends MutationRoute
    ? (input: ParsedOf<N>, caller: Caller) => Promise<ResponseOf<N>>
    : (input: ParsedOf<N>) => Promise<ResponseOf<N>> | ResponseOf<N>;
} & {
  readonly [N in StreamRoute]: (
    input: ParsedOf<N>,
  ) => Observable<ResponseOf<N>> | AsyncIterable<ResponseOf<N>>;
};

export type { InputOf, Recorded };
