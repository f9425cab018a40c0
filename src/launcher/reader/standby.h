/* The child that waits for the lock, to read on when this reader has died. */
#ifndef OPM_STANDBY_H
#define OPM_STANDBY_H

/* Forks it, and has it call `take_over` when it has the lock. */
void have_standby(void (*take_over)(void));

/* How many ms until one may be had; -1 while there is one. */
long long standby_due_in(void);

/* Notes that it has ended, if it has. */
void reap_standby(void);

void stop_standby(void);

/* Ends both when the folder is gone. */
void end_if_gone(void);

#endif
