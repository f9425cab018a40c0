/* The program: from the fork to its execution, in a session of its own. */
#ifndef OPM_PROGRAM_H
#define OPM_PROGRAM_H

#include "options.h"
#include <sys/types.h>

/* Starts the program, which inherits the slot's lock. Its pid when it was executed; else 0, and the failure is noted. */
pid_t start_program(const struct options *o, int lock);

#endif
