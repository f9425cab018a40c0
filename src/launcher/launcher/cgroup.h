/* A child that begins in its cgroup. */
#ifndef OPM_CGROUP_H
#define OPM_CGROUP_H

#include <sys/types.h>

/*
 * fork(2), and the child begins in its cgroup where the kernel can do that (5.7). To move a process there takes it more
 * than 10 ms: it waits until no other process is in the middle of a fork. Where it may not be there the child runs
 * without: the tree is still known, the launcher is its subreaper. `cgroup` may be NULL.
 */
pid_t fork_into(const char *cgroup);

#endif
