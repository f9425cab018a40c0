/* The pipes that are read, and their specs. */
#ifndef OPM_PIPES_H
#define OPM_PIPES_H

#include "pipe-end.h"

/* Takes up every pipe of the folder. `poller`, an epoll(7) descriptor, then names its pipe_end when bytes have come. */
void scan(int poller);

/* Scans again when a pipe could not be taken up, as a disk was full. */
void scan_missed(int poller);

/* Carries on what has come through a pipe, and forgets the pipe at its end. */
void serve(struct pipe_end *end);

/* Serves those whose bytes could not be carried on. */
void serve_stuck(void);

/* Whether something has to be tried again, after RETRY_MS. */
int is_stuck(void);

int has_pipes(void);

/* Rotates the logs that are too old; answers how many ms until the next one is, -1 for never. */
long long keep_logs_young(void);

/* The limits of a log that is read already, when its spec was replaced. */
void renew_limits(const char *spec);

/* Unlinks specs of launches that failed, or whose pipes were read to the end. Answers how many others there are. */
int sweep_specs(void);

/* For a forked child that closed all that its parent had open. */
void forget_pipes(void);

#endif
