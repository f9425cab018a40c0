/* What proc(5) tells of processes. */
#ifndef OPM_PROC_H
#define OPM_PROC_H

#include <sys/types.h>

struct stat_line { pid_t ppid; unsigned long long start; char state; int threads; };

/* A bounded read of a small file; returns the bytes read, -1 on error. Always terminates. */
ssize_t slurp(const char *path, char *buffer, size_t size);

/* 0, or -1 when there is no such process. */
int read_stat(pid_t pid, struct stat_line *line);

/* When a process began, in clock ticks since boot; 0 when there is none. */
unsigned long long start_ticks(pid_t pid);

/* Kills by the out-of-memory killer since boot, -1 when unknown (proc(5), /proc/vmstat). */
long oom_kills(void);

/* A zombie whose other threads work on (pthread_exit(3) in `main`) lives. */
int is_alive(const struct stat_line *line);

/* The environment that a process was started with; a process without its main thread shows it by another. */
ssize_t environment(pid_t pid, char *text, size_t size);

#endif
