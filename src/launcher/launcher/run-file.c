#define _GNU_SOURCE
#include "run-file.h"
#include "../clock.h"
#include "../log-position.h"
#include "exit.h"
#include "proc.h"
#include <stdarg.h>

enum { LOCK_TRIES = 200, LOCK_PAUSE_MS = 5, RESERVED_BYTES = 4096 };

static int run_fd = -1;

int take_slot(const char *path) {
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0) die(path);
    /* A predecessor that is just finishing, or a late one that is about to be refused, holds it briefly. */
    for (int i = 0; flock(fd, LOCK_EX | LOCK_NB) != 0; i++) {
        if (errno != EWOULDBLOCK) die(path);
        if (i == LOCK_TRIES) exit(REFUSED);
        pause_ms(LOCK_PAUSE_MS);
    }
    return fd;
}

void claim(const char *path) {
    run_fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (run_fd < 0 && errno == EEXIST) exit(REFUSED);
    if (run_fd < 0) die(path);
    /* The last lines must be written even when the disk is full by then. */
    fallocate(run_fd, FALLOC_FL_KEEP_SIZE, 0, RESERVED_BYTES);
    pid_t self = getpid();
    char line[128];
    int size = snprintf(line, sizeof line, "claim %d %llu %lld\n", (int)self, start_ticks(self),
                        now_ms(CLOCK_REALTIME));
    if (write(run_fd, line, (size_t)size) != size) die(path);
}

void note(const char *format, ...) {
    char line[256];
    va_list args;
    va_start(args, format);
    int size = vsnprintf(line, sizeof line, format, args);
    va_end(args);
    if (write(run_fd, line, (size_t)size) != size && errno == ENOSPC)
        fprintf(stderr, "opm-launcher: run file: %s\n", strerror(errno));
}

void note_output(const struct options *o, const char *which) {
    long long out = o->out ? position_of_end(o->out) : -1, err = o->err ? position_of_end(o->err) : -1;
    note("output %s %lld %lld\n", which, out, err);
}

void touch_run_file(void) {
    if (futimens(run_fd, NULL) != 0) errno = 0;
}

void clear_run_file(void) {
    run_fd = fcntl(run_fd, F_DUPFD_CLOEXEC, CLEAR_FD);
}
