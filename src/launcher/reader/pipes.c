#define _GNU_SOURCE
#include "pipes.h"
#include "../clock.h"
#include "die.h"
#include "folder.h"
#include <sys/epoll.h>
#include <time.h>

enum { ORPHAN_S = 60 }; /* a spec whose pipes never came is a failed launch's */

static struct pipe_end *ends;
static int has_missed;

/* The spec is needed while either pipe is there. */
static void forget_spec(const char *name) {
    char key[NAME_MAX + 1];
    snprintf(key, sizeof key, "%.*s", (int)(strlen(name) - 4), name);
    for (int i = 0; i < 2; i++) {
        int fd = open_beside(key, i ? ".out" : ".err", O_PATH);
        if (fd < 0) continue;
        close(fd);
        return;
    }
    unlink_beside(key, ".spec");
}

static void forget(struct pipe_end *end) {
    struct pipe_end **at = &ends;
    while (*at != end) at = &(*at)->next;
    *at = end->next;
    unlink_beside(end->name, ".spool");
    unlink_beside(end->name, ".state");
    /* The last: its absence tells the launcher that all is written. */
    unlink_beside(end->name, "");
    forget_spec(end->name);
    close(end->fifo);
    close(end->spool);
    close(end->state);
    leave_log(end->log);
    free(end);
}

void serve(struct pipe_end *end) {
    carry(end);
    if (end->ended && end->written == end->taken) forget(end);
}

static struct pipe_end *known(const char *name) {
    struct pipe_end *end = ends;
    while (end && strcmp(end->name, name) != 0) end = end->next;
    return end;
}

static void begin(int poller, const char *name) {
    size_t length = strlen(name);
    if (length < 5 || known(name)) return;
    const char *stream = name + length - 4;
    if (strcmp(stream, ".out") != 0 && strcmp(stream, ".err") != 0) return;
    struct pipe_end *end = calloc(1, sizeof *end);
    if (!end) die("memory");
    snprintf(end->name, sizeof end->name, "%s", name);
    char key[NAME_MAX + 1];
    snprintf(key, sizeof key, "%.*s", (int)(length - 4), name);
    int fd = open_beside(key, ".spec", O_RDONLY);
    int is_read = fd >= 0 && read_spec(fd, stream + 1, &end->spec) == 0;
    if (fd >= 0) close(fd);
    errno = 0;
    end->fifo = open_beside(name, "", O_RDONLY | O_NONBLOCK);
    end->spool = open_beside(name, ".spool", O_RDWR | O_CREAT);
    end->state = open_beside(name, ".state", O_RDWR | O_CREAT);
    if (!is_read || end->fifo < 0 || end->spool < 0 || end->state < 0) {
        has_missed |= errno == ENOSPC;
        if (end->fifo >= 0) close(end->fifo);
        if (end->spool >= 0) close(end->spool);
        if (end->state >= 0) close(end->state);
        free(end);
        return;
    }
    end->log = use_log(end->spec.path);
    end->next = ends;
    ends = end;
    recover(end);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.ptr = end};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, end->fifo, &event) != 0) die("poll");
}

void scan(int poller) {
    DIR *dir = list_folder();
    for (struct dirent *e; dir && (e = readdir(dir));) begin(poller, e->d_name);
    if (dir) closedir(dir);
    for (struct pipe_end *end = ends, *next; end; end = next) {
        next = end->next;
        serve(end);
    }
}

void scan_missed(int poller) {
    if (!has_missed) return;
    has_missed = 0;
    scan(poller);
}

void serve_stuck(void) {
    for (struct pipe_end *end = ends, *next; end; end = next) {
        next = end->next;
        if (end->stuck) serve(end);
    }
}

int is_stuck(void) {
    for (struct pipe_end *end = ends; end; end = end->next)
        if (end->stuck) return 1;
    return has_missed;
}

int has_pipes(void) {
    return ends != NULL;
}

long long keep_logs_young(void) {
    long long wait = -1;
    for (struct pipe_end *end = ends; end; end = end->next)
        wait = sooner(wait, keep_young(end->log, end->spec.max_age_ms));
    return wait;
}

void renew_limits(const char *spec) {
    size_t length = strlen(spec);
    if (length < 6 || strcmp(spec + length - 5, ".spec") != 0) return;
    for (struct pipe_end *end = ends; end; end = end->next) {
        if (strlen(end->name) != length - 1 || strncmp(end->name, spec, length - 5) != 0) continue;
        struct spec renewed = {0};
        int fd = open_beside(spec, "", O_RDONLY);
        if (fd >= 0 && read_spec(fd, end->spec.stream, &renewed) == 0) {
            end->spec.max_bytes = renewed.max_bytes;
            end->spec.max_age_ms = renewed.max_age_ms;
        }
        if (fd >= 0) close(fd);
    }
}

int sweep_specs(void) {
    int left = 0;
    DIR *dir = list_folder();
    for (struct dirent *e; dir && (e = readdir(dir));) {
        size_t length = strlen(e->d_name);
        if (length < 6 || strcmp(e->d_name + length - 5, ".spec") != 0) continue;
        char key[NAME_MAX + 1];
        snprintf(key, sizeof key, "%.*s", (int)(length - 5), e->d_name);
        int out = open_beside(key, ".out", O_PATH), err = open_beside(key, ".err", O_PATH);
        int is_used = out >= 0 || err >= 0;
        if (out >= 0) close(out);
        if (err >= 0) close(err);
        struct stat s;
        int is_young = fstatat(dirfd(dir), e->d_name, &s, 0) == 0 && time(NULL) - s.st_mtime < ORPHAN_S;
        if (is_used || is_young) left++;
        else unlink_beside(e->d_name, "");
    }
    if (dir) closedir(dir);
    return left;
}

void forget_pipes(void) {
    ends = NULL;
}
