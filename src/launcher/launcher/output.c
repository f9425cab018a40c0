#define _GNU_SOURCE
#include "output.h"
#include "../clock.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DRAIN_MS = 10000, DRAIN_PAUSE_MS = 2, PIPE_BYTES = 1 << 20 };

static int pipe_out = -1, pipe_err = -1;

/* A named pipe, with both its ends in one descriptor; it gets its name when it can be read. */
static int open_pipe(const char *path) {
    char fresh[4096 + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    unlink(fresh);
    if (mkfifo(fresh, 0600) != 0) return -1;
    int fd = open(fresh, O_RDWR | O_CLOEXEC);
    if (fd < 0 || rename(fresh, path) != 0) return -1;
    fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
    int clear = fcntl(fd, F_DUPFD_CLOEXEC, CLEAR_FD);
    close(fd);
    return clear;
}

static int is_one_pipe(const struct options *o) {
    return o->pipe_out && o->pipe_err && strcmp(o->pipe_out, o->pipe_err) == 0;
}

int open_pipes(const struct options *o) {
    if (o->pipe_out && (pipe_out = open_pipe(o->pipe_out)) < 0) return -1;
    if (!o->pipe_err) return 0;
    pipe_err = is_one_pipe(o) ? fcntl(pipe_out, F_DUPFD_CLOEXEC, CLEAR_FD) : open_pipe(o->pipe_err);
    return pipe_err < 0 ? -1 : 0;
}

/* A pipe that nobody reads fails with ENXIO instead of keeping us for ever (fifo(7)); to write, the program may wait. */
static int redirect(const char *path, int target) {
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, 0600);
    return file < 0 || fcntl(file, F_SETFL, O_APPEND) < 0 ? -1 : dup2(file, target);
}

const char *give_output(const struct options *o) {
    if (pipe_err >= 0) dup2(pipe_err, STDERR_FILENO);
    else if (o->err && redirect(o->err, STDERR_FILENO) < 0) return "err";
    if (pipe_out >= 0) dup2(pipe_out, STDOUT_FILENO);
    else if (o->out && redirect(o->out, STDOUT_FILENO) < 0) return "out";
    return NULL;
}

/* Waits until all that is in a pipe is in its log: the reader takes the pipe away then. 0 when nobody can tell. */
static int drain(int fd, const char *path, int is_ours_alone) {
    int left = 0;
    long long deadline = now_ms(CLOCK_MONOTONIC) + DRAIN_MS;
    if (fd < 0) return 1;
    while (ioctl(fd, FIONREAD, &left) == 0 && left > 0 && now_ms(CLOCK_MONOTONIC) < deadline) pause_ms(DRAIN_PAUSE_MS);
    close(fd);
    while (is_ours_alone && access(path, F_OK) == 0) {
        if (now_ms(CLOCK_MONOTONIC) >= deadline) return 0;
        pause_ms(DRAIN_PAUSE_MS);
    }
    return is_ours_alone;
}

int drain_pipes(const struct options *o) {
    if (is_one_pipe(o)) {
        close(pipe_err);
        pipe_err = -1;
    }
    int is_out = drain(pipe_out, o->pipe_out, !o->leave_tree);
    return drain(pipe_err, o->pipe_err, !o->leave_tree) && is_out;
}
