/* The processes that come from this launcher, without those that are foreign to its run. */
#ifndef OPM_TREE_H
#define OPM_TREE_H

#include <stddef.h>

/*
 * Sends a signal, or none (0), to every living process of the tree; answers how many there are. `foreign` is the number
 * of living children that are somebody else's.
 */
size_t signal_tree(int signal, size_t *foreign);

/*
 * SIGKILL to the children alone, where the kernel lists them (proc_pid_children(5)). Much quicker than a look at
 * all processes: what forks and ends all the time is a child of this subreaper a moment later, and does not get
 * away. Nobody else reaps them, so each pid is still theirs.
 */
void kill_children(void);

#endif
