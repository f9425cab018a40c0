/* The life of the program and of what it leaves behind, until nothing of it is left. */
#ifndef OPM_SUPERVISE_H
#define OPM_SUPERVISE_H

#include "options.h"
#include <sys/types.h>

/* Waits for the leader's end and notes it, then ends its tree. `signals` is a signalfd(2) with SIGCHLD and SIGUSR2. */
void supervise(const struct options *o, pid_t leader, int signals);

#endif
