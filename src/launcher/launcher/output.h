/*
 * Where the program's output goes: into files, or where lines are to be changed on their way, into pipes to the reader.
 *
 * The program and we hold both ends of such a pipe: no other process's death breaks it, and what is in it stays until
 * it is read. The reader has the other side.
 */
#ifndef OPM_OUTPUT_H
#define OPM_OUTPUT_H

#include "options.h"

/* Makes the pipes; 0, or -1 when one cannot be made. */
int open_pipes(const struct options *o);

/* Gives the program its output, in the forked child. NULL, or the step that failed. */
const char *give_output(const struct options *o);

/* Waits until all that is in the pipes is in the logs. 0 when nobody can tell. */
int drain_pipes(const struct options *o);

#endif
