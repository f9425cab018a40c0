/*
 * Where a log file begins in the stream of all bytes that were ever written to it.
 *
 * `FILE.pos` holds it, as four numbers of 20 digits: `base from moved moving`. Byte 0 of FILE is byte `base`
 * of the stream. The others say how far a rotation has come, see rotator.c; all are 0 while there is none.
 * It is changed only under an exclusive flock(2) of itself, so whoever holds a shared one sees no half step.
 */
#ifndef OPM_LOG_POSITION_H
#define OPM_LOG_POSITION_H

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct log_position {
    long long base, from, moved, moving;
};

enum { POSITION_BYTES = 84, LOG_PATH_BYTES = 4096 + 64 };

/* Opens `FILE.pos`; -1 when it is not there and `flags` does not create it. */
static inline int position_open(const char *log, int flags) {
    char path[LOG_PATH_BYTES];
    snprintf(path, sizeof path, "%s.pos", log);
    return open(path, flags | O_CLOEXEC, 0600);
}

/* All zeros when the file is empty or is no position. */
static inline struct log_position position_read(int fd) {
    struct log_position p = {0, 0, 0, 0};
    char text[POSITION_BYTES + 1] = {0};
    if (pread(fd, text, POSITION_BYTES, 0) != POSITION_BYTES ||
        sscanf(text, "%lld %lld %lld %lld", &p.base, &p.from, &p.moved, &p.moving) != 4)
        return (struct log_position){0, 0, 0, 0};
    return p;
}

/* One write within one page: a kill leaves the old numbers or the new ones. */
static inline int position_write(int fd, const struct log_position *p) {
    char text[POSITION_BYTES + 1];
    snprintf(text, sizeof text, "%020lld %020lld %020lld %020lld\n", p->base, p->from, p->moved, p->moving);
    return pwrite(fd, text, POSITION_BYTES, 0) == POSITION_BYTES ? 0 : -1;
}

/* Whether the head of a log was taken out of it and its place not closed yet. */
static inline int has_hollow_head(int log_fd) {
    off_t data = lseek(log_fd, 0, SEEK_DATA);
    return data > 0 || (data < 0 && errno == ENXIO && lseek(log_fd, 0, SEEK_END) > 0);
}

/* Byte 0 of a log in its stream, also after a rotation that was killed anywhere. */
static inline long long position_of_start(const struct log_position *p, int log_fd, long long size) {
    if (p->moved > 0) return has_hollow_head(log_fd) ? p->base : p->base + p->moved;
    /* A log that is rotated by rename: it was, if it is shorter than what was to be moved. */
    return p->moving > size ? p->base + p->moving : p->base;
}

/* How many bytes were ever written to a log; -1 when that cannot be told. */
static inline long long position_of_end(const char *log) {
    for (int tries = 0; tries < 3; tries++) {
        int fd = position_open(log, O_RDONLY);
        if (fd < 0 && errno != ENOENT) return -1;
        if (fd >= 0) flock(fd, LOCK_SH);
        struct log_position p = {0, 0, 0, 0};
        if (fd >= 0) p = position_read(fd);
        int log_fd = open(log, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        struct stat s = {0};
        long long end = -1;
        if (log_fd >= 0 && fstat(log_fd, &s) == 0 && S_ISREG(s.st_mode))
            end = position_of_start(&p, log_fd, s.st_size) + s.st_size;
        else if (log_fd < 0 && errno == ENOENT)
            end = p.base;
        if (log_fd >= 0) close(log_fd);
        if (fd >= 0) { close(fd); return end; }
        /* No position: none is needed, unless the first rotation began just now. */
        fd = position_open(log, O_RDONLY);
        if (fd < 0) return end;
        close(fd);
    }
    return -1;
}

#endif
