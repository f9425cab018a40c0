#define _GNU_SOURCE
#include "options.h"
#include "exit.h"
#include <signal.h>
#include <sys/prctl.h>

long number(const char *text, int base) {
    char *end;
    errno = 0;
    long value = strtol(text, &end, base);
    if (errno || *end || end == text) {
        fprintf(stderr, "opm-launcher: \"%s\" is not a number\n", text);
        exit(BROKEN);
    }
    return value;
}

struct options parse(int argc, char **argv) {
    struct options o = {.kill_signal = SIGTERM, .kill_timeout_ms = 5000, .umask = -1, .uid = -1,
                        .gid = -1, .nofile = -1, .core = -1, .name = "-"};
    struct { const char *flag, **text; long *number; } table[] = {
        {"--lock", &o.lock, 0}, {"--run", &o.run, 0}, {"--name", &o.name, 0}, {"--out", &o.out, 0},
        {"--err", &o.err, 0}, {"--pipe-out", &o.pipe_out, 0}, {"--pipe-err", &o.pipe_err, 0},
        {"--cgroup", &o.cgroup, 0},
        {"--ready", &o.ready, 0}, {"--alive", &o.alive, 0}, {"--groups", &o.groups, 0}, {"--kill-timeout", 0, &o.kill_timeout_ms},
        {"--uid", 0, &o.uid}, {"--gid", 0, &o.gid}, {"--nofile", 0, &o.nofile}, {"--core", 0, &o.core},
    };
    int i = 1;
    for (; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strcmp(argv[i], "--leave-tree") == 0) { o.leave_tree = 1; continue; }
        if (strcmp(argv[i], "--messages") == 0) { o.messages = 1; continue; }
        if (i + 1 >= argc) { errno = EINVAL; die(argv[i]); }
        const char *flag = argv[i], *value = argv[++i];
        if (strcmp(flag, "--kill-signal") == 0) { o.kill_signal = (int)number(value, 10); continue; }
        if (strcmp(flag, "--umask") == 0) { o.umask = number(value, 8); continue; }
        if (strcmp(flag, "--nice") == 0) { o.nice = number(value, 10); o.has_nice = 1; continue; }
        size_t k = 0, n = sizeof table / sizeof *table;
        while (k < n && strcmp(table[k].flag, flag) != 0) k++;
        if (k == n) { errno = EINVAL; die(flag); }
        if (table[k].text) *table[k].text = value; else *table[k].number = number(value, 10);
    }
    if (!o.lock || !o.run || i + 1 >= argc) {
        fprintf(stderr, "usage: opm-launcher --lock FILE --run FILE [OPTION ...] -- PROGRAM [ARG ...]\n");
        exit(BROKEN);
    }
    o.program = argv + i + 1;
    return o;
}

void hide_arguments(struct options *o, int argc, char **argv) {
    const char **texts[] = {&o->lock, &o->run, &o->name, &o->out, &o->err, &o->pipe_out, &o->pipe_err,
                            &o->cgroup, &o->ready, &o->alive, &o->groups};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (*texts[i]) *texts[i] = strdup(*texts[i]);
    size_t count = 0;
    while (o->program[count]) count++;
    char **copy = calloc(count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++) copy[i] = strdup(o->program[i]);
    if (!copy) die("memory");
    o->program = copy;
    size_t room = (size_t)(argv[argc - 1] + strlen(argv[argc - 1]) - argv[0]);
    char *area = argv[0];
    memset(area, 0, room);
    snprintf(area, room, "opm-launcher %s", o->name);
    prctl(PR_SET_NAME, "opm-launcher");
}
