/** Imports a module by its URL. A file of its own in the package too: what comes from V8's code cache cannot import. */
export const importModule = (url: string): Promise<unknown> => import(url);
