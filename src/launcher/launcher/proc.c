#define _GNU_SOURCE
#include "proc.h"
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

ssize_t slurp(const char *path, char *buffer, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    size_t used = 0;
    ssize_t n = 0;
    while (used < size - 1 && (n = read(fd, buffer + used, size - 1 - used)) > 0) used += (size_t)n;
    close(fd);
    buffer[used] = 0;
    return n < 0 ? -1 : (ssize_t)used;
}

/* proc(5): the command name may hold spaces and parentheses, so fields count from the last ')'. */
int read_stat(pid_t pid, struct stat_line *line) {
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    if (slurp(path, text, sizeof text) <= 0) return -1;
    char *fields = strrchr(text, ')');
    int ppid;
    if (!fields || sscanf(fields + 1,
            " %c %d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %d %*d %llu",
            &line->state, &ppid, &line->threads, &line->start) != 4) return -1;
    line->ppid = ppid;
    return 0;
}

unsigned long long start_ticks(pid_t pid) {
    struct stat_line line = {0};
    return read_stat(pid, &line) == 0 ? line.start : 0;
}

long oom_kills(void) {
    static char text[65536];
    if (slurp("/proc/vmstat", text, sizeof text) <= 0) return -1;
    const char *line = strstr(text, "\noom_kill ");
    return line ? atol(line + 10) : -1;
}

int is_alive(const struct stat_line *line) {
    return (line->state != 'Z' && line->state != 'X') || line->threads > 1;
}

ssize_t environment(pid_t pid, char *text, size_t size) {
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/environ", (int)pid);
    ssize_t used = slurp(path, text, size);
    if (used >= 0) return used;
    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *tasks = opendir(path);
    for (struct dirent *e; tasks && used < 0 && (e = readdir(tasks));) {
        snprintf(path, sizeof path, "/proc/%d/environ", atoi(e->d_name));
        if (atoi(e->d_name) > 0) used = slurp(path, text, size);
    }
    if (tasks) closedir(tasks);
    return used;
}
