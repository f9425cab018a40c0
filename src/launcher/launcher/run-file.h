/* The slot's lock and the run file: what this launcher holds, and what it writes down. */
#ifndef OPM_RUN_FILE_H
#define OPM_RUN_FILE_H

#include "options.h"

/* Locks the slot; answers the descriptor of the lock. Ends the launcher where somebody else has it. */
int take_slot(const char *path);

/* Creates the run file and notes who has it. Ends the launcher where it is there already. */
void claim(const char *path);

/* One line, one write(2): a reader sees all of it or ignores an unfinished end. */
__attribute__((format(printf, 1, 2))) void note(const char *format, ...);

/* Where the run's output begins or ends in the streams of its logs; -1 where there is no such log. */
void note_output(const struct options *o, const char *which);

/* A sign of life is a new time of the run file: it takes no room, however often it comes. */
void touch_run_file(void);

/* Moves the run file's descriptor out of the way of those that a program is given by number. */
void clear_run_file(void);

#endif
