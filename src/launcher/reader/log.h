/* The logs that are written to, and how they are rotated. */
#ifndef OPM_LOG_H
#define OPM_LOG_H

#include "../log-position.h"

/* Several pipes may lead to one. */
struct log {
    char path[LOG_PATH_BYTES];
    int fd, position, users;
    long long begun_ms; /* when the file was made, on the clock on the wall */
    dev_t device;
    ino_t inode;
    struct log *next;
};

/* Size of a file; 0 when it cannot be told. */
long long size_of(int fd);

/* The log of that name, opened by the first who uses it. Its `fd` is -1 while it cannot be opened. */
struct log *use_log(const char *path);
void leave_log(struct log *log);

/* Whether the file is still the one that bears the log's name; if not it is opened anew. 0 when it cannot be. */
int reach_log(struct log *log);

/* Renames the log; appenders other than us there are none. Called only between two batches. */
void rotate(struct log *log);

/* How long the log may still go on; -1 for ever. An old one is rotated; one that is empty begins anew. */
long long keep_young(struct log *log, long long max_age_ms);

/* Opens every log anew: somebody else has moved them away. */
void reopen_logs(void);

/* For a forked child that closed all that its parent had open. */
void forget_logs(void);

#endif
