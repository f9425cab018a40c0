#define _GNU_SOURCE
#include "log.h"
#include "../clock.h"
#include "die.h"
#include <stdint.h>
#include <sys/syscall.h>

static struct log *logs;

long long size_of(int fd) {
    struct stat s;
    return fstat(fd, &s) == 0 ? s.st_size : 0;
}

/* statx(2), which musl does not bring everywhere: its mask comes first, the time of birth stands at byte 80 of 256. */
static long long birth_ms(int fd) {
    enum { BIRTH = 0x800 }; /* STATX_BTIME */
    struct { uint32_t mask, before[19]; int64_t seconds; uint32_t nanoseconds, after[41]; } s;
    if (syscall(SYS_statx, fd, "", AT_EMPTY_PATH, BIRTH, &s) != 0 || !(s.mask & BIRTH))
        return now_ms(CLOCK_REALTIME);
    return s.seconds * 1000LL + s.nanoseconds / 1000000;
}

static void open_log(struct log *log) {
    /* Opening a pipe that nobody reads any more would keep the logs of others waiting. */
    log->fd = open(log->path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600);
    if (log->fd >= 0) fcntl(log->fd, F_SETFL, O_APPEND);
    log->begun_ms = log->fd < 0 ? now_ms(CLOCK_REALTIME) : birth_ms(log->fd);
    struct stat s = {0};
    if (log->fd >= 0 && fstat(log->fd, &s) == 0) {
        log->device = s.st_dev;
        log->inode = s.st_ino;
    }
}

/* What a reader that was killed while it renamed the log left behind. */
static void recover_rotation(struct log *log) {
    struct log_position at = position_read(log->position);
    if (at.moving == 0 || at.moved > 0) return;
    if (at.moving > size_of(log->fd)) at.base += at.moving;
    at.moving = 0;
    position_write(log->position, &at);
}

struct log *use_log(const char *path) {
    for (struct log *log = logs; log; log = log->next)
        if (strcmp(log->path, path) == 0) { log->users++; return log; }
    struct log *log = calloc(1, sizeof *log);
    if (!log) die("memory");
    snprintf(log->path, sizeof log->path, "%s", path);
    log->users = 1;
    open_log(log);
    struct stat s;
    int is_file = log->fd >= 0 && fstat(log->fd, &s) == 0 && S_ISREG(s.st_mode);
    log->position = is_file ? position_open(path, O_RDWR | O_CREAT) : -1;
    if (log->position >= 0) recover_rotation(log);
    log->next = logs;
    return logs = log;
}

void leave_log(struct log *log) {
    if (--log->users > 0) return;
    struct log **at = &logs;
    while (*at != log) at = &(*at)->next;
    *at = log->next;
    if (log->fd >= 0) close(log->fd);
    if (log->position >= 0) close(log->position);
    free(log);
}

/* The places of the stream go on after a file that somebody else took away. */
static void count_lost(struct log *log) {
    if (log->position < 0) return;
    flock(log->position, LOCK_EX);
    struct log_position at = position_read(log->position);
    at.base += size_of(log->fd);
    if (at.moving == 0) position_write(log->position, &at);
    flock(log->position, LOCK_UN);
}

int reach_log(struct log *log) {
    struct stat s;
    if (log->fd >= 0 && stat(log->path, &s) == 0 && s.st_dev == log->device && s.st_ino == log->inode) return 1;
    if (log->fd >= 0) {
        count_lost(log);
        close(log->fd);
    }
    open_log(log);
    return log->fd >= 0;
}

void rotate(struct log *log) {
    if (log->position < 0) return;
    flock(log->position, LOCK_EX);
    struct log_position at = position_read(log->position);
    long long size = size_of(log->fd);
    char name[LOG_PATH_BYTES + 64];
    snprintf(name, sizeof name, "%s.%012lld-%012lld", log->path, at.base, at.base + size);
    at.moving = size;
    if (position_write(log->position, &at) == 0 && rename(log->path, name) == 0) {
        close(log->fd);
        open_log(log);
        at.base += size;
    }
    at.moving = 0;
    position_write(log->position, &at);
    flock(log->position, LOCK_UN);
}

long long keep_young(struct log *log, long long max_age_ms) {
    if (max_age_ms <= 0 || log->fd < 0 || log->position < 0) return -1;
    long long now = now_ms(CLOCK_REALTIME), left = log->begun_ms + max_age_ms - now;
    if (left > 0) return left;
    if (size_of(log->fd) > 0) rotate(log);
    log->begun_ms = now;
    return max_age_ms;
}

void reopen_logs(void) {
    for (struct log *log = logs; log; log = log->next) {
        if (log->fd >= 0) close(log->fd);
        open_log(log);
    }
}

void forget_logs(void) {
    logs = NULL;
}
