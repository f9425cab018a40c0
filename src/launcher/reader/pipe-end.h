/* One end of a pipe that is read: what is taken out of it goes to its spool, from there to its log. */
#ifndef OPM_PIPE_END_H
#define OPM_PIPE_END_H

#include "log.h"
#include "spec.h"
#include <limits.h>

enum { RETRY_MS = 200 }; /* pause after a log could not be written (a full disk) */

struct pipe_end {
    char name[NAME_MAX + 1]; /* KEY.out or KEY.err */
    int fifo, spool, state;
    long long taken, written; /* bytes of the spool: its size, and how many of them are in the log */
    int ended; /* nobody can write to the pipe any more */
    int stuck; /* to be tried again later: a disk is full */
    struct spec spec;
    struct log *log;
    struct pipe_end *next;
};

/* Goes on from what a reader that was killed has noted. */
void recover(struct pipe_end *end);

/* Carries on all that has come: its whole lines are in the log then, unless it is stuck. */
void carry(struct pipe_end *end);

#endif
